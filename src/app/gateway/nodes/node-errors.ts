import type { CommandRefusal } from "../../../domain/nodes/judge-command.js";
import type { PendingAction } from "../../../domain/nodes/pending-action.js";
import { invalidRequest, unavailable, wireError, type ErrorShape } from "../../../domain/protocol/errors.js";
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

export const tooMany = (): ErrorShape =>
  unavailable("too many commands are under way on nodes; retry when some are answered", { retryable: true, retryAfterMs: 1_000, details: { code: "TOO_MANY_COMMANDS", nodeCommandDispatched: false } });

/** The node may or may not have done it. */
export const disconnected = (command: string): ErrorShape =>
  unavailable(`node disconnected before it answered ${shownCommand(command)}; it may have carried it out`, {
    details: { code: "NOT_CONNECTED", nodeCommandDispatched: true, nodeError: { code: "NOT_CONNECTED", message: "node disconnected" } },
  });

export const timedOut = (command: string, timeoutMs: number): ErrorShape =>
  unavailable("node invoke timed out", {
    details: { code: "TIMEOUT", nodeCommandDispatched: true, nodeError: { code: "TIMEOUT", message: `${shownCommand(command)} was not answered within ${timeoutMs} ms` } },
  });

export const withdrawn = (command: string, nodeCommandDispatched = true): ErrorShape =>
  unavailable(`${shownCommand(command)} was cancelled before the node answered`, { details: { code: "CANCELLED", nodeCommandDispatched } });

export interface NodeFault {
  readonly code?: string;
  readonly message?: string;
}

/** What a node gives as its reason is a stranger's text. */
export function faultOf(error: NodeFault | null | undefined): Required<NodeFault> {
  const code = printable(error?.code ?? "", MAX_CODE) || "UNAVAILABLE";
  return { code, message: printable(error?.message ?? "", MAX_MESSAGE) || "the node gave no reason" };
}

const ASLEEP = "NODE_BACKGROUND_UNAVAILABLE";

/** Its app is not in front. Some nodes put the code before the message only. */
export const isAsleep = ({ code, message }: Required<NodeFault>): boolean => code === ASLEEP || message.startsWith(`${ASLEEP}:`);

export const queuedInstead = ({ id, command, enqueuedAtMs, expiresAtMs }: PendingAction, nodeError: Required<NodeFault>): ErrorShape =>
  unavailable(`${shownCommand(command)} waits until its app is in front: open it on the device within ${Math.round((expiresAtMs - enqueuedAtMs) / 60_000)} min`, {
    details: { code: "QUEUED_UNTIL_FOREGROUND", queued: { id, command: shownCommand(command), enqueuedAtMs, expiresAtMs }, nodeCommandDispatched: true, nodeError },
  });

export const needsAnswer = (command: string): ErrorShape =>
  invalidRequest(`${shownCommand(command)} can't wait for its node: somebody has to see how it went; use node.invoke when the node is connected`, { code: "COMMAND_NOT_QUEUEABLE", command: shownCommand(command) });

export function nodeFailed(command: string, nodeError: Required<NodeFault>): ErrorShape {
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
  const retryable = requestId !== undefined && (reason === "not-approved" || reason === "platform-changed");
  return wireError("INVALID_REQUEST", `node command not allowed: ${SENTENCES[reason](approve)}`, {
    details: { code: "COMMAND_NOT_ALLOWED", reason, command: shownCommand(command), ...(requestId === undefined ? {} : { requestId }) },
    // Once it is approved, the same request under the same key is worth another try.
    ...(retryable ? { retryable } : {}),
  });
}

/** Approvals of a node's programs have methods of their own, which ask for more. */
export const refuseReserved = (command: string): ErrorShape | undefined =>
  command.startsWith("system.execApprovals.")
    ? invalidRequest("node command not allowed: use exec.approvals.node.get and exec.approvals.node.set", { code: "COMMAND_NOT_ALLOWED", reason: "reserved", command: shownCommand(command) })
    : undefined;
