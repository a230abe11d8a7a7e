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
  readonly #said = new AgeOrderedMap<Said>(MOST);
  readonly #sent = new AgeOrderedMap<proto.IMessage>(MOST_SENT);
  readonly #reactions = new AgeOrderedMap<string>(MOST);

  keep(chatId: string, { key, message, messageTimestamp }: WAMessage): void {
    const content = unwrap(message);
    const excerpt = content === undefined ? "" : excerptOf(textOfContent(content));
    this.#said.set(nameOf(chatId, key.id ?? ""), { key, excerpt, sentAt: epochMs(Number(messageTimestamp ?? 0) * 1_000) });
  }

  /** One of ours. */
  keepSent(chatId: string, { key, message }: WAMessage, sentAt: EpochMs): void {
    const excerpt = message ? excerptOf(textOfContent(message)) : "";
    this.#said.set(nameOf(chatId, key.id ?? ""), { key, excerpt, sentAt });
    if (message) this.#sent.set(key.id ?? "", message);
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
    else this.#reactions.set(name, emoji);
    return before;
  }
}

/** Copied: a part of a text keeps the whole of it in memory. */
const excerptOf = (text: string): string => (text.length <= EXCERPT ? text : Buffer.from(text.slice(0, EXCERPT), "utf16le").toString("utf16le"));

const nameOf = (where: string, id: string): string => `${where} ${id}`;
