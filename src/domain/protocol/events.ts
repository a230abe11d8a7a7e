import { Type, type Static } from "@sinclair/typebox";
import { event } from "./define.js";
import { AnyObject, Count, DurationMs, Flag, List, Moment, NonEmpty, Nullable, OneOf, SessionKey, Text } from "./fields.js";
import { WaitingApproval } from "./methods/approvals.js";
import { SenderRequest } from "./methods/channels.js";
import { ChatMessage } from "./methods/chat.js";
import { PendingDeviceRow } from "./methods/devices.js";
import { NodeTraits } from "./methods/nodes.js";
import { HealthSummary, HeartbeatEvent } from "./methods/system.js";
import { PresenceEntry } from "./snapshot.js";

/** One step of a run. `seq` starts at 1 in each run and grows by 1; `data` depends on `stream`. */
export const AgentEvent = Type.Object({
  runId: NonEmpty,
  seq: Count,
  /** Chiefly `lifecycle`, `assistant`, `tool`, `compaction`, `thinking`, `error`; open, since later releases add more. */
  stream: NonEmpty,
  ts: Moment,
  data: AnyObject,
  sessionKey: Type.Optional(SessionKey),
  agentId: Text,
  sessionId: Text,
  spawnedBy: Text,
  isHeartbeat: Flag,
});
export type AgentEvent = Static<typeof AgentEvent>;

/** A turn as a chat shows it. Every delta carries the text so far in `message` and the new part in `deltaText`. */
export const ChatEvent = Type.Object({
  runId: NonEmpty,
  sessionKey: SessionKey,
  seq: Count,
  state: OneOf("delta", "final", "aborted", "error", "status"),
  agentId: Text,
  message: Type.Optional(ChatMessage),
  deltaText: Text,
  /** The text of this delta does not extend the one before. */
  replace: Type.Optional(Type.Literal(true)),
  errorMessage: Text,
  errorKind: Type.Optional(OneOf("refusal", "timeout", "rate_limit", "context_length", "unknown")),
  errorDetail: Type.Optional(AnyObject),
  usage: Type.Optional(AnyObject),
  stopReason: Text,
  /** What a `status` event reports. */
  phase: Text,
});
export type ChatEvent = Static<typeof ChatEvent>;

const Decision = OneOf("approved", "rejected", "removed");

/**
 * Everything the gateway says unasked. Only what the next event of its kind replaces is droppable: a reader who lost
 * one of the others would wait for something that already happened.
 */
