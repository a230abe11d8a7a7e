import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, Count, DurationMs, Flag, List, Moment, NonEmpty, Nothing, Nullable, OneOf, SessionKey, Strings, Text, closed, open } from "../fields.js";

/** Protocol 3 writes a moment as `atMs`, protocol 4 as `at`, an ISO 8601 text. Both are read, both are sent. */
const At = Type.Object({ kind: Type.Literal("at"), atMs: Type.Optional(Moment), at: Type.Optional(NonEmpty) }, closed);
const Every = Type.Object(
  { kind: Type.Literal("every"), everyMs: Type.Integer({ minimum: 1 }), anchorMs: Type.Optional(Moment) },
  closed,
);
const Cron = Type.Object({ kind: Type.Literal("cron"), expr: NonEmpty, tz: Text, staggerMs: DurationMs }, closed);

// Protocol 4 has further kinds (`on-exit`, `stream`), which no schedule here can keep: they are refused, not ignored.
export const CronSchedule = Type.Union([At, Every, Cron]);
export type CronSchedule = Static<typeof CronSchedule>;

const SystemEvent = Type.Object({ kind: Type.Literal("systemEvent"), text: NonEmpty }, open);
const agentTurn = {
  kind: Type.Literal("agentTurn"),
  model: Text,
  thinking: Text,
  timeoutSeconds: Type.Optional(Count),
  deliver: Flag,
  channel: Text,
  to: Text,
  bestEffortDeliver: Flag,
  fallbacks: Strings,
};

export const CronPayload = Type.Union([SystemEvent, Type.Object({ ...agentTurn, message: NonEmpty }, open)]);
export type CronPayload = Static<typeof CronPayload>;

/** Where a finished job reports: protocol 4 says it beside the payload, protocol 3 inside it. */
const Delivery = Type.Object({ mode: OneOf("none", "announce", "webhook"), channel: Text, to: Text }, open);

/** `main`, `isolated`, `current` or `session:<key>`. */
const SessionTarget = Type.String({ pattern: "^(?:main|isolated|current|session:.+)$", maxLength: 520 });
const WakeMode = OneOf("now", "next-heartbeat");

const optionalJob = {
  agentId: Type.Optional(Nullable(NonEmpty)),
  description: Text,
  enabled: Flag,
  deleteAfterRun: Flag,
  isolation: Type.Optional(AnyObject),
  delivery: Type.Optional(Delivery),
  sessionKey: Type.Optional(Nullable(SessionKey)),
};

export const CronJob = Type.Object(
  {
    id: NonEmpty,
    name: NonEmpty,
    agentId: Text,
    description: Text,
    enabled: Type.Boolean(),
    deleteAfterRun: Flag,
    createdAtMs: Moment,
    updatedAtMs: Moment,
    schedule: CronSchedule,
    sessionTarget: SessionTarget,
    wakeMode: WakeMode,
    payload: CronPayload,
    isolation: Type.Optional(AnyObject),
    delivery: Type.Optional(Delivery),
    state: Type.Object({
      nextRunAtMs: Type.Optional(Moment),
      runningAtMs: Type.Optional(Moment),
      lastRunAtMs: Type.Optional(Moment),
      lastStatus: Text,
      lastError: Text,
      lastDurationMs: DurationMs,
    }),
  },
  open,
);
export type CronJob = Static<typeof CronJob>;

/**
 * Clients name a job by `id` or by `jobId`. Both are optional here and the handler refuses a request without
 * either, since a union of two objects would cost the generated models their fields.
 */
const jobRef = { id: Type.Optional(NonEmpty), jobId: Type.Optional(NonEmpty) };

const page = { total: Type.Optional(Count), offset: Type.Optional(Count), limit: Type.Optional(Count), hasMore: Flag, nextOffset: Type.Optional(Nullable(Count)) };

const CronPatch = Type.Object(
  {
    ...optionalJob,
    name: Type.Optional(NonEmpty),
    schedule: Type.Optional(CronSchedule),
    sessionTarget: Type.Optional(SessionTarget),
    wakeMode: Type.Optional(WakeMode),
    payload: Type.Optional(
      Type.Union([SystemEvent, Type.Object({ ...agentTurn, message: Type.Optional(NonEmpty) }, open)]),
    ),
    state: Type.Optional(AnyObject),
  },
  open,
);

const CronRun = Type.Object(
  {
    ts: Moment,
    jobId: NonEmpty,
    action: Text,
    status: Text,
    error: Text,
    summary: Text,
    runAtMs: Type.Optional(Moment),
    durationMs: DurationMs,
    nextRunAtMs: Type.Optional(Moment),
  },
  open,
);

const reading = { role: "operator", scope: "operator.read", effect: "read", since: 3, state: "planned" } as const;
const writing = { role: "operator", scope: "operator.admin", effect: "write", since: 3, state: "planned" } as const;

/** Jobs that run by the clock. */
export const cronMethods = {
  "cron.list": method({
    params: Type.Object(
      {
        includeDisabled: Flag,
        limit: Type.Optional(Type.Integer({ minimum: 1 })),
        offset: Type.Optional(Count),
        query: Text,
        agentId: Text,
        sessionKey: Type.Optional(SessionKey),
      },
      open,
    ),
    result: Type.Object({ jobs: List(CronJob), ...page }),
    ...reading,
  }),
  "cron.status": method({
    params: Nothing,
    result: Type.Object({ enabled: Type.Boolean(), storePath: Type.String(), jobs: Count, nextWakeAtMs: Type.Optional(Nullable(Moment)) }),
    ...reading,
  }),
  "cron.get": method({ params: Type.Object(jobRef, closed), result: CronJob, ...reading, since: 4 }),
  "cron.add": method({
    params: Type.Object(
      { ...optionalJob, name: NonEmpty, schedule: CronSchedule, sessionTarget: SessionTarget, wakeMode: WakeMode, payload: CronPayload },
      open,
    ),
    result: CronJob,
    ...writing,
  }),
  "cron.update": method({ params: Type.Object({ ...jobRef, patch: CronPatch }, closed), result: CronJob, ...writing }),
  "cron.remove": method({
    params: Type.Object(jobRef, closed),
    result: Type.Object({ ok: Type.Literal(true), removed: Type.Boolean() }),
    ...writing,
  }),
  "cron.run": method({
    params: Type.Object({ ...jobRef, mode: Type.Optional(OneOf("due", "force", "if-enabled")) }, closed),
    result: Type.Object({ ok: Type.Literal(true), ran: Type.Boolean(), reason: Text, runId: Text }),
    ...writing,
  }),
  "cron.runs": method({
    params: Type.Object({ ...jobRef, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })), offset: Type.Optional(Count) }, open),
    result: Type.Object({ entries: List(CronRun), ...page }),
    ...reading,
  }),
};
