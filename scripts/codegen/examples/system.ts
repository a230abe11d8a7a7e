import { LAPTOP, MAIN_SESSION, MAIN_SESSION_ID, MINUTE, NOW, TRIP_SESSION, TRIP_SESSION_ID, MODEL } from "./world.js";
import type { MethodExamples } from "./shape.js";

const recent = [
  { key: TRIP_SESSION, updatedAt: NOW - MINUTE, age: MINUTE },
  { key: MAIN_SESSION, updatedAt: NOW - 5 * MINUTE, age: 5 * MINUTE },
];
const sessions = { path: "/home/me/.openclaw/agents/main/sessions/sessions.json", count: 2, recent };
const statusRows = [
  { key: TRIP_SESSION, kind: "direct", sessionId: TRIP_SESSION_ID, updatedAt: NOW - MINUTE, age: MINUTE },
  { key: MAIN_SESSION, kind: "direct", sessionId: MAIN_SESSION_ID, updatedAt: NOW - 5 * MINUTE, age: 5 * MINUTE },
];
const heartbeat = { enabled: true, every: "30m", everyMs: 30 * MINUTE };

export const HEALTH = {
  ok: true,
  ts: NOW,
  durationMs: 0,
  channels: { telegram: { configured: true, state: "live" } },
  channelOrder: ["telegram"],
  channelLabels: { telegram: "Telegram" },
  heartbeatSeconds: 1800,
  defaultAgentId: "main",
  agents: [
    {
      agentId: "main",
      isDefault: true,
      heartbeat: { ...heartbeat, prompt: "Read HEARTBEAT.md and do what it asks.", target: "last", ackMaxChars: 300 },
      sessions,
    },
  ],
  sessions,
} as const;

export const PRESENCE = {
  ts: NOW,
  host: "openclaw-macos",
  version: "2026.9.6",
  platform: "macos",
  mode: "ui",
  deviceId: LAPTOP.deviceId,
  instanceId: LAPTOP.deviceId,
  roles: ["operator"],
  scopes: ["operator.read"],
  reason: "connect",
  text: "Node: openclaw-macos · mode ui",
  onlineSince: NOW,
};

export const SELF = {
  ts: NOW,
  host: "home-server",
  version: "0.1.0",
  platform: "linux 6.1.0",
  deviceFamily: "Linux",
  modelIdentifier: "x64",
  mode: "gateway",
  reason: "self",
  text: "Gateway: home-server · app 0.1.0 · mode gateway · reason self",
};

export const systemExamples: MethodExamples<
  "health" | "status" | "system-presence" | "system-event" | "last-heartbeat" | "set-heartbeats" | "wake" | "logs.tail"
> = {
  health: { params: { probe: true }, result: { ...HEALTH, channelOrder: [...HEALTH.channelOrder], agents: [...HEALTH.agents] } },
  status: {
    params: {},
    result: {
      heartbeat: { defaultAgentId: "main", agents: [{ agentId: "main", ...heartbeat }] },
      channelSummary: ["Telegram: live"],
      queuedSystemEvents: [],
      sessions: {
        paths: [sessions.path],
        count: 2,
        defaults: { model: MODEL.id, contextTokens: MODEL.contextWindow },
        recent: statusRows,
        byAgent: [{ agentId: "main", path: sessions.path, count: 2, recent: statusRows }],
      },
    },
  },
  "system-presence": { params: {}, result: [SELF] },
  "system-event": { params: { text: "The washing machine has finished." }, result: { ok: true } },
  "last-heartbeat": { params: {}, result: null },
  "set-heartbeats": { params: { enabled: false }, result: { ok: true, enabled: false } },
  wake: { params: { mode: "next-heartbeat", text: "Look at the calendar again." }, result: { ok: true } },
  "logs.tail": {
    params: { limit: 100 },
    result: {
      file: "/home/me/.openclaw/logs/gateway.log",
      cursor: 52,
      size: 52,
      lines: ['{"level":30,"time":1790000000000,"msg":"gateway ready"}'],
      truncated: false,
      reset: false,
    },
  },
};
