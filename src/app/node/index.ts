export { canvasCommands, createNode, type CreateNodeOptions } from "./compose.js";
export type { Node } from "./create-node.js";
export type { InvocationReport } from "./invocation-desk.js";
export type { NodeLink } from "./node-host.js";
export type { NodeState } from "./node-state.js";
export type { BrowserConfig } from "../../adapters/node-commands/browser/index.js";
export { ConnectError } from "../../client/errors.js";
export type { Cancel } from "../../ports/cancel.js";
export type { NodeCall, NodeCommand, NodeCommandOutcome, NodeFaultCode } from "../../ports/node-command.js";
