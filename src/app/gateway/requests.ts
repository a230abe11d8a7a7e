import type { RequestFrame } from "../../domain/protocol/frames.js";
import { MAX_REQUEST_ID, RequestFrame as RequestFrameSchema } from "../../domain/protocol/frames.js";
import { invalidRequest, unavailable, type ErrorShape } from "../../domain/protocol/errors.js";
import { nestsTooDeeply } from "../../domain/protocol/nesting.js";
import { CLOSE } from "../../domain/handshake/verdict.js";
import { traceOf } from "../../domain/reason.js";
import type { FrameValidator } from "../../ports/frame-validator.js";
import type { Log } from "../../ports/log.js";
import type { Answer, Caller } from "./call.js";
import type { Dispatch } from "./request-watch.js";
import type { Hub } from "./hub.js";
import type { Peer } from "./peer.js";

export const MAX_IN_FLIGHT = 256;
const MAX_ROLE_REFUSALS = 10;

export function encodeResponse(id: string, answer: Answer): string {
  if (!answer.ok) {
    const { payload, error } = answer;
    return JSON.stringify({ type: "res", id, ok: false, ...(payload === undefined ? {} : { payload }), error });
  }
  return answer.json === undefined ? JSON.stringify({ type: "res", id, ok: true, payload: answer.payload }) : encodeDone(id, answer.json);
}

/** A response whose payload is JSON already. */
export const encodeDone = (id: string, json: string): string => `{"type":"res","id":${JSON.stringify(id)},"ok":true,"payload":${json}}`;

/** A message as JSON, or why it is not taken as such. */
export function parseMessage(text: string): { readonly value: unknown } | { readonly problem: "not JSON" | "nested too deeply" } {
  if (nestsTooDeeply(text)) return { problem: "nested too deeply" };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: "not JSON" };
  }
}

const callerOf = (peer: Peer): Caller => ({
  // Whoever comes without a device shows the gateway's own secret: one owner, one space of keys.
  principal: peer.deviceId ?? "owner",
  role: peer.role,
  scopes: peer.scopes,
  protocol: peer.protocol,
  actor: { kind: "device", deviceId: peer.deviceId, scopes: peer.scopes },
  peer,
});

/** The open phase of a connection: every message is a request, every request gets its response. */
export class RequestReader {
  readonly #deps: { readonly validator: FrameValidator; readonly dispatcher: Dispatch; readonly hub: Hub; readonly log: Log };

  constructor(deps: { validator: FrameValidator; dispatcher: Dispatch; hub: Hub; log: Log }) {
    this.#deps = deps;
  }

  read(peer: Peer, text: string): void {
    const parsed = parseMessage(text);
    const value = "value" in parsed ? parsed.value : undefined;
    const problem = "value" in parsed ? this.#deps.validator.explain(RequestFrameSchema, value) : parsed.problem;
    if (problem !== undefined) {
      this.#answer(peer, idOf(value), { ok: false, error: invalidRequest(`invalid request frame: ${problem}`) });
      return;
    }
    const frame = value as RequestFrame;
    const refusal = admitRequest(peer, frame.id);
    if (refusal) this.#answer(peer, frame.id, { ok: false, error: refusal });
    else void this.#serve(peer, frame);
  }

  async #serve(peer: Peer, frame: RequestFrame): Promise<void> {
    peer.inFlight.add(frame.id);
    try {
      const outcome = await this.#deps.dispatcher.dispatch(frame, callerOf(peer));
      const { later } = outcome;
      this.#answer(peer, frame.id, outcome);
      outcome.after?.();
      if (later?.respond) this.#answer(peer, frame.id, await later.answer);
    } catch (error) {
      // A rejection that nobody hears would end the process, and every connection with it.
      this.#deps.log.error("a request could not be answered", { method: frame.method, error: traceOf(error) });
      this.#answer(peer, frame.id, { ok: false, error: unavailable(`${frame.method} could not be answered; the gateway's log has the cause`) });
    } finally {
      peer.inFlight.delete(frame.id);
    }
  }

  #answer(peer: Peer, id: string, answer: Answer): void {
    this.#deps.hub.respond(peer, encodeResponse(id, answer));
    if (answer.ok || !answer.error.message.startsWith("unauthorized role")) return;
    peer.roleRefusals += 1;
    if (peer.roleRefusals >= MAX_ROLE_REFUSALS) peer.connection.close(CLOSE.policy, "repeated unauthorized calls");
  }
}

/** The id a broken frame asked with, so that its sender can tell which one it was. */
const idOf = (value: unknown): string => {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  return typeof id === "string" && id !== "" && id.length <= MAX_REQUEST_ID ? id : "invalid";
};

function admitRequest(peer: Peer, id: string): ErrorShape | undefined {
  if (peer.inFlight.has(id)) return invalidRequest("request id is still in use on this connection; give each request an id of its own");
  if (peer.inFlight.size < MAX_IN_FLIGHT) return undefined;
  return unavailable(`more than ${MAX_IN_FLIGHT} requests in flight; wait for responses, then retry`, { retryable: true, retryAfterMs: 250 });
}
