import { NOW, PASSWORD } from "./world.js";

/** What the first message of a connection is answered, before anybody is judged. */
export interface FirstFrameCase {
  readonly name: string;
  readonly send: string;
  /** The error of the response to it, or null where nothing is answered. */
  readonly error: { readonly id: string; readonly code: string; readonly message: string } | null;
  readonly close: { readonly code: number; readonly reason: string };
}

const NOT_CONNECT = "invalid handshake: first request must be connect";

const frame = (value: unknown): string => JSON.stringify(value);

const invalid = (name: string, value: unknown): FirstFrameCase => ({ name, send: frame(value), error: null, close: { code: 1008, reason: "invalid request frame" } });

const badParams = (name: string, params: unknown, problem: string): FirstFrameCase => {
  const message = `invalid connect params: ${problem}`;
  // A close frame has room for 120 bytes of reason.
  return { name, send: frame({ type: "req", id: "7", method: "connect", params }), error: { id: "7", code: "INVALID_REQUEST", message }, close: { code: 1008, reason: message.slice(0, 120) } };
};

const CLIENT = { id: "cli", version: "1.0.0", platform: "linux", mode: "cli" };

export const FIRST_FRAME_CASES: readonly FirstFrameCase[] = [
  { name: "not JSON", send: "hello", error: null, close: { code: 1000, reason: "" } },
  invalid("JSON, but no object", [1, 2]),
  invalid("an object without a type", { id: "1", method: "connect" }),
  invalid("an event, which only gateways send", { type: "event", event: "tick", payload: { ts: NOW } }),
  invalid("an empty id", { type: "req", id: "", method: "connect" }),
  invalid("a key that no frame has", { type: "req", id: "1", method: "connect", extra: true }),
  {
    name: "a request other than connect",
    send: frame({ type: "req", id: "1", method: "health", params: { password: PASSWORD } }),
    error: { id: "1", code: "INVALID_REQUEST", message: NOT_CONNECT },
    close: { code: 1008, reason: NOT_CONNECT },
  },
  badParams("connect without a client", { minProtocol: 3, maxProtocol: 4 }, "at root: must have required property 'client'"),
  badParams("a protocol that is no number", { minProtocol: "3", maxProtocol: 4, client: CLIENT }, "at /minProtocol: must be integer"),
];
