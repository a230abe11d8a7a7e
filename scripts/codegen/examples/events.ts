import { PENDING, SETUP } from "./devices.js";
import type { EventExamples } from "./shape.js";
import { HEALTH, PRESENCE } from "./system.js";
import { AGENT_RUN, CHALLENGE_NONCE, INVOKE_KEY, MAIN_SESSION, MINUTE, NOW, PAIRING_REQUEST, PHONE, TABLET } from "./world.js";

const APPROVAL = "ab0be000-0000-4000-8000-000000000002";
const CHANNEL_REQUEST = "4f7c2a90-11d2-4b3c-8a5e-6d7f8091a2b3";
const NODE_REQUEST = "2b9e6f10-7c3d-4e8a-b1f0-5a6b7c8d9e0f";

export const eventExamples: EventExamples = {
  "connect.challenge": { nonce: CHALLENGE_NONCE, ts: NOW },
  tick: { ts: NOW + 30_000 },
  health: { ...HEALTH, channelOrder: [...HEALTH.channelOrder], agents: [...HEALTH.agents] },
  heartbeat: { ts: NOW, status: "sent", durationMs: 1840, preview: "The dentist is at three.", indicatorType: "alert" },
  shutdown: { reason: "gateway stopping", restartExpectedMs: 1500 },
  presence: { presence: [PRESENCE] },
  agent: { runId: AGENT_RUN, seq: 3, stream: "assistant", ts: NOW, data: { text: "Good morning!", delta: " morning!" }, sessionKey: MAIN_SESSION },
  chat: {
    runId: AGENT_RUN,
    sessionKey: MAIN_SESSION,
    seq: 3,
    state: "delta",
    message: { role: "assistant", content: [{ type: "text", text: "Good morning!" }], timestamp: NOW },
    deltaText: " morning!",
  },
  cron: { jobId: "5ca1ab1e-0000-4000-8000-00000000c0de", action: "finished", status: "ok", runAtMs: NOW - 2150, durationMs: 2150, summary: "Two meetings." },
  "voicewake.changed": { triggers: ["openclaw"] },
  "talk.mode": { enabled: true, phase: "listening", ts: NOW },
  "config.changed": { path: "gateway.port", hash: "b94d27b9934d3e08", ts: NOW },
  "device.pair.requested": PENDING,
  "device.pair.resolved": { requestId: PAIRING_REQUEST, deviceId: TABLET.deviceId, decision: "approved", ts: NOW },
  "device.pair.setup.completed": { setupId: SETUP, deviceId: TABLET.deviceId, deviceName: "Kitchen tablet", access: "limited", ts: NOW },
  "channel.pair.requested": {
    requestId: CHANNEL_REQUEST, channel: "telegram", accountId: "default", id: "4711", code: "K7QX2MNP", createdAt: "2026-09-21T13:30:00.000Z", lastSeenAt: "2026-09-21T13:30:00.000Z",
  },
  "channel.pair.resolved": { channel: "telegram", accountId: "default", requestId: CHANNEL_REQUEST, decision: "approved", ts: NOW },
  "node.pair.requested": { requestId: NODE_REQUEST, nodeId: PHONE.deviceId, displayName: "Phone", platform: "ios", caps: ["camera"], silent: false, ts: NOW },
  "node.pair.resolved": { requestId: NODE_REQUEST, nodeId: PHONE.deviceId, decision: "approved", ts: NOW },
  "exec.approval.requested": {
    id: APPROVAL,
    request: {
      command: "git push",
      cwd: "/home/me/project",
      host: null,
      security: null,
      ask: null,
      agentId: "main",
      resolvedPath: null,
      sessionKey: MAIN_SESSION,
      nodeId: null,
      commandArgv: null,
      envKeys: null,
    },
    createdAtMs: NOW,
    expiresAtMs: NOW + 2 * MINUTE,
  },
  "exec.approval.resolved": { id: APPROVAL, decision: "allow-once", resolvedBy: "Anna's phone", ts: NOW },
  "node.invoke.request": {
    id: "90aa4cde-6d5f-4c1b-a2e3-f4b5c6d7e8f9",
    nodeId: PHONE.deviceId,
    command: "location.get",
    paramsJSON: '{"timeoutMs":5000}',
    timeoutMs: 10_000,
  },
  "node.surface.changed": { nodeId: PHONE.deviceId, caps: ["canvas"], commands: ["canvas.present"], pendingRequestId: "5d0b1d6f-7d0e-4d27-9d0b-1d6f7d0e4d27" },
  "node.invoke.cancel": { invokeId: "90aa4cde-6d5f-4c1b-a2e3-f4b5c6d7e8f9", nodeId: PHONE.deviceId },
  "node.invoke.progress": {
    invokeId: "90aa4cde-6d5f-4c1b-a2e3-f4b5c6d7e8f9", nodeId: PHONE.deviceId, command: "camera.clip", idempotencyKey: INVOKE_KEY, seq: 0, chunk: "half-way",
  },
};
