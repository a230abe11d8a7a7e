import { unavailable } from "../../../domain/protocol/errors.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import { parseMessage } from "../requests.js";
import type { NodeAnswer } from "./node-ask.js";
import { shownCommand } from "./node-errors.js";

const failed = (code: string, message: string): NodeAnswer => ({ kind: "failed", error: unavailable(message, { details: { code, nodeCommandDispatched: true, nodeError: { code, message } } }) });

/** UTF-8 bytes, at least as far as the limit. */
export function exceeds(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true;
  if (text.length * 3 <= maxBytes) return false;
  return new TextEncoder().encode(text).length > maxBytes;
}

/** What a node gave as its result. The text wins over the value, since only one of them is what it means to send. */
export function readNodeResult(command: string, { payload, payloadJSON }: ParamsOf<"node.invoke.result">, maxBytes: number): NodeAnswer {
  const text = payloadJSON ?? (payload === undefined ? null : JSON.stringify(payload));
  if (text !== null && exceeds(text, maxBytes)) {
    return failed("PAYLOAD_TOO_LARGE", `the result of ${shownCommand(command)} is larger than the ${maxBytes} bytes that gateway.nodes.maxResultBytes allows; ask for a smaller one`);
  }
  if (typeof payloadJSON !== "string") return { kind: "answered", payload: payload ?? null, payloadJSON: text };
  const parsed = parseMessage(payloadJSON);
  return "value" in parsed
    ? { kind: "answered", payload: parsed.value, payloadJSON }
    : failed("INVALID_RESULT", `the node answered ${shownCommand(command)} with a payloadJSON that is ${parsed.problem}`);
}
