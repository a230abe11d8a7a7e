import type { ResultOf } from "../../domain/protocol/catalog.js";
import type { NodeRow } from "../../domain/protocol/methods/nodes.js";
import type { Call } from "./action.js";
import type { ConnectionFlags } from "./flags.js";
import { usageFailure } from "./io.js";
import { chooseNode } from "./node-name.js";

export interface NodeFlags extends ConnectionFlags {
  /** How long the node may take, in milliseconds. */
  readonly wait?: number;
  readonly key?: string;
}

export type NodeCall<F extends NodeFlags = NodeFlags> = Call<F>;

const INVOKE_MS = 30_000;
/** The gateway gives up first, so that it is its sentence that is shown. */
const GRACE_MS = 5_000;

export interface Answer {
  readonly node: NodeRow;
  readonly result: ResultOf<"node.invoke">;
}

export interface Asked {
  readonly command: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Longer than `--wait`, where what is asked for takes its time. */
  readonly atLeastMs?: number;
  readonly askApproval?: boolean;
}

/** Asks the node that the first argument names, once: a repeat with the same `--key` gets the same answer. */
export async function askNode(call: NodeCall, { command, params, atLeastMs = 0, askApproval }: Asked): Promise<Answer> {
  const { client, flags, args: [named = ""] } = call;
  const node = await chooseNode(call, named);
  const timeoutMs = Math.max(flags.wait ?? INVOKE_MS, atLeastMs);
  const result = await client.call(
    "node.invoke",
    {
      nodeId: node.nodeId,
      command,
      timeoutMs,
      idempotencyKey: flags.key ?? globalThis.crypto.randomUUID(),
      ...(params === undefined ? {} : { params }),
      ...(askApproval === undefined ? {} : { askApproval }),
    },
    { timeoutMs: timeoutMs + GRACE_MS + (askApproval === true ? APPROVAL_MS : 0) },
  );
  return { node, result };
}

const APPROVAL_MS = 130_000;

/** `--params`, which must be an object where it is given. */
export function paramsOf(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw usageFailure("--params is not a JSON object.", [`For example: --params '{"maxWidth": 800}'`]);
}
