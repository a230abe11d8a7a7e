import type { PeerFacts } from "./transport.js";

/** Somebody who asks for the canvas over HTTP, and what they show. */
export interface CanvasKnock {
  readonly peer: PeerFacts;
  /** What stood in the path. */
  readonly capability?: string;
  /** Of an Authorization header. */
  readonly bearer?: string;
}

export type CanvasEntrance =
  /** `by` is what let them in: with a capability whoever has the URL, otherwise this one request alone. */
  | { readonly kind: "admitted"; readonly by: "capability" | "secret" | "loopback" }
  /** `reason` is a whole sentence that says what to do. */
  | { readonly kind: "refused"; readonly why: "off" | "no-access" | "locked"; readonly reason: string; readonly retryAfterMs?: number };

/** Who may see the canvas. */
export interface CanvasGate {
  /** Judges one request. Takes its time where a secret was guessed wrong. Admission by a capability prolongs it. */
  judge(knock: CanvasKnock): Promise<CanvasEntrance>;
  /** Whether a capability still opens the canvas, which prolongs it. */
  isGood(capability: string): boolean;
  /** A capability for somebody who was let in without one. */
  invite(): string;
}
