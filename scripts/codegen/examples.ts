import type { Method } from "../../src/domain/protocol/catalog.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import type { EventFrame, RequestFrame, ResponseFrame } from "../../src/domain/protocol/frames.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import { POLICY } from "../../src/domain/protocol/version.js";
import { signed, type Unsigned } from "./device-key.js";
import { deviceExamples } from "./examples/devices.js";
import { eventExamples } from "./examples/events.js";
import { jobExamples } from "./examples/jobs.js";
import { nodeExamples } from "./examples/nodes.js";
import { proxyExamples } from "./examples/proxy.js";
import { sessionExamples } from "./examples/sessions.js";
import { setupExamples } from "./examples/setup.js";
import type { MethodExamples } from "./examples/shape.js";
import { HEALTH, SELF, systemExamples } from "./examples/system.js";
import { talkingExamples } from "./examples/talking.js";
import { CHALLENGE_NONCE, CONNECTION, FULL_SCOPES, GATEWAY_TOKEN, LAPTOP, NOW } from "./examples/world.js";

/** One example per method: a method without one does not compile. */
export const METHOD_EXAMPLES: MethodExamples<Method> = {
  ...systemExamples,
  ...setupExamples,
  ...deviceExamples,
  ...sessionExamples,
  ...talkingExamples,
  ...nodeExamples,
  ...jobExamples,
  ...proxyExamples,
};

export const EVENT_EXAMPLES = eventExamples;

const LAPTOP_PARAMS: Unsigned = {
  minProtocol: 3,
  maxProtocol: 4,
  client: { id: "openclaw-macos", displayName: "Laptop", version: "2026.9.6", platform: "macos", deviceFamily: "Mac", mode: "ui" },
  caps: ["tool-events"],
  role: "operator",
  scopes: FULL_SCOPES,
  auth: { token: GATEWAY_TOKEN },
  locale: "en-GB",
};

export const CONNECT_EXAMPLE: ConnectParams = signed(LAPTOP, LAPTOP_PARAMS, { version: "v3", signedAt: NOW, nonce: CHALLENGE_NONCE });

export const HELLO_EXAMPLE: HelloOk = {
  type: "hello-ok",
  protocol: 4,
  server: { version: "0.1.0", host: "home-server", connId: CONNECTION },
  features: { methods: ["health", "agent", "chat.send"], events: ["tick", "agent", "chat"] },
  snapshot: {
    presence: [SELF],
    health: HEALTH,
    stateVersion: { presence: 2, health: 2 },
    uptimeMs: 86_400_000,
    sessionDefaults: { mainKey: "main", defaultAgentId: "main", mainSessionKey: "agent:main:main", scope: "per-sender", modelConfigured: true },
    authMode: "token",
  },
  auth: { role: "operator", scopes: FULL_SCOPES, deviceToken: "example-device-token", issuedAtMs: NOW, method: "token" },
  policy: { ...POLICY },
};

/** Ids by which the examples' frames are told apart in the documents. */
export const requestFrame = (method: string, params: unknown): RequestFrame => ({ type: "req", id: "1", method, params });
export const responseFrame = (payload: unknown): ResponseFrame => ({ type: "res", id: "1", ok: true, payload });

const STATEFUL = new Set(["presence", "health"]);

/** The challenge comes before there is a count to number it in. */
export const eventFrame = (event: string, payload: unknown): EventFrame => ({
  type: "event",
  event,
  payload,
  ...(event === "connect.challenge" || event.startsWith("node.invoke.") ? {} : { seq: 7 }),
  ...(STATEFUL.has(event) ? { stateVersion: { presence: 3, health: 2 } } : {}),
});
