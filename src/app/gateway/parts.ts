import type { NodeBookRecord } from "../../domain/nodes/node-record.js";
import type { PendingAction } from "../../domain/nodes/pending-action.js";
import type { JournalRecord } from "../../domain/messaging/journal.js";
import type { OutboxItem } from "../../domain/messaging/outbox-item.js";
import type { SenderRecord } from "../../domain/pairing/sender.js";
import type { Markdown } from "../../ports/markdown.js";
import type { MediaStore } from "../../ports/media-store.js";
import type { BeatRecord } from "../../domain/schedule/stored-schedule.js";
import type { Job, RunEntry } from "../../domain/schedule/job.js";
import type { WaitingEvents } from "../../domain/schedule/waiting-events.js";
import type { CronCalendar } from "../../ports/cron-calendar.js";
import type { Workspace } from "../../ports/workspace.js";
import type { RecordStore } from "../../ports/record-store.js";
import type { WebFetch } from "../../ports/web-fetch.js";
import type { AgentRuntime } from "../../ports/agent-runtime.js";
import type { CanvasFiles } from "../../ports/canvas-files.js";
import type { Channel } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import type { ConfigSource } from "../../ports/config-source.js";
import type { DeviceStore } from "../../ports/device-store.js";
import type { ExecApprovalsStore } from "../../ports/exec-approvals-store.js";
import type { FrameValidator } from "../../ports/frame-validator.js";
import type { InviteStore } from "../../ports/invite-store.js";
import type { QrCodes } from "../../ports/qr-codes.js";
import type { Ids } from "../../ports/ids.js";
import type { LoopGauge } from "../../ports/loop-gauge.js";
import type { Log } from "../../ports/log.js";
import type { LogTail } from "../../ports/log-tail.js";
import type { Metrics } from "../../ports/metrics.js";
import type { PeerLocality } from "../../ports/peer-locality.js";
import type { SessionStore } from "../../ports/session-store.js";
import type { Signatures } from "../../ports/signatures.js";
import type { Tailnet } from "../../ports/tailnet.js";
import type { TokenVault } from "../../ports/token-vault.js";
import type { Tracing } from "../../ports/tracing.js";

/** What the gateway tells about the host it runs on. */
export interface HostFacts {
  readonly version: string;
  readonly hostname: string;
  readonly ip?: string;
  readonly platform: string;
  readonly deviceFamily: string;
  readonly modelIdentifier: string;
  readonly stateDir?: string;
  /** The addresses under which this gateway can be dialled now, the most useful first. */
  urls(): readonly string[];
  /** Lower-case hex SHA-256 of the certificate that its listeners show now; absent where they speak in the clear. */
  tlsFingerprint?(): string | undefined;
}

/** The tables of the messaging core. */
export interface MessageRecords {
  readonly journal: RecordStore<JournalRecord>;
  readonly outbox: RecordStore<OutboxItem>;
  readonly senders: RecordStore<SenderRecord>;
  readonly notes: RecordStore<string>;
}

/** The tables of what the assistant does by itself. */
export interface ScheduleRecords {
  readonly cronJobs: RecordStore<Job>;
  /** What came of their runs, by run. */
  readonly cronRuns: RecordStore<RunEntry>;
  /** Texts that sessions are to hear of, by session. */
  readonly systemEvents: RecordStore<WaitingEvents>;
  /** By session. */
  readonly heartbeats: RecordStore<BeatRecord>;
}

/** The tables of the nodes. */
export interface NodeRecords {
  readonly nodes: RecordStore<NodeBookRecord>;
  /** Commands that wait for nodes to wake. */
  readonly nodeActions: RecordStore<PendingAction>;
}

export type GatewayRecords = MessageRecords & NodeRecords & ScheduleRecords;

/** Everything the gateway needs from outside. Each part can be replaced. */
export interface GatewayParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly logTail: LogTail;
  readonly signatures: Signatures;
  readonly vault: TokenVault;
  readonly validator: FrameValidator;
  readonly locality: PeerLocality;
  /** Asked who somebody is, where the owner allows that. */
  readonly tailnet?: Pick<Tailnet, "whois">;
  readonly devices: DeviceStore;
  readonly invites: InviteStore;
  readonly qrCodes: QrCodes;
  readonly sessions: SessionStore;
  readonly agent: AgentRuntime;
  readonly channels: readonly Channel[];
  /** What came in, what goes out, who may write, what channels remember; which nodes there are; what is done by the clock. */
  readonly records: GatewayRecords;
  readonly calendar: CronCalendar;
  readonly workspace: Workspace;
  readonly media: MediaStore;
  /** Which commands may run on this host without a question. */
  readonly execApprovals: ExecApprovalsStore;
  readonly markdown: Markdown;
  readonly web: WebFetch;
  /** Opened by the first agent that writes there; nothing where there is no canvas. */
  readonly canvasFiles: () => Promise<CanvasFiles | undefined>;
  /** At least 0 and below 1, for jitter and for codes that people type. */
  readonly random: () => number;
  readonly config: ConfigSource;
  readonly host: HostFacts;
  /** How the process keeps up; nobody is told without it. */
  readonly loop?: LoopGauge;
  /** Nothing is measured without the one, nor traced without the other. */
  readonly metrics?: Metrics;
  readonly tracing?: Tracing;
}
