import type { CommandRefusal } from "../../../domain/nodes/judge-command.js";
import { invalidRequest, unavailable, type ErrorShape } from "../../../domain/protocol/errors.js";
import { printable } from "../../../domain/text/printable.js";

const MAX_MESSAGE = 1_000;
const MAX_CODE = 64;

export const shownCommand = (command: string): string => printable(command, 128);

/** It never reached the node, so that the same key may be tried again. */
export const notConnected = (): ErrorShape =>
  unavailable("node not connected", {
    retryable: true,
    details: { code: "NOT_CONNECTED", nodeCommandDispatched: false, hint: 'Start its app, or run "openclaw nodes list" to see which nodes are connected.' },
  });

/** The node may or may not have done it. */
export const disconnected = (command: string): ErrorShape =>
  unavailable(`node disconnected before it answered ${shownCommand(command)}; it may have carried it out`, {
    details: { code: "NOT_CONNECTED", nodeCommandDispatched: true, nodeError: { code: "NOT_CONNECTED", message: "node disconnected" } },
  });

export const timedOut = (command: string, timeoutMs: number): ErrorShape =>
  unavailable("node invoke timed out", {
    details: { code: "TIMEOUT", nodeCommandDispatched: true, nodeError: { code: "TIMEOUT", message: `${shownCommand(command)} was not answered within ${timeoutMs} ms` } },
  });

export const withdrawn = (command: string): ErrorShape =>
  unavailable(`${shownCommand(command)} was cancelled before the node answered`, { details: { code: "CANCELLED", nodeCommandDispatched: true } });

export interface NodeFault {
  readonly code?: string;
  readonly message?: string;
}

/** What a node gives as its reason is a stranger's text. */
export function faultOf(error: NodeFault | null | undefined): { readonly code: string; readonly message: string } {
  const code = printable(error?.code ?? "", MAX_CODE) || "UNAVAILABLE";
  return { code, message: printable(error?.message ?? "", MAX_MESSAGE) || "the node gave no reason" };
}

export function nodeFailed(command: string, error: NodeFault | null | undefined): ErrorShape {
  const nodeError = faultOf(error);
  return unavailable(nodeError.message, { details: { code: nodeError.code, command: shownCommand(command), nodeCommandDispatched: true, nodeError } });
}

const SENTENCES: Readonly<Record<CommandRefusal, (approve: string) => string>> = {
  "not-declared": () => "the node does not offer it; see what it offers with \"openclaw nodes describe\"",
  "not-allowed": () => "the gateway does not let nodes of its platform offer it; name it in gateway.nodes.allowCommands, and in none of the deny lists, to change that",
  "not-approved": (approve) => `nobody approved it for this node; ${approve}`,
  "platform-changed": (approve) => `the node says it runs on another platform than the one that was approved; ${approve}`,
};

/** `requestId`: of what waits for approval. */
export function notAllowed(command: string, reason: CommandRefusal, requestId: string | undefined): ErrorShape {
  const approve = requestId === undefined ? "connect it again, then approve what it asks for" : `run "openclaw nodes approve ${requestId}"`;
  return invalidRequest(`node command not allowed: ${SENTENCES[reason](approve)}`, {
    code: "COMMAND_NOT_ALLOWED",
    reason,
    command: shownCommand(command),
    ...(requestId === undefined ? {} : { requestId }),
  });
}