export const events = {
  "connect.challenge": event({
    payload: Type.Object({ nonce: NonEmpty, ts: Moment }),
    audience: "direct",
    droppable: false,
    since: 3,
    state: "live",
  }),
  // Not droppable though replaced every 30 s: two missing ticks make a client leave.
  tick: event({ payload: Type.Object({ ts: Moment }), audience: "everyone", droppable: false, since: 3, state: "live" }),
  health: event({ payload: HealthSummary, audience: "everyone", droppable: true, since: 3, state: "live" }),
  heartbeat: event({ payload: HeartbeatEvent, audience: "everyone", droppable: true, since: 3, state: "live" }),
  shutdown: event({
    payload: Type.Object({
      reason: Type.String(),
      /** Milliseconds. Protocol 3 says null where protocol 4 leaves it out. */
      restartExpectedMs: Type.Optional(Nullable(Count)),
    }),
    audience: "everyone",
    droppable: false,
    since: 3,
    state: "live",
  }),
  presence: event({
    payload: Type.Object({ presence: List(PresenceEntry) }),
    audience: "operator.read",
    droppable: true,
    since: 3,
    state: "live",
  }),
  // Lost deltas would be harmless, lost ends not: the gateway drops the former itself, run by run.
  agent: event({ payload: AgentEvent, audience: "operator.read", droppable: false, since: 3, state: "live" }),
  chat: event({ payload: ChatEvent, audience: "operator.read", droppable: false, since: 3, state: "live" }),
  cron: event({
    payload: Type.Object({
      jobId: NonEmpty,
      action: OneOf("added", "updated", "removed", "started", "finished"),
      runAtMs: Type.Optional(Moment),
      durationMs: DurationMs,
      status: Text,
      error: Text,
      summary: Text,
      nextRunAtMs: Type.Optional(Moment),
    }),
    audience: "operator.read",
    droppable: true,
    since: 3,
    state: "live",
  }),
  "voicewake.changed": event({
    payload: Type.Object({ triggers: List(Type.String()) }),
    audience: "operator.read",
    droppable: false,
    since: 3,
    state: "planned",
  }),
  "talk.mode": event({
    payload: Type.Object({ enabled: Type.Boolean(), phase: Nullable(Type.String()), ts: Moment }),
    audience: "operator.talk",
    droppable: false,
    since: 3,
    state: "planned",
  }),
  "config.changed": event({
    payload: Type.Object({ path: Type.String(), hash: NonEmpty, ts: Moment }),
    audience: "operator.read",
    droppable: false,
    since: 4,
    state: "live",
  }),
  "device.pair.requested": event({ payload: PendingDeviceRow, audience: "operator.pairing", droppable: false, since: 3, state: "live" }),
  "device.pair.resolved": event({
    payload: Type.Object({ requestId: NonEmpty, deviceId: NonEmpty, decision: Decision, ts: Moment }),
    audience: "operator.pairing",
    droppable: false,
    since: 3,
    state: "live",
  }),
  "device.pair.setup.completed": event({
    payload: Type.Object({ setupId: NonEmpty, deviceId: NonEmpty, deviceName: Text, access: OneOf("limited", "full", "node"), ts: Moment }),
    audience: "operator.pairing",
    droppable: false,
    since: 4,
    state: "live",
  }),
  /** Somebody whom nobody knows wrote to a channel, and was given a code. */
  "channel.pair.requested": event({ payload: SenderRequest, audience: "operator.pairing", droppable: false, since: 4, state: "live" }),
  "channel.pair.resolved": event({
    payload: Type.Object({ channel: NonEmpty, accountId: Text, requestId: NonEmpty, decision: Decision, ts: Moment }),
    audience: "operator.pairing",
    droppable: false,
    since: 4,
    state: "live",
  }),
  "node.pair.requested": event({
    payload: Type.Object({ requestId: NonEmpty, nodeId: NonEmpty, ...NodeTraits, silent: Flag, isRepair: Flag, ts: Moment }),
    audience: "operator.pairing",
    droppable: false,
    since: 3,
    state: "live",
  }),
  "node.pair.resolved": event({
    payload: Type.Object({ requestId: NonEmpty, nodeId: NonEmpty, decision: Decision, ts: Moment }),
    audience: "operator.pairing",
    droppable: false,
    since: 3,
    state: "live",
  }),
  "exec.approval.requested": event({ payload: WaitingApproval, audience: "operator.approvals", droppable: false, since: 3, state: "live" }),
  "exec.approval.resolved": event({
    payload: Type.Object({
      id: NonEmpty,
      decision: OneOf("allow-once", "allow-always", "deny"),
      resolvedBy: Type.Optional(Nullable(Type.String())),
      ts: Moment,
    }),
    audience: "operator.approvals",
    droppable: false,
    since: 3,
    state: "live",
  }),
  /** To a node, of itself: what it may be asked now, and what of it waits for approval. */
  "node.surface.changed": event({
    payload: Type.Object({ nodeId: NonEmpty, caps: List(Type.String()), commands: List(Type.String()), pendingRequestId: Text }),
    audience: "direct",
    droppable: false,
    since: 4,
    state: "live",
  }),
  "node.invoke.request": event({
    payload: Type.Object({
      id: NonEmpty,
      nodeId: NonEmpty,
      command: NonEmpty,
      /** The params as JSON text. */
      paramsJSON: Type.Optional(Nullable(Type.String())),
      timeoutMs: DurationMs,
      idempotencyKey: Text,
      sessionKey: Text,
    }),
    audience: "direct",
    droppable: false,
    since: 3,
    state: "live",
  }),
  "node.invoke.cancel": event({
    payload: Type.Object({ invokeId: NonEmpty, nodeId: NonEmpty }),
    audience: "direct",
    droppable: false,
    since: 4,
    state: "live",
  }),
  "node.invoke.progress": event({
    payload: Type.Object({
      invokeId: NonEmpty,
      nodeId: NonEmpty,
      command: NonEmpty,
      /** Of the request that is told of its progress. */
      idempotencyKey: NonEmpty,
      /** Grows from one to the next. */
      seq: Count,
      chunk: Type.String(),
    }),
    audience: "direct",
    droppable: false,
    since: 4,
    state: "live",
  }),
};
