import { AGENT_RUN, CHAT_RUN, GREETING, MAIN_SESSION, MINUTE, MODEL, NOW, POLL_KEY, RECIPIENT, SEND_KEY, TRIP_SESSION, TRIP_SESSION_ID } from "./world.js";
import type { MethodExamples } from "./shape.js";

const USAGE = { input: 812, output: 14, total: 826 };

export const talkingExamples: MethodExamples<
  | "agent" | "agent.wait" | "agent.identity.get" | "models.list" | "agents.list" | "chat.send" | "chat.history" | "chat.abort" | "chat.inject"
  | "send" | "poll"
> = {
  agent: {
    params: { message: "What is on today?", sessionKey: "main", idempotencyKey: AGENT_RUN },
    result: { runId: AGENT_RUN, status: "accepted", acceptedAt: NOW, sessionKey: MAIN_SESSION, agentId: "main" },
    final: {
      runId: AGENT_RUN,
      status: "ok",
      summary: "completed",
      result: {
        payloads: [{ text: GREETING }],
        meta: { durationMs: 2150, agentMeta: { sessionId: TRIP_SESSION_ID, provider: MODEL.provider, model: MODEL.id, usage: USAGE } },
      },
      stopReason: "stop",
    },
  },
  "agent.wait": {
    params: { runId: AGENT_RUN, timeoutMs: 30_000 },
    result: { runId: AGENT_RUN, status: "ok", startedAt: NOW, endedAt: NOW + 2150, stopReason: "stop" },
  },
  "agent.identity.get": { params: { sessionKey: "main" }, result: { agentId: "main", name: "Molly", avatar: "M", emoji: "🦞" } },
  "models.list": { params: {}, result: { models: [{ ...MODEL, reasoning: true, input: ["text", "image"] }] } },
  "agents.list": {
    params: {},
    result: {
      defaultId: "main",
      mainKey: "main",
      scope: "per-sender",
      agents: [{ id: "main", name: "Molly", identity: { name: "Molly", theme: "calm", emoji: "🦞", avatar: "M" } }],
    },
  },
  "chat.send": {
    params: { sessionKey: "main", message: "Remind me to call Ole at four.", idempotencyKey: CHAT_RUN },
    result: { runId: CHAT_RUN, status: "started" },
  },
  "chat.history": {
    params: { sessionKey: TRIP_SESSION, limit: 2 },
    result: {
      sessionKey: TRIP_SESSION,
      sessionId: TRIP_SESSION_ID,
      messages: [
        { role: "user", content: [{ type: "text", text: "Which train goes to Oslo?" }], timestamp: NOW - 2 * MINUTE },
        { role: "assistant", content: [{ type: "text", text: "The one at 8:14." }], timestamp: NOW - MINUTE },
      ],
      thinkingLevel: "low",
      pendingInputs: [],
      sessionInfo: { sessionId: TRIP_SESSION_ID, updatedAt: NOW - MINUTE, label: "Trip to Oslo" },
      defaults: {},
      offset: 0,
      nextOffset: null,
      hasMore: false,
    },
  },
  "chat.abort": { params: { sessionKey: "main" }, result: { ok: true, aborted: true, runIds: [CHAT_RUN] } },
  "chat.inject": {
    params: { sessionKey: "main", message: "The parcel has arrived.", label: "Doorbell" },
    result: { ok: true, messageId: "f00dcafe-0000-4000-8000-000000000001" },
  },
  send: {
    params: { channel: "telegram", to: RECIPIENT, message: "Dinner is ready.", idempotencyKey: SEND_KEY },
    result: { runId: SEND_KEY, messageId: "1042", channel: "telegram", chatId: RECIPIENT },
  },
  poll: {
    params: { channel: "telegram", to: RECIPIENT, question: "Where to?", options: ["Oslo", "Bergen"], maxSelections: 1, idempotencyKey: POLL_KEY },
    result: { runId: POLL_KEY, messageId: "1043", channel: "telegram", pollId: "5417" },
  },
};
