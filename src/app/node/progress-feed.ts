/** What a gateway takes in one piece, in UTF-16 units. */
const CHUNK = 16_384;
/** How much may wait to be sent. A command that says more than the connection carries is followed with gaps. */
const MAX_WAITING = 16 * CHUNK;

const GAP = "\n[some of the output was left out here]\n";

/** `text` in pieces of at most `size` units, none of which ends inside of a character. */
export function chunksOf(text: string, size = CHUNK): string[] {
  const chunks: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + size, text.length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
    chunks.push(text.slice(at, end));
    at = end;
  }
  return chunks;
}

/** Sends what one call says on its way, in order and numbered, at the pace of the connection. */
export class ProgressFeed {
  readonly #send: (seq: number, chunk: string) => Promise<void>;
  #waiting = "";
  #hasGap = false;
  #seq = 0;
  #isSending = false;

  /** `send` resolves when the piece has arrived, or never will. */
  constructor(send: (seq: number, chunk: string) => Promise<void>) {
    this.#send = send;
  }

  push(text: string): void {
    const room = MAX_WAITING - this.#waiting.length;
    if (text.length > room) {
      if (!this.#hasGap) this.#waiting += GAP;
      this.#hasGap = true;
    } else this.#waiting += text;
    if (!this.#isSending) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#isSending = true;
    // A turn of the loop gathers what a command writes in small pieces.
    await Promise.resolve();
    while (this.#waiting !== "") {
      const [first = ""] = chunksOf(this.#waiting.slice(0, CHUNK + 1));
      this.#waiting = this.#waiting.slice(first.length);
      this.#hasGap = false;
      await this.#send(this.#seq++, first);
    }
    this.#isSending = false;
  }
}
