import { INVOKE_KEY, MINUTE, NOW, PHONE } from "./world.js";
import type { MethodExamples } from "./shape.js";

const NODE = PHONE.deviceId;
const REQUEST = "2b9e6f10-7c3d-4e8a-b1f0-5a6b7c8d9e0f";
const INVOCATION = "90aa4cde-6d5f-4c1b-a2e3-f4b5c6d7e8f9";
const ACTION = "aa11bb22-cc33-4d44-8e55-ff6677889900";

const TRAITS = { displayName: "Phone", platform: "ios", version: "2026.9.6", deviceFamily: "iPhone", modelIdentifier: "iPhone17,1" };
const ROW = {
  nodeId: NODE,
  ...TRAITS,
  caps: ["camera", "location"],
  commands: ["camera.snap", "location.get"],
  permissions: { camera: true },
  connectedAtMs: NOW - 10 * MINUTE,
  paired: true,
  connected: true,
};
const PENDING_NODE = { requestId: REQUEST, nodeId: NODE, ...TRAITS, caps: ["camera"], commands: ["camera.snap"], silent: false, isRepair: false, ts: NOW };
const PAIRED_NODE = { nodeId: NODE, ...TRAITS, caps: ["camera"], createdAtMs: NOW - MINUTE, approvedAtMs: NOW };
const QUEUED = { id: ACTION, command: "location.get", paramsJSON: null, enqueuedAtMs: NOW };

const CAPABILITY = "example-canvas-capabilit";
const CANVAS_URL = `http://192.168.1.10:18789/__openclaw__/cap/${CAPABILITY}`;

export const nodeExamples: MethodExamples<
  | "node.list" | "node.describe" | "node.rename" | "node.invoke" | "node.pending.enqueue"
  | "node.pair.request" | "node.pair.list" | "node.pair.approve" | "node.pair.reject" | "node.pair.verify" | "node.pair.remove"
  | "node.invoke.result" | "node.invoke.progress" | "node.event" | "node.pending.pull" | "node.pending.ack" | "node.pending.drain"
  | "node.pluginSurface.refresh" | "node.canvas.capability.refresh" | "skills.bins"
> = {
  "node.list": { params: {}, result: { ts: NOW, nodes: [ROW] } },
  "node.describe": { params: { nodeId: NODE }, result: { ts: NOW, ...ROW } },
  "node.rename": { params: { nodeId: NODE, displayName: "Anna's phone" }, result: { nodeId: NODE, displayName: "Anna's phone" } },
  "node.invoke": {
    params: { nodeId: NODE, command: "location.get", params: { timeoutMs: 5000 }, timeoutMs: 10_000, idempotencyKey: INVOKE_KEY },
    result: { ok: true, nodeId: NODE, command: "location.get", payload: { lat: 59.91, lon: 10.75 }, payloadJSON: '{"lat":59.91,"lon":10.75}' },
  },
  "node.pending.enqueue": {
    params: { nodeId: NODE, command: "location.get", expiresInMs: 5 * MINUTE },
    result: { nodeId: NODE, queued: QUEUED },
  },
  "node.pair.request": {
    params: { nodeId: NODE, ...TRAITS, caps: ["camera"], commands: ["camera.snap"] },
    result: { status: "pending", request: PENDING_NODE, created: true },
  },
  "node.pair.list": { params: {}, result: { pending: [PENDING_NODE], paired: [] } },
  "node.pair.approve": { params: { requestId: REQUEST }, result: { requestId: REQUEST, node: PAIRED_NODE } },
  "node.pair.reject": { params: { requestId: REQUEST }, result: { requestId: REQUEST, nodeId: NODE } },
  "node.pair.verify": { params: { nodeId: NODE, token: "example-node-token" }, result: { ok: true, node: PAIRED_NODE } },
  "node.pair.remove": { params: { nodeId: NODE }, result: { nodeId: NODE } },
  "node.invoke.result": {
    params: { id: INVOCATION, nodeId: NODE, ok: true, payloadJSON: '{"lat":59.91,"lon":10.75}' },
    result: { ok: true },
  },
  "node.invoke.progress": { params: { invokeId: INVOCATION, nodeId: NODE, seq: 0, chunk: "half-way" }, result: { ok: true } },
  "node.event": {
    params: { event: "voice.transcript", payloadJSON: '{"text":"turn off the lights"}' },
    result: { ok: true, event: "voice.transcript", handled: true },
  },
  "node.pending.pull": { params: {}, result: { nodeId: NODE, actions: [QUEUED] } },
  "node.pending.ack": { params: { ids: [ACTION] }, result: { nodeId: NODE, ackedIds: [ACTION], remainingCount: 0 } },
  "node.pending.drain": { params: { maxItems: 10 }, result: { nodeId: NODE, actions: [QUEUED] } },
  "node.pluginSurface.refresh": {
    params: { surface: "canvas" },
    result: { surface: "canvas", pluginSurfaceUrls: { canvas: CANVAS_URL }, expiresAtMs: NOW + 10 * MINUTE },
  },
  "node.canvas.capability.refresh": {
    params: {},
    result: {
      canvasCapability: CAPABILITY,
      canvasCapabilityExpiresAtMs: NOW + 10 * MINUTE,
      canvasHostUrl: CANVAS_URL,
    },
  },
  "skills.bins": { params: {}, result: { bins: ["ffmpeg", "jq"] } },
};
