import { POLICY } from "../protocol/version.js";

/** Above this many bytes in the buffer, a reader loses what it can do without. */
export const SOFT_BUFFER_BYTES = 8 * 1_024 * 1_024;
/** Above this many, as `hello-ok.policy` announces, it is closed. */
export const HARD_BUFFER_BYTES = POLICY.maxBufferedBytes;

export type Delivery = "send" | "drop" | "close";

/**
 * What to do with one event for a reader that `bufferedBytes` are still waiting for. A dropped event has taken its
 * number from the sequencer before, so the reader sees the hole and asks for the state anew.
 */
export function judgeDelivery(reader: { readonly bufferedBytes: number; readonly droppable: boolean }): Delivery {
  if (reader.bufferedBytes > HARD_BUFFER_BYTES) return "close";
  return reader.droppable && reader.bufferedBytes > SOFT_BUFFER_BYTES ? "drop" : "send";
}
