import type { ChannelState } from "../domain/messaging/channel-status.js";
import type { Role } from "../domain/protocol/scopes.js";

/** How one account of a channel stands at a moment. Ages in milliseconds. */
export interface AccountReading {
  readonly channel: string;
  readonly accountId: string;
  readonly state: ChannelState;
  /** Since the last sign that the way in works; nothing before the first. */
  readonly lastSignAgeMs?: number;
  /** Messages on their way out, and how long the oldest has waited. */
  readonly waiting: number;
  readonly oldestAgeMs: number;
  readonly deadLetters: number;
}

/** How a gateway stands at a moment. */
export interface GatewayReading {
  readonly version: string;
  readonly isReady: boolean;
  /** Connections that have not said who they are, and those that were admitted. */
  readonly strangers: number;
  readonly peers: Readonly<Record<Role, number>>;
  readonly accounts: readonly AccountReading[];
}

/** `faded`: it was carried out, and its answer was too large to be kept. `full`: there was no room to remember another. */
export type RepeatOutcome = "replay" | "join" | "conflict" | "faded" | "full";

export type RequestOutcome = "ok" | "refused" | "failed";

/**
 * What is counted while a gateway works. Every text that comes here is one of a few that stand in the code or in the
 * owner's configuration: none comes from a client, a sender or a provider, however little they may be trusted.
 */
export interface Metrics {
  /** A first frame was judged: `admitted`, `pairing`, `malformed`, `timeout`, or the rule that refused it. */
  handshake(outcome: string): void;
  /** A request begins; the result is to be told how its first answer turned out. `unknown` stands for every method that is none. */
  request(method: string): (outcome: RequestOutcome) => void;
  /** A request came again under its idempotency key, or could not be told from one that does. */
  repeated(how: RepeatOutcome): void;
  /** An event did not go to a connection that reads too slowly; then such a connection was closed. */
  dropped(event: string): void;
  closedSlow(): void;
  /** A turn of an agent begins; the result is to be told `done`, or why it failed. */
  turn(): (outcome: string) => void;
  /** A provider answered what was sent to it. */
  sent(channel: string, outcome: string): void;
  /** From now on this tells how the gateway stands, each time somebody wants to know; until the result is called. */
  watch(read: () => GatewayReading): () => void;
}
