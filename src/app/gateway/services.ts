import type { Delivery } from "./delivery.js";
import type { HealthDesk } from "./health-desk.js";
import type { Hub } from "./hub.js";
import type { Inbox } from "./inbox.js";
import type { PairingDesk } from "./pairing-desk.js";
import type { GatewayParts } from "./parts.js";
import type { PresenceBoard } from "./presence-board.js";
import type { RunDesk } from "./run-desk.js";
import type { SessionDesk } from "./session-desk.js";

/** What the methods work with. */
export interface Services {
  readonly parts: GatewayParts;
  readonly hub: Hub;
  readonly presence: PresenceBoard;
  readonly health: HealthDesk;
  readonly sessions: SessionDesk;
  readonly runs: RunDesk;
  readonly pairing: PairingDesk;
  readonly delivery: Delivery;
  readonly inbox: Inbox;
}
