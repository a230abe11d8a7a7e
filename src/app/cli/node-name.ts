import { findNode } from "../../domain/nodes/name-node.js";
import type { NodeRow } from "../../domain/protocol/methods/nodes.js";
import type { Call } from "./action.js";
import { CliFailure } from "./io.js";
import { cell, shortId } from "./output.js";

/** The node that a person means by its id, a beginning of it, or its name. Rejects with a failure that says which there are. */
export async function chooseNode({ client, timeoutMs }: Pick<Call, "client" | "timeoutMs">, said: string): Promise<NodeRow> {
  const { nodes } = await client.call("node.list", {}, { timeoutMs });
  const found = findNode(nodes, said);
  if (found.kind === "found") return found.node;
  const hints = (found.kind === "several" ? found.nodes : nodes).map(({ nodeId, displayName }) => `${cell(nodeId, 64)}   (${cell(displayName, 60)})`);
  throw found.kind === "several"
    ? new CliFailure(`More than one node is called ${cell(said, 64)}; name one by its id.`, { code: "AMBIGUOUS_NODE", hints })
    : new CliFailure(`There is no node ${cell(said, 64)}.`, { code: "UNKNOWN_NODE", hints: hints.length === 0 ? ["No node is paired yet."] : hints });
}

/** How a node is called in a sentence. */
export const nodeName = ({ nodeId, displayName }: Pick<NodeRow, "nodeId" | "displayName">): string => `${cell(displayName, 60)} (${shortId(nodeId)})`;
