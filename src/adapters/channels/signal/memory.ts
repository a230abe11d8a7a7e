import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";

const MAX_KNOWN = 5_000;
const MAX_QUOTED = 1_000;
const QUOTE_LENGTH = 200;

/** What is known of messages for as long as the channel lives. Of what is older, or was before a restart, it is not known any more. */
export class MessageMemory {
  readonly #sent = new AgeOrderedMap<true>(MAX_KNOWN);
  readonly #originals = new AgeOrderedMap<string>(MAX_KNOWN);
  readonly #texts = new AgeOrderedMap<string>(MAX_QUOTED);

  /** The gateway itself sent it, from this device. */
  noteSent(timestamp: number): void {
    this.#sent.set(String(timestamp), true);
  }

  wasSent(timestamp: number): boolean {
    return this.#sent.get(String(timestamp)) === true;
  }

  /** An edited message has the moment of its last edit, by which others may name it; it is still the same message. */
  noteRevision(revision: string, original: string): void {
    this.#originals.set(revision, original);
  }

  originalOf(messageId: string): string {
    return this.#originals.get(messageId) ?? messageId;
  }

  /** Who answers a message sends its text along. */
  noteText(messageId: string, text: string): void {
    if (text !== "") this.#texts.set(messageId, text.slice(0, QUOTE_LENGTH));
  }

  textOf(messageId: string): string | undefined {
    return this.#texts.get(messageId);
  }
}
