import { MINUTE, MODEL, NOW, TRIP_SESSION, TRIP_SESSION_ID } from "./world.js";
import type { MethodExamples } from "./shape.js";

const PATH = "/home/me/.openclaw/agents/main/sessions/sessions.json";

const ROW = {
  key: TRIP_SESSION,
  kind: "direct",
  label: "Trip to Oslo",
  sessionId: TRIP_SESSION_ID,
  updatedAt: NOW - MINUTE,
  thinkingLevel: "low",
  lastChannel: "telegram",
  lastTo: "123456789",
  inputTokens: 1200,
  outputTokens: 340,
  totalTokens: 1540,
  hasActiveRun: false,
} as const;

// An open shape: the label travels with the entry's own fields.
const RELABELLED = { sessionId: TRIP_SESSION_ID, updatedAt: NOW, label: "Trip to Bergen" };

const DEFAULTS = { modelProvider: MODEL.provider, model: MODEL.id, contextTokens: MODEL.contextWindow };

export const sessionExamples: MethodExamples<
  | "sessions.list" | "sessions.preview" | "sessions.resolve" | "sessions.patch" | "sessions.reset" | "sessions.delete" | "sessions.compact"
  | "sessions.subscribe" | "sessions.messages.subscribe"
> = {
  "sessions.list": {
    params: { limit: 1, includeDerivedTitles: true, includeLastMessage: true },
    result: {
      ts: NOW,
      path: PATH,
      count: 1,
      defaults: DEFAULTS,
      sessions: [{ ...ROW, derivedTitle: "Which train goes to Oslo?", lastMessagePreview: "The one at 8:14." }],
      totalCount: 2,
      limitApplied: 1,
      offset: 0,
      nextOffset: 1,
      hasMore: true,
    },
  },
  "sessions.preview": {
    params: { keys: [TRIP_SESSION], limit: 2 },
    result: {
      ts: NOW,
      previews: [
        {
          key: TRIP_SESSION,
          status: "ok",
          items: [{ role: "user", text: "Which train goes to Oslo?" }, { role: "assistant", text: "The one at 8:14." }],
        },
      ],
    },
  },
  "sessions.resolve": { params: { label: "Trip to Oslo" }, result: { ok: true, key: TRIP_SESSION } },
  "sessions.patch": {
    params: { key: TRIP_SESSION, label: "Trip to Bergen", thinkingLevel: null },
    result: { ok: true, path: PATH, key: TRIP_SESSION, entry: RELABELLED },
  },
  "sessions.reset": {
    params: { key: TRIP_SESSION },
    result: { ok: true, key: TRIP_SESSION, entry: { sessionId: "0f1e2d3c-4b5a-4697-8877-665544332211", updatedAt: NOW } },
  },
  "sessions.delete": {
    params: { key: TRIP_SESSION },
    result: { ok: true, key: TRIP_SESSION, deleted: true, archived: [`${TRIP_SESSION_ID}.jsonl.deleted.1790000000000`] },
  },
  "sessions.compact": { params: { key: TRIP_SESSION, maxLines: 100 }, result: { ok: true, key: TRIP_SESSION, compacted: false, kept: 2 } },
  "sessions.subscribe": { params: { limit: 20 }, result: { subscribed: true } },
  "sessions.messages.subscribe": { params: { key: TRIP_SESSION }, result: { subscribed: true, key: TRIP_SESSION } },
};
