import type { ClientState } from "../../client/client.js";
import { ConnectError, type PairingHint } from "../../client/errors.js";
import { refusalCode } from "../../client/refusal-table.js";

export type NodeState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  /** The gateway does not know this device. It is asked again every few seconds; `pairing` says what its owner has to do. */
  | { readonly kind: "awaiting-approval"; readonly pairing: PairingHint | undefined; readonly why: Error }
  | { readonly kind: "open"; readonly hello: Extract<ClientState, { kind: "open" }>["hello"] }
  /** The next attempt comes at `until`, in milliseconds since the epoch. */
  | { readonly kind: "waiting"; readonly until: number; readonly why: Error }
  /** No attempt is made until somebody has done what `hint` says and the node is started again. */
  | { readonly kind: "paused"; readonly why: Error; readonly hint: string }
  | { readonly kind: "closed" };

/** What the state of its connection means for a node: a device that was not let in yet only has to wait. */
export function nodeStateOf(state: ClientState): NodeState {
  if (state.kind !== "waiting" && state.kind !== "paused") return state;
  const { why } = state;
  if (why instanceof ConnectError && refusalCode(why) === "PAIRING_REQUIRED") return { kind: "awaiting-approval", pairing: why.pairing, why };
  return state;
}
