import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import { findNode } from "../../../domain/nodes/name-node.js";
import { stripApproval } from "../../../domain/nodes/reserved-fields.js";
import type { NodeRow } from "../../../domain/protocol/methods/nodes.js";
import type { ToolAnswer } from "../../../ports/agent-runtime.js";
import type { Cancel } from "../../../ports/cancel.js";
import { runWithApproval } from "../nodes/approved-run.js";
import type { ExecApprovalDesk } from "../nodes/exec-approval-desk.js";
import type { NodeDesk } from "../nodes/node-desk.js";
import { refuseReserved } from "../nodes/node-errors.js";
import { nodeRows } from "../nodes/node-list.js";
import type { GatewayParts } from "../parts.js";
import { right, wrong } from "./arguments.js";

/** Characters of what a node answers, without a picture. */
const MAX_RESULT = 100_000;
/** About what providers take of one picture. */
const MAX_PICTURE = 5_000_000;
const PICTURES: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", webp: "image/webp" };

export interface NodeWish {
  /** An id, an unmistakable beginning of one, or a name. Without it the one node that is there and can do it. */
  readonly named: string | undefined;
  readonly command: string;
  readonly params?: unknown;
  readonly timeoutMs?: number | undefined;
}

interface Deps {
  readonly parts: GatewayParts;
  readonly nodes: NodeDesk;
  readonly approvals: ExecApprovalDesk;
}

/** Asks nodes on behalf of an agent's tools, and makes of their answers what a model can read. */
export class NodeCaller {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  rows(): readonly NodeRow[] {
    return nodeRows(this.#deps);
  }

  async ask({ named, command, params: given, timeoutMs }: NodeWish, { agentId, cancel }: { readonly agentId: string; readonly cancel: Cancel }): Promise<ToolAnswer> {
    const reserved = refuseReserved(command);
    if (reserved) return wrong(reserved.message);
    const nodeId = this.#find(named, command);
    if (typeof nodeId !== "string") return nodeId;
    // Whose command it is decides which list of the node's holds; neither that nor an approval is for a model to name.
    const params = command === "system.run" ? { ...fieldsOf(stripApproval(given)), agentId } : given;
    const idempotencyKey = this.#deps.parts.ids.uuid();
    const answer = await runWithApproval(this.#deps, { nodeId, command, params, idempotencyKey, timeoutMs }, { cancel });
    if (answer.kind === "failed") return wrong(answer.error.message);
    const picture = pictureIn(answer.payload);
    if (picture) return { ...right({ nodeId, command, payload: picture.rest }), images: [picture.image] };
    if ((answer.payloadJSON?.length ?? 0) > MAX_RESULT) return wrong(`The node answered with ${answer.payloadJSON?.length} characters, more than fits into a conversation.`);
    return right({ nodeId, command, payload: answer.payload });
  }

  #find(named: string | undefined, command: string): string | ToolAnswer {
    const rows = this.rows();
    if (rows.length === 0) return wrong("No node is paired.");
    if (named === undefined) {
      const able = rows.filter((row) => row.connected && row.commands.includes(command));
      if (able.length === 1 && able[0]) return able[0].nodeId;
      return wrong(able.length === 0 ? `No node that is connected can do ${command}.` : `Several nodes can do ${command}; name one: ${namesOf(able)}`);
    }
    const found = findNode(rows, named);
    if (found.kind === "several") return wrong(`More than one node is called that; name one by its id: ${found.nodes.map(({ nodeId }) => nodeId).join(", ")}`);
    return found.kind === "none" ? wrong(`There is no such node. There are: ${namesOf(rows)}`) : found.node.nodeId;
  }
}

const namesOf = (rows: readonly NodeRow[]): string => rows.map(({ displayName, nodeId }) => displayName ?? nodeId).join(", ");

/** What cameras and canvases answer: the picture's letters are for the model's eyes, the rest is for it to read. */
function pictureIn(payload: unknown): { readonly image: { readonly mimeType: string; readonly base64: string }; readonly rest: unknown } | undefined {
  const { base64, ...rest } = fieldsOf(payload) ?? {};
  const mimeType = PICTURES[textOf(rest["format"])?.toLowerCase() ?? ""];
  return typeof base64 === "string" && mimeType !== undefined && base64.length <= MAX_PICTURE ? { image: { mimeType, base64 }, rest } : undefined;
}
