import { Type } from "@sinclair/typebox";
import { method } from "../define.js";
import { Flag, IdempotencyKey, NonEmpty, SessionKey, Strings, Text, closed, open } from "../fields.js";

const target = {
  to: NonEmpty,
  channel: Text,
  accountId: Text,
  threadId: Text,
  silent: Flag,
  idempotencyKey: IdempotencyKey,
};

const sent = {
  runId: NonEmpty,
  messageId: Type.String(),
  channel: NonEmpty,
  channelId: Text,
  toJid: Text,
  conversationId: Text,
};

/** Pressed, `data` comes back as what its presser says; `url` opens a page instead. One of the two. */
const Button = Type.Object({ text: Type.String({ minLength: 1, maxLength: 64 }), data: Text, url: Text }, closed);

/** Messages out through a channel. */
export const messagingMethods = {
  send: method({
    params: Type.Object(
      {
        ...target,
        /** Protocol 4 leaves it out beside media. */
        message: Text,
        mediaUrl: Text,
        mediaUrls: Strings,
        gifPlayback: Flag,
        sessionKey: Type.Optional(SessionKey),
        agentId: Type.Optional(NonEmpty),
        /** Base64, with `filename` and `contentType`. */
        buffer: Text,
        filename: Text,
        contentType: Text,
        asVoice: Flag,
        replyToId: Text,
        /** Rows of buttons below the text, where the channel has such. */
        buttons: Type.Optional(Type.Array(Type.Array(Button, { minItems: 1, maxItems: 8 }), { minItems: 1, maxItems: 10 })),
        forceDocument: Flag,
        parseMode: Type.Optional(Type.Literal("HTML")),
      },
      closed,
    ),
    result: Type.Object({ ...sent, chatId: Text }),
    role: "operator",
    scope: "operator.write",
    effect: "keyed",
    since: 3,
    state: "live",
  }),
  poll: method({
    params: Type.Object(
      {
        ...target,
        question: NonEmpty,
        options: Type.Array(NonEmpty, { minItems: 2, maxItems: 12 }),
        maxSelections: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
        durationHours: Type.Optional(Type.Integer({ minimum: 1 })),
        durationSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 604_800 })),
        isAnonymous: Flag,
      },
      closed,
    ),
    result: Type.Object({ ...sent, pollId: Text }),
    role: "operator",
    scope: "operator.write",
    effect: "keyed",
    since: 3,
    state: "live",
  }),
  "message.action": method({
    params: Type.Object(
      {
        channel: NonEmpty,
        accountId: Text,
        action: NonEmpty,
        /** `to` and `messageId` name the message; `message`, `emoji`, `remove` say what to do with it. */
        params: Type.Object({ to: Text, messageId: Text, threadId: Text, message: Text, emoji: Text, remove: Flag }, open),
        sessionKey: Type.Optional(SessionKey),
        idempotencyKey: IdempotencyKey,
      },
      open,
    ),
    result: Type.Object({ ok: Type.Boolean(), action: NonEmpty, channel: NonEmpty, messageId: NonEmpty }, open),
    role: "operator",
    scope: "operator.write",
    effect: "keyed",
    since: 4,
    state: "live",
  }),
};
