import type { StateVersion } from "../protocol/snapshot.js";

declare const encoded: unique symbol;
/** One event as text, serialised once for all who hear it and open at its end for each listener's `seq`. */
export interface EncodedEvent {
  readonly event: string;
  /** The frame without its closing brace. */
  readonly head: string;
  readonly [encoded]: true;
}

/** An absent `payload` or `stateVersion` is left out of the frame. Throws what `JSON.stringify` throws: a payload that is no JSON is a bug. */
export function encodeEvent(event: string, payload?: unknown, stateVersion?: StateVersion): EncodedEvent {
  const text = JSON.stringify({ type: "event", event, payload, stateVersion });
  return { event, head: text.slice(0, -1) } as EncodedEvent;
}

/** What follows the head for a listener that counts its events. */
export const seqTail = (seq: number): string => `,"seq":${seq}}`;

export const withSeq = (frame: EncodedEvent, seq: number): string => frame.head + seqTail(seq);

/** For an event sent to one connection alone, outside its count. */
export const withoutSeq = (frame: EncodedEvent): string => `${frame.head}}`;
