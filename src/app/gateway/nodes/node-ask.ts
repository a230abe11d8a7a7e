import type { ErrorShape } from "../../../domain/protocol/errors.js";

/** Something a node said while it was still at work. */
export interface NodeProgress {
  readonly invokeId: string;
  readonly seq: number;
  readonly chunk: string;
}

export interface NodeAsk {
  readonly nodeId: string;
  readonly command: string;
  /** JSON, or nothing. */
  readonly params?: unknown;
  /** 30 s without it; an hour at most. */
  readonly timeoutMs?: number | undefined;
  /** Goes on to the node, which runs a command once for each. */
  readonly idempotencyKey: string;
  readonly sessionKey?: string | undefined;
  /** Hears what comes before the answer, in order. */
  readonly onProgress?: ((progress: NodeProgress) => void) | undefined;
}

export type NodeAnswer =
  | { readonly kind: "answered"; readonly payload: unknown; /** The same as JSON. */ readonly payloadJSON: string | null }
  | { readonly kind: "failed"; readonly error: ErrorShape; /** What the node itself gave as its reason. */ readonly fault?: { readonly code: string; readonly message: string } };
