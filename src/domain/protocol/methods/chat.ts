import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, Count, DurationMs, Flag, IdempotencyKey, List, Moment, NonEmpty, Nullable, OneOf, SessionKey, Text, closed, open } from "../fields.js";
import { Attachment } from "./agent.js";

const ContentPart = Type.Object({ type: NonEmpty, text: Text }, open);

/** A message of a transcript as clients read it. */
export const ChatMessage = Type.Object(
  {
    role: NonEmpty,
    content: Type.Union([Type.String(), List(ContentPart)]),
    timestamp: Type.Optional(Moment),
    id: Text,
    /** Of a tool's result: the call it answers. */
    toolCallId: Text,
    toolName: Text,
    isError: Flag,
    provider: Text,
    model: Text,
    stopReason: Text,
    usage: Type.Optional(Type.Object({ input: Count, output: Count, total: Count }, open)),
  },
  open,
);
export type ChatMessage = Static<typeof ChatMessage>;

const Aborted = Type.Object({ ok: Type.Literal(true), aborted: Type.Boolean(), runIds: List(NonEmpty) });

/** The WebChat family: turns whose results come as `chat` events. */
export const chatMethods = {
  "chat.send": method({
    params: Type.Object(
      {
        sessionKey: SessionKey,
        /** May be empty beside attachments. */
        message: Type.String(),
        agentId: Type.Optional(NonEmpty),
        thinking: Text,
        deliver: Flag,
        attachments: Type.Optional(Type.Array(Attachment)),
        timeoutMs: DurationMs,
        idempotencyKey: IdempotencyKey,
      },
      open,
    ),
    result: Type.Union([
      Type.Object({ runId: NonEmpty, status: OneOf("started", "in_flight", "ok", "error"), summary: Text, messageSeq: Type.Optional(Count) }, open),
      Aborted,
    ]),
    role: "operator",
    scope: "operator.write",
    effect: "keyed",
    since: 3,
    state: "live",
  }),
  "chat.history": method({
    params: Type.Object(
      {
        sessionKey: SessionKey,
        agentId: Type.Optional(NonEmpty),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
        offset: Type.Optional(Count),
        cursor: Text,
        messageId: Text,
        sessionId: Text,
        maxChars: Type.Optional(Type.Integer({ minimum: 1, maximum: 500_000 })),
        inputRunIds: Type.Optional(Type.Array(NonEmpty, { maxItems: 50 })),
      },
      open,
    ),
    result: Type.Object(
      {
        sessionKey: SessionKey,
        sessionId: Text,
        messages: List(ChatMessage),
        thinkingLevel: Text,
        verboseLevel: Text,
        /** From here on protocol 4 only. */
        pendingInputs: Type.Optional(List(AnyObject)),
        sessionInfo: Type.Optional(AnyObject),
        defaults: Type.Optional(AnyObject),
        inFlightRun: Type.Optional(AnyObject),
        offset: Type.Optional(Count),
        nextOffset: Type.Optional(Nullable(Count)),
        hasMore: Flag,
        totalMessages: Type.Optional(Count),
        completeSnapshot: Flag,
      },
      open,
    ),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "chat.abort": method({
    params: Type.Object({ sessionKey: SessionKey, runId: Type.Optional(NonEmpty), agentId: Type.Optional(NonEmpty), preserveSideRuns: Flag }, closed),
    result: Aborted,
    role: "operator",
    scope: "operator.write",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "chat.inject": method({
    params: Type.Object(
      { sessionKey: SessionKey, message: NonEmpty, label: Type.Optional(Type.String({ maxLength: 100 })), agentId: Type.Optional(NonEmpty) },
      closed,
    ),
    result: Type.Object({ ok: Type.Literal(true), messageId: NonEmpty }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
};
