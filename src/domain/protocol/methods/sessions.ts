import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, Count, Flag, List, Moment, NonEmpty, Nullable, OneOf, SessionKey, SessionLabel, Text, closed, open } from "../fields.js";

const Tokens = Type.Optional(Count);

export const SessionRow = Type.Object(
  {
    key: SessionKey,
    kind: OneOf("direct", "group", "global", "unknown"),
    label: Text,
    displayName: Text,
    channel: Text,
    subject: Text,
    groupChannel: Text,
    space: Text,
    chatType: Text,
    origin: Type.Optional(AnyObject),
    updatedAt: Nullable(Moment),
    sessionId: Text,
    systemSent: Flag,
    abortedLastRun: Flag,
    thinkingLevel: Text,
    verboseLevel: Text,
    reasoningLevel: Text,
    elevatedLevel: Text,
    sendPolicy: Text,
    responseUsage: Text,
    inputTokens: Tokens,
    outputTokens: Tokens,
    totalTokens: Tokens,
    modelProvider: Text,
    model: Text,
    contextTokens: Tokens,
    deliveryContext: Type.Optional(AnyObject),
    lastChannel: Text,
    lastTo: Text,
    lastAccountId: Text,
    derivedTitle: Text,
    lastMessagePreview: Text,
    /** Protocol 4. */
    hasActiveRun: Flag,
    activeRunIds: Type.Optional(List(NonEmpty)),
  },
  open,
);
export type SessionRow = Static<typeof SessionRow>;

const listFilter = {
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  offset: Type.Optional(Count),
  activeMinutes: Type.Optional(Type.Integer({ minimum: 1 })),
  includeGlobal: Flag,
  includeUnknown: Flag,
  includeDerivedTitles: Flag,
  includeLastMessage: Flag,
  label: Type.Optional(SessionLabel),
  spawnedBy: Text,
  agentId: Type.Optional(NonEmpty),
  search: Text,
};

const SessionsPage = Type.Object({
  ts: Moment,
  path: Type.String(),
  count: Count,
  defaults: Type.Object({ modelProvider: Type.Optional(Nullable(Type.String())), model: Nullable(Type.String()), contextTokens: Nullable(Count) }),
  sessions: List(SessionRow),
  /** Protocol 4. */
  totalCount: Type.Optional(Count),
  limitApplied: Type.Optional(Count),
  offset: Type.Optional(Count),
  nextOffset: Type.Optional(Nullable(Count)),
  hasMore: Flag,
});

/** The stored entry of a session. Older state folders hold further keys, which travel as they are. */
export const SessionEntryShape = Type.Object({ sessionId: NonEmpty, updatedAt: Moment }, open);

const clearable = Type.Optional(Nullable(Type.String()));

const patchFields = {
  label: Type.Optional(Nullable(SessionLabel)),
  model: clearable,
  thinkingLevel: clearable,
  fastMode: Type.Optional(Nullable(Type.Unknown())),
  category: clearable,
  pinned: Type.Optional(Nullable(Type.Boolean())),
  archived: Type.Optional(Nullable(Type.Boolean())),
  unread: Type.Optional(Nullable(Type.Boolean())),
  verboseLevel: clearable,
  reasoningLevel: clearable,
  responseUsage: Type.Optional(Nullable(OneOf("off", "tokens", "full", "on"))),
  elevatedLevel: clearable,
  execHost: clearable,
  execSecurity: clearable,
  execAsk: clearable,
  execNode: clearable,
  spawnedBy: clearable,
  sendPolicy: Type.Optional(Nullable(OneOf("allow", "deny"))),
  groupActivation: Type.Optional(Nullable(OneOf("mention", "always"))),
};

/** Fields of sessions.patch that change how a session looks or answers, not what it may do. */
const PLAIN_PATCH_FIELDS: ReadonlySet<string> = new Set([
  "key", "agentId", "label", "model", "thinkingLevel", "fastMode", "pinned", "archived", "unread", "category",
]);

/** The sessions: their list, their settings, their transcripts' length. */
export const sessionMethods = {
  "sessions.list": method({
    params: Type.Object(listFilter, open),
    result: SessionsPage,
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "sessions.preview": method({
    params: Type.Object(
      {
        keys: Type.Array(SessionKey, { minItems: 1 }),
        limit: Type.Optional(Type.Integer({ minimum: 1 })),
        maxChars: Type.Optional(Type.Integer({ minimum: 20 })),
      },
      closed,
    ),
    result: Type.Object({
      ts: Moment,
      previews: List(
        Type.Object({
          key: SessionKey,
          status: OneOf("ok", "empty", "missing", "error"),
          items: List(Type.Object({ role: Type.String(), text: Type.String() })),
        }),
      ),
    }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "sessions.resolve": method({
    params: Type.Object(
      {
        key: Type.Optional(SessionKey),
        sessionId: Type.Optional(NonEmpty),
        label: Type.Optional(SessionLabel),
        agentId: Type.Optional(NonEmpty),
        spawnedBy: Text,
        includeGlobal: Flag,
        includeUnknown: Flag,
      },
      closed,
    ),
    result: Type.Object({ ok: Type.Literal(true), key: SessionKey }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "sessions.patch": method({
    params: Type.Object({ key: SessionKey, agentId: Type.Optional(NonEmpty), ...patchFields }, open),
    result: Type.Object({ ok: Type.Literal(true), path: Type.String(), key: SessionKey, entry: SessionEntryShape }),
    role: "operator",
    scope: "operator.write",
    raises: {
      to: "operator.admin",
      when: "any field other than label, model, thinkingLevel, fastMode, pinned, archived, unread or category is given",
      test: (params) => Object.keys(params).some((field) => !PLAIN_PATCH_FIELDS.has(field)),
    },
    effect: "write",
    since: 3,
    state: "live",
  }),
  "sessions.reset": method({
    params: Type.Object({ key: SessionKey, expectedSessionId: Text, agentId: Type.Optional(NonEmpty), reason: Text }, closed),
    result: Type.Object({ ok: Type.Literal(true), key: SessionKey, entry: SessionEntryShape }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "sessions.delete": method({
    params: Type.Object({ key: SessionKey, agentId: Type.Optional(NonEmpty), deleteTranscript: Flag }, closed),
    result: Type.Object({ ok: Type.Literal(true), key: SessionKey, deleted: Type.Boolean(), archived: List(Type.String()) }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "sessions.compact": method({
    params: Type.Object({ key: SessionKey, agentId: Type.Optional(NonEmpty), maxLines: Type.Optional(Type.Integer({ minimum: 1 })) }, closed),
    result: Type.Object({ ok: Type.Literal(true), key: SessionKey, compacted: Type.Boolean(), kept: Type.Optional(Count), archived: Text, reason: Text }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "sessions.subscribe": method({
    params: Type.Object(listFilter, open),
    result: Type.Object({ subscribed: Type.Literal(true), list: Type.Optional(SessionsPage) }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 4,
    state: "planned",
  }),
  "sessions.messages.subscribe": method({
    params: Type.Object({ key: SessionKey, agentId: Type.Optional(NonEmpty), includeApprovals: Flag }, closed),
    result: Type.Object({ subscribed: Type.Optional(Type.Boolean()), key: Type.Optional(SessionKey) }, open),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 4,
    state: "planned",
  }),
};
