import { Buffer } from "node:buffer";
import type { NodeCommandOutcome, NodeFaultCode } from "../../ports/node-command.js";

/** What a command came to, as it is sent. */
export type Answer =
  | { readonly kind: "done"; readonly payloadJSON: string | null; readonly bytes: number }
  | { readonly kind: "failed"; readonly code: NodeFaultCode; readonly message: string };

export const failure = (code: NodeFaultCode, message: string): Answer & { readonly kind: "failed" } => ({ kind: "failed", code, message });

/** Turned into text once, however often it is sent. What is no JSON is a command's own mistake. */
export function answerOf(outcome: NodeCommandOutcome): Answer {
  if (outcome.kind === "failed") return outcome;
  if (outcome.payload === undefined) return { kind: "done", payloadJSON: null, bytes: 0 };
  try {
    const payloadJSON = JSON.stringify(outcome.payload) as string | undefined;
    if (payloadJSON !== undefined) return { kind: "done", payloadJSON, bytes: Buffer.byteLength(payloadJSON) };
  } catch {
    // Told below.
  }
  return failure("UNAVAILABLE", "The command's result is nothing that can be sent: that is a fault of this node.");
}
