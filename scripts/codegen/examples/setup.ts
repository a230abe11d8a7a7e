import { MAIN_SESSION, MINUTE, NOW, RECIPIENT } from "./world.js";
import type { MethodExamples } from "./shape.js";

const PATH = "/home/me/.openclaw/openclaw.json";
/** The file that the examples start from, and its SHA-256. */
export const RAW = '{ gateway: { port: 18789 } }\n';
const HASH = "9426be5087780903ab5eeff7352638714cbf96a2c1f897653a28325cc4884364";
const CONFIG = { gateway: { port: 18_789 } };
const DEAD_LETTER = "reply:[\"telegram\",\"default\",\"4711:1023\"]";
const SENDER = "4f7c2a90-11d2-4b3c-8a5e-6d7f8091a2b3";

export const setupExamples: MethodExamples<
  | "config.get" | "config.set" | "config.patch" | "config.apply" | "config.schema"
  | "channels.status" | "channels.logout" | "channels.pairing.list" | "channels.pairing.approve" | "channels.pairing.dismiss" | "channels.pairing.revoke"
  | "channels.start" | "channels.stop" | "channels.deadLetters.list" | "channels.deadLetters.retry" | "channels.deadLetters.discard" | "message.action"
  | "web.login.start" | "web.login.wait" | "voicewake.get" | "voicewake.set" | "talk.mode"
> = {
  "config.get": {
    params: {},
    result: { path: PATH, exists: true, raw: RAW, parsed: {}, valid: true, config: {}, hash: HASH, issues: [], warnings: [], legacyIssues: [] },
  },
  "config.set": { params: { raw: RAW, baseHash: HASH }, result: { ok: true, path: PATH, config: CONFIG } },
  "config.patch": {
    params: { raw: '{ gateway: { port: 18790 } }', baseHash: HASH, note: "moved to another port", restartDelayMs: 1000 },
    result: { ok: true, path: PATH, config: { gateway: { port: 18_790 } }, restart: { required: true, paths: ["gateway.port"], changed: ["gateway.port"] } },
  },
  "config.apply": {
    params: { raw: RAW, baseHash: HASH, sessionKey: MAIN_SESSION },
    result: { ok: true, path: PATH, config: CONFIG, sentinel: { path: null, payload: { kind: "config-apply" } } },
  },
  "config.schema": {
    params: {},
    result: { schema: { type: "object", properties: {} }, uiHints: {}, version: "0.1.0", generatedAt: "2026-09-21T13:33:20.000Z" },
  },
  "channels.status": {
    params: { probe: false },
    result: {
      ts: NOW,
      channelOrder: ["telegram"],
      channelLabels: { telegram: "Telegram" },
      channelDetailLabels: { telegram: "Telegram bot" },
      channelSystemImages: {},
      channelMeta: [{ id: "telegram", label: "Telegram" }],
      channels: { telegram: { configured: true } },
      channelAccounts: { telegram: [{ accountId: "default", enabled: true, configured: true, running: true, connected: true }] },
      channelDefaultAccountId: { telegram: "default" },
    },
  },
  "channels.logout": { params: { channel: "telegram" }, result: { channel: "telegram", accountId: "default", cleared: true, loggedOut: true } },
  "channels.pairing.list": {
    params: { channel: "telegram", approved: true },
    result: {
      requests: [{ requestId: SENDER, channel: "telegram", accountId: "default", id: RECIPIENT, code: "K7QX2MNP", createdAt: "2026-09-21T13:30:00.000Z", meta: { name: "Ole" } }],
      approved: [{ channel: "telegram", accountId: "default", id: "4712", approvedAt: "2026-09-20T08:00:00.000Z", meta: { name: "Ida" } }],
    },
  },
  "channels.pairing.approve": { params: { channel: "telegram", code: "K7QX2MNP", notify: true }, result: { channel: "telegram", id: RECIPIENT } },
  "channels.pairing.dismiss": { params: { channel: "telegram", requestId: SENDER }, result: { channel: "telegram", requestId: SENDER } },
  "channels.pairing.revoke": { params: { channel: "telegram", id: "4712" }, result: { channel: "telegram", id: "4712", accountIds: ["default"] } },
  "channels.start": { params: { channel: "telegram" }, result: { channel: "telegram", accountId: "default", started: true } },
  "channels.stop": { params: { channel: "telegram" }, result: { channel: "telegram", accountId: "default", stopped: true } },
  "channels.deadLetters.list": {
    params: {},
    result: {
      deadLetters: [{
        id: DEAD_LETTER, direction: "out", channel: "telegram", accountId: "default", chatId: RECIPIENT, sessionKey: MAIN_SESSION, state: "unknown",
        reason: "The connection broke before Telegram answered.", createdAt: NOW - MINUTE, partsSent: 0, parts: 1,
      }],
    },
  },
  "channels.deadLetters.retry": { params: { id: DEAD_LETTER }, result: { id: DEAD_LETTER, retried: true } },
  "channels.deadLetters.discard": { params: { id: DEAD_LETTER }, result: { id: DEAD_LETTER, discarded: true } },
  "message.action": {
    params: { channel: "telegram", action: "react", params: { to: RECIPIENT, messageId: "1024", emoji: "\u{1f44d}" }, idempotencyKey: "0f8fad5b-d9cb-469f-a165-70867728950e" },
    result: { ok: true, action: "react", channel: "telegram", messageId: "1024" },
  },
  "web.login.start": { params: { channel: "telegram", timeoutMs: 30_000 }, result: { message: "Scan this code in WhatsApp.", qrDataUrl: "data:image/png;base64,iVBORw0KGgo=", connected: false } },
  "web.login.wait": { params: { channel: "telegram", timeoutMs: 2 * MINUTE }, result: { message: "Linked.", connected: true } },
  "voicewake.get": { params: {}, result: { triggers: ["openclaw", "computer"] } },
  "voicewake.set": { params: { triggers: ["openclaw"] }, result: { triggers: ["openclaw"] } },
  "talk.mode": { params: { enabled: true, phase: "listening" }, result: { enabled: true, phase: "listening", ts: NOW } },
};
