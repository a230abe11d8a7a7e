import { Buffer } from "node:buffer";
import type { SharedText } from "../../../ports/transport.js";
import { sharedFrame } from "./text-frame.js";

interface Prepared {
  readonly head: Buffer;
  tail: string;
  pieces: readonly Buffer[];
}

/**
 * Frames of what is sent to many, for as long as somebody holds it. Its head is encoded once; and those in a row who
 * get the same tail, as all do that connected since the same last event, get the very same bytes.
 */
export class SharedFrames {
  readonly #prepared = new WeakMap<SharedText, Prepared>();

  of(shared: SharedText, tail: string): readonly Buffer[] {
    const known = this.#prepared.get(shared);
    if (known === undefined) {
      const head = Buffer.from(shared.head, "utf8");
      const pieces = sharedFrame(head, tail);
      this.#prepared.set(shared, { head, tail, pieces });
      return pieces;
    }
    if (known.tail !== tail) {
      known.pieces = sharedFrame(known.head, tail);
      known.tail = tail;
    }
    return known.pieces;
  }
}
