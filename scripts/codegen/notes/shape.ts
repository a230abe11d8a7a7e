import type { Method } from "../../../src/domain/protocol/catalog.js";
import type { ErrorCode } from "../../../src/domain/protocol/errors.js";

/** A refusal of one method's own; what any method may answer is told once for all. */
export interface ErrorNote {
  readonly code: ErrorCode;
  readonly when: string;
  /** Params that bring it about in the example's world; the tests send them. */
  readonly provoke?: unknown;
}

export interface MethodNote {
  /** One or two sentences: what it does for its caller. */
  readonly summary: string;
  readonly more?: string;
  readonly errors?: readonly ErrorNote[];
}

export type MethodNotes<M extends Method> = { readonly [K in M]: MethodNote };
