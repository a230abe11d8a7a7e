import { MAIN_SESSION, RECIPIENT, TRIP_SESSION } from "../examples/world.js";
import type { ErrorNote, MethodNotes } from "./shape.js";

const noAgent = (provoke: unknown): ErrorNote => ({
  code: "INVALID_REQUEST",
  when: "the session key can't be one, contradicts `agentId`, or names no agent of this gateway (`details.code` `UNKNOWN_AGENT_ID`)",
  provoke,
});
const DENIED: ErrorNote = { code: "INVALID_REQUEST", when: "the session's `sendPolicy` is `deny`" };
const QUEUE: ErrorNote = { code: "UNAVAILABLE", when: "too many messages wait in this session; `retryAfterMs` says when to try again" };
const noAttachment = (params: Readonly<Record<string, unknown>>): ErrorNote => ({
  code: "INVALID_REQUEST",
  when: "an attachment is not base64 or larger than 5 MB",
  provoke: { ...params, attachments: [{ mimeType: "image/png", content: "?" }] },
});
const NO_CHANNEL: ErrorNote = { code: "INVALID_REQUEST", when: "there is no channel of that name" };
const NOT_SET_UP: ErrorNote = { code: "UNAVAILABLE", when: "the channel is known but not set up here, or can't be reached just now" };
const NOT_LINKED: ErrorNote = { code: "NOT_LINKED", when: "the channel's account is not logged in" };

const KEY = "7b6a5c4d-0000-4000-8000-00000000000a";

export const talkingNotes: MethodNotes<
  | "agent" | "agent.wait" | "agent.identity.get" | "models.list" | "agents.list" | "chat.send" | "chat.history" | "chat.abort" | "chat.inject"
  | "send" | "poll"
> = {
  agent: {
    summary: "Gives the agent a message and answers twice under one id: `accepted` at once, the outcome when the run has ended.",
    more: "`agent` and `chat` events tell of the run meanwhile. A client that waits for the outcome ignores a response whose `payload.status` is `accepted`. A failed run is refused with a payload beside the error; protocol 3 always says `error` there, protocol 4 also `timeout`. A message of `/new` or `/reset` begins the session afresh first.",
    errors: [
      noAgent({ message: "hi", agentId: "nobody", idempotencyKey: KEY }),
      { code: "INVALID_REQUEST", when: "`channel` or `replyChannel` is unknown", provoke: { message: "hi", channel: "carrier-pigeon", idempotencyKey: KEY } },
      noAttachment({ message: "hi", idempotencyKey: KEY }),
      DENIED,
      QUEUE,
      { code: "AGENT_TIMEOUT", when: "second response: the run was stopped at its time limit" },
      { code: "UNAVAILABLE", when: "second response: the run failed or was stopped; `details.reason` says why" },
      { code: "INVALID_REQUEST", when: "second response: the answer is there but could not be delivered; it stands in the payload" },
    ],
  },
  "agent.wait": {
    summary: "Waits until a run has ended, at most `timeoutMs` (30 s without it).",
    more: "A run that goes on past that, or that nobody knows, is reported as `timeout`: the wait ended, not the run.",
  },
  "agent.identity.get": { summary: "Name, emoji and avatar of the agent that a session belongs to.", errors: [noAgent({ agentId: "nobody" })] },
  "models.list": { summary: "The models that the agent runtime offers." },
  "agents.list": { summary: "The agents of this gateway and how session keys are formed." },
  "chat.send": {
    summary: "Gives the agent a message as a chat does: the response says that the turn began, `chat` events bring the answer.",
    more: "`/stop` and its like stop what the session is running and are answered with the runs that were stopped. Sent again with the same key, it reports `in_flight` and later `ok` or the error.",
    errors: [
      noAgent({ sessionKey: "agent:nobody:main", message: "hi", idempotencyKey: KEY }),
      { code: "INVALID_REQUEST", when: "neither a message nor an attachment is given", provoke: { sessionKey: "main", message: " ", idempotencyKey: KEY } },
      noAttachment({ sessionKey: "main", message: "hi", idempotencyKey: KEY }),
      DENIED,
      QUEUE,
    ],
  },
  "chat.history": {
    summary: "The messages of a session, oldest first, from the newest backwards: `offset` counts from the end.",
    more: "At most `limit` (200 without it) and about 6 MB. `nextOffset` goes on where this page ended.",
    errors: [noAgent({ sessionKey: "agent:nobody:main" })],
  },
  "chat.abort": {
    summary: "Stops one run of a session, or all of them.",
    more: "A run that has ended already is no error: `aborted` is false.",
    errors: [noAgent({ sessionKey: "agent:nobody:main" }), { code: "INVALID_REQUEST", when: "the run belongs to another session" }],
  },
  "chat.inject": {
    summary: "Writes a message into a session as if the assistant had said it, without a turn of the agent.",
    errors: [noAgent({ sessionKey: "agent:nobody:main", message: "hi" })],
  },
  send: {
    summary: "Sends a message through a channel; WebChat, where none is named.",
    more: "Channel `last` is the one that the session was last heard from.",
    errors: [
      { ...NO_CHANNEL, provoke: { channel: "carrier-pigeon", to: RECIPIENT, message: "hi", idempotencyKey: KEY } },
      { code: "INVALID_REQUEST", when: "there is nothing to send, or the channel can't carry it", provoke: { channel: "telegram", to: RECIPIENT, message: "", idempotencyKey: KEY } },
      { code: "INVALID_REQUEST", when: "`last`, in a session that no channel has used", provoke: { channel: "last", to: RECIPIENT, message: "hi", sessionKey: MAIN_SESSION, idempotencyKey: KEY } },
      { ...NOT_SET_UP, provoke: { channel: "whatsapp", to: RECIPIENT, message: "hi", sessionKey: TRIP_SESSION, idempotencyKey: KEY } },
      NOT_LINKED,
    ],
  },
  poll: {
    summary: "Sends a poll through a channel that has polls.",
    errors: [
      { ...NO_CHANNEL, provoke: { channel: "carrier-pigeon", to: RECIPIENT, question: "?", options: ["a", "b"], idempotencyKey: KEY } },
      { code: "INVALID_REQUEST", when: "`maxSelections` is larger than the number of options", provoke: { channel: "telegram", to: RECIPIENT, question: "?", options: ["a", "b"], maxSelections: 3, idempotencyKey: KEY } },
      { code: "INVALID_REQUEST", when: "the channel has no polls", provoke: { channel: "webchat", to: "main", question: "?", options: ["a", "b"], idempotencyKey: KEY } },
      NOT_SET_UP,
      NOT_LINKED,
    ],
  },
};
