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

/** Where the answer of a job's turn goes: protocol 4 says it beside the payload, protocol 3 inside it. Both are read, both are sent. */
const delivery = { channel: Text, to: Text, accountId: Text, threadId: Text, bestEffort: Flag };
const DELIVERY_MODE = OneOf("none", "announce", "webhook");
const Delivery = Type.Object({ mode: DELIVERY_MODE, ...delivery }, open);
const DeliveryPatch = Type.Object({ mode: Type.Optional(DELIVERY_MODE), ...delivery }, open);

/** `main`, `isolated`, `current` or `session:<key>`. Left out, what fits the payload. */
const SessionTarget = Type.String({ pattern: "^(?:main|isolated|current|session:.+)$", maxLength: 520 });
const WakeMode = OneOf("now", "next-heartbeat");

const optionalJob = {
  agentId: Type.Optional(Nullable(NonEmpty)),
  description: Text,
  enabled: Flag,
  deleteAfterRun: Flag,
  isolation: Type.Optional(AnyObject),
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
    sessionKey: Text,
    state: Type.Object({
      nextRunAtMs: Type.Optional(Moment),
      runningAtMs: Type.Optional(Moment),
      lastRunAtMs: Type.Optional(Moment),
      /** The same twice: protocol 3 and protocol 4 have a name each. */
      lastStatus: Text,
      lastRunStatus: Text,
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
    delivery: Type.Optional(DeliveryPatch),
    payload: Type.Optional(
      Type.Union([SystemEvent, Type.Object({ ...agentTurn, message: Type.Optional(NonEmpty) }, open)]),
    ),
    state: Type.Optional(AnyObject),
  },
  open,
);

const RUN_STATUSES = ["ok", "error", "skipped"] as const;

const CronRun = Type.Object(
  {
    ts: Moment,
    jobId: NonEmpty,
    action: Text,
    status: Text,
    error: Text,
    summary: Text,
    /** When it began. */
    runAtMs: Type.Optional(Moment),
    durationMs: DurationMs,
    nextRunAtMs: Type.Optional(Moment),
    runId: Text,
    sessionKey: Text,
    trigger: Type.Optional(OneOf("schedule", "manual")),
    /** When it was due; absent where somebody asked for it. */
    scheduledAtMs: Type.Optional(Moment),
    /** It was due while the gateway could not run it, and was made up for. */
    late: Flag,
    /** How many earlier moments passed without a run, 50 at most. */
    missed: Type.Optional(Count),
    /** The gateway ended while it ran. */
    interrupted: Flag,
    delivered: Flag,
  },
  open,
);

const reading = { role: "operator", scope: "operator.read", effect: "read", since: 3, state: "live" } as const;
const writing = { role: "operator", scope: "operator.admin", effect: "write", since: 3, state: "live" } as const;

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
        enabled: Type.Optional(OneOf("all", "enabled", "disabled")),
        scheduleKind: Type.Optional(OneOf("all", "at", "every", "cron")),
        lastRunStatus: Type.Optional(OneOf("all", ...RUN_STATUSES, "unknown")),
        sortBy: Type.Optional(OneOf("nextRunAtMs", "updatedAtMs", "name")),
        sortDir: Type.Optional(OneOf("asc", "desc")),
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
      {
        ...optionalJob,
        name: NonEmpty,
        schedule: CronSchedule,
        sessionTarget: Type.Optional(SessionTarget),
        wakeMode: Type.Optional(WakeMode),
        payload: CronPayload,
        delivery: Type.Optional(Delivery),
      },
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
    params: Type.Object(
      {
        ...jobRef,
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })),
        offset: Type.Optional(Count),
        /** `all`: of all jobs, whichever is named. */
        scope: Type.Optional(OneOf("job", "all")),
        runId: Text,
        status: Type.Optional(OneOf("all", ...RUN_STATUSES)),
        statuses: Type.Optional(List(OneOf(...RUN_STATUSES))),
        query: Text,
        sortDir: Type.Optional(OneOf("asc", "desc")),
      },
      open,
    ),
    result: Type.Object({ entries: List(CronRun), ...page }),
    ...reading,
  }),
};
