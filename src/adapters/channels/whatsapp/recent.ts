import type { proto, WAMessage, WAMessageKey } from "@whiskeysockets/baileys";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import { textOfContent, unwrap } from "./content.js";

/** A message that was said, in as much as later ones refer to it. */
export interface Said {
  /** As WhatsApp names it: a message of a group by who said it, too. */
  readonly key: WAMessageKey;
  readonly excerpt: string;
  readonly sentAt: EpochMs;
}

const MOST = 2_000;
const MOST_SENT = 500;
const EXCERPT = 300;

/** The messages that were said last, by chat and id: to quote them, react to them, and repeat them to a device that could not read them. */
export class Recent {
  readonly #said = new AgeOrderedMap<Said>();
  readonly #sent = new AgeOrderedMap<proto.IMessage>();
  readonly #reactions = new AgeOrderedMap<string>();

  keep(chatId: string, { key, message, messageTimestamp }: WAMessage): void {
    const content = unwrap(message);
    const excerpt = content === undefined ? "" : textOfContent(content).slice(0, EXCERPT);
    put(this.#said, nameOf(chatId, key.id ?? ""), { key, excerpt, sentAt: epochMs(Number(messageTimestamp ?? 0) * 1_000) }, MOST);
  }

  /** One of ours. */
  keepSent(chatId: string, { key, message }: WAMessage, sentAt: EpochMs): void {
    const excerpt = message ? textOfContent(message).slice(0, EXCERPT) : "";
    put(this.#said, nameOf(chatId, key.id ?? ""), { key, excerpt, sentAt }, MOST);
    if (message) put(this.#sent, key.id ?? "", message, MOST_SENT);
  }

  find(chatId: string, messageId: string): Said | undefined {
    return this.#said.get(nameOf(chatId, messageId));
  }

  sent(messageId: string): proto.IMessage | undefined {
    return this.#sent.get(messageId);
  }

  /** Remembers what somebody reacted with, and tells what they had before: WhatsApp does not say what is taken back. */
  react(who: string, messageId: string, emoji: string): string | undefined {
    const name = nameOf(who, messageId);
    const before = this.#reactions.get(name);
    if (emoji === "") this.#reactions.delete(name);
    else put(this.#reactions, name, emoji, MOST);
    return before;
  }
}

const nameOf = (where: string, id: string): string => `${where} ${id}`;

function put<V>(map: AgeOrderedMap<V>, key: string, value: V, most: number): void {
  map.set(key, value);
  const oldest = map.size > most ? map.oldest() : undefined;
  if (oldest !== undefined) map.delete(oldest.key);
}
