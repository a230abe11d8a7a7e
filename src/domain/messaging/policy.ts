import { DEFAULT_VISIBILITY, type HeartbeatVisibility } from "../schedule/heartbeat-settings.js";

/** Who may write to an account directly. `pairing`: a stranger gets a code, and is heard once its owner has approved it. */
export type DmPolicy = "pairing" | "allowlist" | "open" | "disabled";
export type GroupPolicy = "open" | "allowlist" | "disabled";

export interface GroupRules {
  readonly enabled?: boolean;
  /** Only what addresses the account is answered; what else is said is context. */
  readonly requireMention?: boolean;
  /** Stable ids of those who are answered in this group; without it, the account's. */
  readonly allowFrom?: readonly string[];
  readonly agentId?: string;
}

/** What to do with a message that comes while its session is busy: after the run by itself, into the run, or after it together with the others. */
export type QueueMode = "queue" | "steer" | "collect";

/** What an account's owner has decided, whatever the channel. Ids are stable ids of the platform; `*` is everybody. */
export interface AccountPolicy {
  readonly dmPolicy: DmPolicy;
  readonly allowFrom: readonly string[];
  readonly groupPolicy: GroupPolicy;
  readonly groupAllowFrom: readonly string[];
  /** By chat id; `*` is every group that is not named. */
  readonly groups: ReadonlyMap<string, GroupRules>;
  readonly requireMention: boolean;
  /** Texts that address the account besides a mention: names that people call it by, compared whole-word and without case. */
  readonly mentionNames: readonly string[];
  /** How many of a group's last unanswered messages an answer is given to read. */
  readonly historyLimit: number;
  /** Other bots are answered, within a budget. */
  readonly allowBots: boolean;
  readonly queueMode: QueueMode;
  /** A draft that grows, or one final message. */
  readonly streaming: "off" | "draft";
  readonly heartbeat: HeartbeatVisibility;
  /** The agent of this account, where no binding says otherwise. */
  readonly agentId?: string;
}

export const DEFAULT_POLICY: AccountPolicy = {
  dmPolicy: "pairing",
  allowFrom: [],
  groupPolicy: "allowlist",
  groupAllowFrom: [],
  groups: new Map(),
  requireMention: true,
  mentionNames: [],
  historyLimit: 50,
  allowBots: false,
  queueMode: "queue",
  streaming: "draft",
  heartbeat: DEFAULT_VISIBILITY,
};
