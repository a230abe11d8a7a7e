import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";

const MAX_KNOWN = 5_000;
const MAX_QUOTED = 1_000;
const QUOTE_LENGTH = 200;

/** What is known of messages for as long as the channel lives. Of what is older, or was before a restart, it is not known any more. */
export class MessageMemory {
  readonly #sent = new AgeOrderedMap<true>();
  readonly #originals = new AgeOrderedMap<string>();
  readonly #texts = new AgeOrderedMap<string>();

  /** The gateway itself sent it, from this device. */
  noteSent(timestamp: number): void {
    keep(this.#sent, String(timestamp), true, MAX_KNOWN);
  }

  wasSent(timestamp: number): boolean {
    return this.#sent.get(String(timestamp)) === true;
  }

  /** An edited message has the moment of its last edit, by which others may name it; it is still the same message. */
  noteRevision(revision: string, original: string): void {
    keep(this.#originals, revision, original, MAX_KNOWN);
  }

  originalOf(messageId: string): string {
    return this.#originals.get(messageId) ?? messageId;
  }

  /** Who answers a message sends its text along. */
  noteText(messageId: string, text: string): void {
    if (text !== "") keep(this.#texts, messageId, text.slice(0, QUOTE_LENGTH), MAX_QUOTED);
  }

  textOf(messageId: string): string | undefined {
    return this.#texts.get(messageId);
  }
}

function keep<V>(known: AgeOrderedMap<V>, key: string, value: V, most: number): void {
  known.set(key, value);
  const oldest = known.size > most ? known.oldest() : undefined;
  if (oldest !== undefined) known.delete(oldest.key);
}
