import type { EpochMs } from "../moment.js";

export type ChannelState = "idle" | "linking" | "connecting" | "live" | "degraded" | "backing-off" | "needs-operator";

/** Why a channel is not live. */
export type ChannelTrouble = "credentials" | "conflict" | "intents" | "network" | "rate" | "bug";

export interface ChannelStatus {
  readonly state: ChannelState;
  readonly since: EpochMs;
  readonly trouble?: ChannelTrouble;
  /** A whole sentence that says what to do next. Free of secrets. */
  readonly message?: string;
  readonly retryAt?: EpochMs;
  /** Who the account is, once the provider has said so: for the eye. */
  readonly identity?: { readonly id: string; readonly name?: string };
}

/** A terminal state is left by an operator alone: no timer and no restart of the connection helps. */
export const needsOperator = (status: ChannelStatus): boolean => status.state === "needs-operator";
