import { PREAUTH_MAX_PAYLOAD } from "../../../domain/protocol/version.js";

// Framing, pings and a queue of full messages fit in; a flood that never makes up one large message does not.
const STRANGER_TOTAL_BYTES = 32 * PREAUTH_MAX_PAYLOAD;

/**
 * Reads along with a stranger's bytes and tells from a frame's header that its message will be too long, before any of
 * the payload is kept. `ws` has one size limit per connection and no way to change it, so the lower one is kept here.
 */
export class StrangerMeter {
  #total = 0;
  #message = 0;
  /** Bytes of mask and payload still to be passed over. */
  #skip = 0;
  #step: "opcode" | "length" | "extended" = "opcode";
  #opcode = 0;
  #isFinal = false;
  #isMasked = false;
  #extendedLeft = 0;
  #length = 0;

  /** `false` once a message, or all that came, is too much; the peer is then not to be read any further. */
  accepts(chunk: Uint8Array): boolean {
    this.#total += chunk.length;
    if (this.#total > STRANGER_TOTAL_BYTES) return false;
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      if (!this.#takeHeaderByte(chunk[at] ?? 0)) return false;
      at += 1;
    }
    return true;
  }

  #takeHeaderByte(byte: number): boolean {
    switch (this.#step) {
      case "opcode":
        this.#isFinal = (byte & 0x80) !== 0;
        this.#opcode = byte & 0x0f;
        this.#step = "length";
        return true;
      case "length":
        this.#isMasked = (byte & 0x80) !== 0;
        this.#length = byte & 0x7f;
        this.#extendedLeft = this.#length === 126 ? 2 : this.#length === 127 ? 8 : 0;
        if (this.#extendedLeft === 0) return this.#endHeader();
        this.#length = 0;
        this.#step = "extended";
        return true;
      case "extended":
        this.#length = this.#length * 256 + byte;
        this.#extendedLeft -= 1;
        return this.#extendedLeft > 0 || this.#endHeader();
    }
  }

  #endHeader(): boolean {
    this.#step = "opcode";
    this.#skip = this.#length + (this.#isMasked ? 4 : 0);
    const isControl = this.#opcode >= 8;
    if (isControl) return true;
    this.#message += this.#length;
    if (this.#message > PREAUTH_MAX_PAYLOAD) return false;
    if (this.#isFinal) this.#message = 0;
    return true;
  }
}
