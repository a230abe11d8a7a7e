import type { GroupMetadata } from "@whiskeysockets/baileys";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { Link } from "./link.js";

const MOST = 500;

/** What is known of groups, so that WhatsApp is not asked for each message: asking often gets an account blocked. */
export class GroupBook {
  readonly #known = new AgeOrderedMap<GroupMetadata>(MOST);
  readonly #asked = new Map<string, Promise<GroupMetadata>>();

  known(jid: string): GroupMetadata | undefined {
    return this.#known.get(jid);
  }

  /** Rejects with what WhatsApp says where there is no such group, or none of this account's. */
  of(jid: string, { socket }: Link): Promise<GroupMetadata> {
    const known = this.#known.get(jid);
    if (known !== undefined) return Promise.resolve(known);
    const asked = this.#asked.get(jid) ?? socket.groupMetadata(jid).then((group) => {
      if (this.#asked.get(jid) === asked) this.#known.set(jid, group);
      return group;
    }).finally(() => {
      if (this.#asked.get(jid) === asked) this.#asked.delete(jid);
    });
    this.#asked.set(jid, asked);
    return asked;
  }

  /** Somebody came or went, or the name is another. */
  forget(jid: string): void {
    this.#known.delete(jid);
    this.#asked.delete(jid);
  }
}
