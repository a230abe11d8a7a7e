import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, Count, DurationMs, Flag, IdempotencyKey, List, Moment, NonEmpty, Nothing, OneOf, SessionKey, SessionLabel, Strings, Text, closed, open } from "../fields.js";

/** A file beside a message. `content` is base64. */
export const Attachment = Type.Object({ type: Text, mimeType: Text, fileName: Text, content: Text }, open);
export type Attachment = Static<typeof Attachment>;

const ReplyPayload = Type.Object({ text: Text, mediaUrl: Text, mediaUrls: Type.Optional(List(Type.String())) }, open);

export const AgentRunResult = Type.Object(
  {
    payloads: List(ReplyPayload),
    meta: Type.Object(
      {
        durationMs: Count,
        agentMeta: Type.Optional(
          Type.Object({ sessionId: Type.String(), provider: Type.String(), model: Type.String(), usage: Type.Optional(AnyObject) }, open),
        ),
        aborted: Flag,
      },
      open,
    ),
  },
  open,
);
export type AgentRunResult = Static<typeof AgentRunResult>;

/** The first of the two responses to `agent`. */
export const AgentAccepted = Type.Object({
  runId: NonEmpty,
  status: Type.Literal("accepted"),
  acceptedAt: Moment,
  sessionKey: Text,
  agentId: Text,
});
export type AgentAccepted = Static<typeof AgentAccepted>;

/** The only response to a repeated `agent` whose run is still going on. */
export const AgentInFlight = Type.Object({ runId: NonEmpty, status: Type.Literal("in_flight"), sessionKey: Text, agentId: Text });

/** The second response. A failed run also carries an error frame beside it. */
export const AgentFinal = Type.Object({
  runId: NonEmpty,
  status: OneOf("ok", "error", "timeout"),
  summary: Type.String(),
  result: Type.Optional(AgentRunResult),
  stopReason: Text,
  timeoutPhase: Text,
  providerStarted: Flag,
});
export type AgentFinal = Static<typeof AgentFinal>;

/** Whether this message starts its session afresh instead of speaking to the agent. */
export const asksForFreshSession = (message: string): boolean => /^\s*\/(?:new|reset)(?=$|[\s:])/i.test(message);

const AgentIdentity = Type.Object({
  name: Text,
  theme: Text,
  emoji: Text,
  avatar: Text,
  avatarUrl: Text,
});

/** Runs of an agent, and which agents and models there are. */
export const agentMethods = {
  agent: method({
    params: Type.Object(
      {
        message: NonEmpty,
        agentId: Type.Optional(NonEmpty),
        to: Text,
        replyTo: Text,
        sessionId: Text,
        sessionKey: Type.Optional(SessionKey),
        thinking: Text,
        deliver: Flag,
        attachments: Type.Optional(Type.Array(Attachment)),
        channel: Text,
        replyChannel: Text,
        accountId: Text,
        replyAccountId: Text,
        threadId: Text,
        groupId: Text,
        groupChannel: Text,
        groupSpace: Text,
        /** Seconds; 0 means no limit of its own. */
        timeout: Type.Optional(Type.Integer({ minimum: 0 })),
        lane: Text,
        extraSystemPrompt: Text,
        idempotencyKey: IdempotencyKey,
        label: Type.Optional(SessionLabel),
        spawnedBy: Text,
        provider: Text,
        model: Text,
        bestEffortDeliver: Flag,
        expectedExistingSessionId: Text,
        cwd: Text,
      },
      open,
    ),
    result: Type.Union([AgentAccepted, AgentInFlight, AgentFinal]),
    role: "operator",
    scope: "operator.write",
    raises: {
      to: "operator.admin",
      when: "the message is `/new` or `/reset`",
      test: ({ message }) => typeof message === "string" && asksForFreshSession(message),
    },
    effect: "keyed",
    since: 3,
    state: "live",
  }),
  "agent.wait": method({
    params: Type.Object({ runId: NonEmpty, timeoutMs: DurationMs }, closed),
    result: Type.Object({
      runId: NonEmpty,
      status: OneOf("ok", "error", "timeout", "pending"),
      startedAt: Type.Optional(Moment),
      endedAt: Type.Optional(Moment),
      error: Text,
      stopReason: Text,
    }),
    role: "operator",
    scope: "operator.write",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "agent.identity.get": method({
    params: Type.Object({ agentId: Type.Optional(NonEmpty), sessionKey: Type.Optional(SessionKey) }, closed),
    result: Type.Object({ agentId: NonEmpty, name: Text, avatar: Text, emoji: Text }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "models.list": method({
    params: Nothing,
    result: Type.Object({
      models: List(
        Type.Object(
          { id: NonEmpty, name: NonEmpty, provider: NonEmpty, contextWindow: Type.Optional(Type.Integer({ minimum: 1 })), reasoning: Flag, input: Strings },
          open,
        ),
      ),
    }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "agents.list": method({
    params: Nothing,
    result: Type.Object({
      defaultId: NonEmpty,
      mainKey: NonEmpty,
      scope: OneOf("per-sender", "global"),
      agents: List(Type.Object({ id: NonEmpty, name: Text, identity: Type.Optional(AgentIdentity) })),
    }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
};
