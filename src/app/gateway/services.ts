import type { AdmissionDesk } from "./admission-desk.js";
import type { CanvasDesk } from "./canvas-desk.js";
import type { ChannelBook } from "./channel-book.js";
import type { ChannelDesk } from "./channel-desk.js";
import type { Delivery } from "./delivery.js";
import type { ExecApprovalDesk } from "./nodes/exec-approval-desk.js";
import type { HealthDesk } from "./health-desk.js";
import type { HeartbeatDesk } from "./heartbeat-desk.js";
import type { Hub } from "./hub.js";
import type { InboundDesk } from "./inbound-desk.js";
import type { LoginDesk } from "./login-desk.js";
import type { NodeDesk } from "./nodes/node-desk.js";
import type { OutboxDesk } from "./outbox-desk.js";
import type { PairingDesk } from "./pairing-desk.js";
import type { GatewayParts } from "./parts.js";
import type { PresenceBoard } from "./presence-board.js";
import type { ReplyRenderer } from "./reply-renderer.js";
import type { RunDesk } from "./run-desk.js";
import type { ScheduleHouse } from "./schedule-house.js";
import type { SenderDesk } from "./sender-desk.js";
import type { SessionDesk } from "./session-desk.js";
import type { SystemEvents } from "./system-events.js";

/** What the methods work with. */
export interface Services {
  readonly parts: GatewayParts;
  readonly hub: Hub;
  readonly presence: PresenceBoard;
  readonly health: HealthDesk;
  readonly sessions: SessionDesk;
  readonly runs: RunDesk;
  readonly pairing: PairingDesk;
  readonly approvals: ExecApprovalDesk;
  readonly delivery: Delivery;
  readonly events: SystemEvents;
  readonly heartbeats: HeartbeatDesk;
  readonly schedule: ScheduleHouse;
  readonly book: ChannelBook;
  readonly channels: ChannelDesk;
  readonly outbox: OutboxDesk;
  readonly inbound: InboundDesk;
  readonly admission: AdmissionDesk;
  readonly senders: SenderDesk;
  readonly logins: LoginDesk;
  readonly canvas: CanvasDesk;
  readonly renderer: ReplyRenderer;
  readonly nodes: NodeDesk;
}
