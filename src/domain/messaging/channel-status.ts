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

/** How a channel stands, before it is said since when and as whom. */
export type Standing = Omit<ChannelStatus, "since" | "identity">;

/** The status after a change. What stays in its state has been in it since before. */
export function statusAfter(before: ChannelStatus, { state, trouble, message, retryAt }: Standing, { now, identity }: { readonly now: EpochMs; readonly identity: ChannelStatus["identity"] | undefined }): ChannelStatus {
  return {
    state,
    since: state === before.state ? before.since : now,
    ...(trouble === undefined ? {} : { trouble }),
    ...(message === undefined ? {} : { message }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(identity === undefined ? {} : { identity }),
  };
}

/** A terminal state is left by an operator alone: no timer and no restart of the connection helps. */
export const needsOperator = (status: ChannelStatus): boolean => status.state === "needs-operator";
