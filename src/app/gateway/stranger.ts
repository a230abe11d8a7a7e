import { CLOSE } from "../../domain/handshake/verdict.js";
import type { Locality } from "../../domain/handshake/locality.js";
import type { ErrorShape } from "../../domain/protocol/errors.js";
import type { Connection } from "../../ports/transport.js";
import type { Peer } from "./peer.js";
import { encodeResponse } from "./requests.js";

/** A connection that has not been admitted. */
export interface Stranger {
  readonly connId: string;
  readonly nonce: string;
  readonly connection: Connection;
  /** Where it comes from: the TCP peer, or who a trusted proxy named. */
  readonly address: string;
  readonly forwarded: boolean;
  readonly locality: Locality;
  readonly origin: string | undefined;
  readonly scopeCap: readonly string[] | undefined;
}

export type Shut = { readonly kind: "shut"; readonly response?: string; readonly closeCode: number; readonly closeReason?: string };

export type DoorAnswer =
  | Shut
  /** `stillStands` is asked in the very turn in which the peer is let in; if not, `otherwise` is its answer. */
  | { readonly kind: "open"; readonly response: string; readonly peer: Peer; stillStands(): boolean; readonly otherwise: Shut };

/** A refusal as a response, closing with the same words. */
export const shut = (id: string, error: ErrorShape, closeCode: number = CLOSE.policy): Shut => ({
  kind: "shut",
  response: encodeResponse(id, { ok: false, error }),
  closeCode,
  closeReason: error.message,
});
