import { action, type Call } from "../action.js";
import { CliFailure, usageFailure } from "../io.js";
import { askNode, paramsOf, type NodeCall, type NodeFlags } from "../node-call.js";
import { renderNode, renderNodes, renderRequests } from "../node-list.js";
import { chooseNode, nodeName } from "../node-name.js";
import { cell, renderJson, terminalText } from "../output.js";

interface NodesFlags extends NodeFlags {
  readonly params?: string;
  readonly latest?: boolean;
  readonly queue?: boolean;
  readonly cwd?: string;
  readonly agent?: string;
  readonly connected?: boolean;
}

type NodesCall = Call<NodesFlags>;

const list = action(async ({ client, flags, io, timeoutMs }: NodesCall) => {
  const result = await client.call("node.list", {}, { timeoutMs });
  const nodes = flags.connected === true ? result.nodes.filter(({ connected }) => connected) : result.nodes;
  return { result: { ...result, nodes }, said: renderNodes(nodes, io.now()) };
});

const describe = action(async (call: NodesCall) => {
  const { nodeId } = await chooseNode(call, call.args[0] ?? "");
  const result = await call.client.call("node.describe", { nodeId }, { timeoutMs: call.timeoutMs });
  return { result, said: renderNode(result, call.io.now()) };
});

const pending = action(async ({ client, io, timeoutMs }: NodesCall) => {
  const result = await client.call("node.pair.list", {}, { timeoutMs });
  return { result, said: renderRequests(result.pending, io.now()) };
});

const approve = action(async (call: NodesCall) => {
  const requestId = call.args[0] ?? (await chooseRequest(call));
  const result = await call.client.call("node.pair.approve", { requestId }, { timeoutMs: call.timeoutMs });
  const { node } = result;
  const commands = (node.commands ?? []).join(", ");
  return { result, said: `Approved ${nodeName(node)}. ${commands === "" ? "It offers no commands." : `It may be asked: ${cell(commands, 2_000)}.`}` };
});

/** Approving is never a guess: without an id, somebody must have asked for the latest. */
async function chooseRequest({ client, flags, io, timeoutMs }: NodesCall): Promise<string> {
  const requests = (await client.call("node.pair.list", {}, { timeoutMs })).pending;
  const newest = requests.toSorted((a, b) => b.ts - a.ts)[0];
  if (newest === undefined) throw new CliFailure("No node is waiting for approval.", { code: "NOTHING_PENDING" });
  if (flags.latest === true) return newest.requestId;
  throw usageFailure("Say which request to approve, or --latest.", renderRequests(requests, io.now()).split("\n"));
}

const reject = action(async ({ client, args: [requestId = ""], timeoutMs }: NodesCall) => {
  const result = await client.call("node.pair.reject", { requestId }, { timeoutMs });
  return { result, said: `Turned down what ${cell(result.nodeId.slice(0, 12), 12)} offers. It keeps what was approved before.` };
});

const remove = action(async (call: NodesCall) => {
  const node = await chooseNode(call, call.args[0] ?? "");
  const result = await call.client.call("node.pair.remove", { nodeId: node.nodeId }, { timeoutMs: call.timeoutMs });
  return { result, said: `${nodeName(node)} may be asked for nothing any more. The device stays paired: openclaw devices remove ends that as well.` };
});

const rename = action(async (call: NodesCall) => {
  const { nodeId } = await chooseNode(call, call.args[0] ?? "");
  const result = await call.client.call("node.rename", { nodeId, displayName: call.args[1] ?? "" }, { timeoutMs: call.timeoutMs });
  return { result, said: `It is now called ${cell(result.displayName, 64)}.` };
});

const invoke = action(async (call: NodesCall) => {
  const command = call.args[1] ?? "";
  const params = paramsOf(call.flags.params);
  if (call.flags.queue === true) return queue(call, command, params);
  const { result } = await askNode(call, { command, ...(params === undefined ? {} : { params }) });
  return { result, said: result.payload === undefined || result.payload === null ? "Done." : renderJson(result.payload) };
});

/** For a node that sleeps: it finds the command when it comes back. */
async function queue(call: NodesCall, command: string, params: Readonly<Record<string, unknown>> | undefined) {
  const node = await chooseNode(call, call.args[0] ?? "");
  const result = await call.client.call("node.pending.enqueue", { nodeId: node.nodeId, command, ...(params === undefined ? {} : { params }) }, { timeoutMs: call.timeoutMs });
  return { result, said: `${cell(command, 64)} waits for ${nodeName(node)}, ten minutes at most.` };
}

interface RunResult {
  readonly exitCode?: number | null;
  readonly timedOut?: boolean;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly error?: string | null;
}

/** Like a shell's own command, as far as output goes: what the program wrote, and nothing else. */
const run = action(async (call: NodesCall) => {
  const [, ...words] = call.args;
  // Whatever follows the node is the program's own, and so is handed over as it stands.
  const argv = words[0] === "--" ? words.slice(1) : words;
  if (argv.length === 0) throw usageFailure("Say which program to run: openclaw nodes run <node> -- <program> [arguments…]");
  const { flags } = call;
  const { result } = await askNode(call as NodeCall, {
    command: "system.run",
    params: { command: argv, ...(flags.cwd === undefined ? {} : { cwd: flags.cwd }), ...(flags.agent === undefined ? {} : { agentId: flags.agent }), ...(flags.wait === undefined ? {} : { timeoutMs: flags.wait }) },
    atLeastMs: 120_000,
    askApproval: true,
  });
  const { stdout = "", stderr = "", exitCode, timedOut, error } = (result.payload ?? {}) as RunResult;
  const end = timedOut === true ? ["Its time was up."] : exitCode === 0 ? [] : [error ?? `It ended with exit code ${exitCode ?? "none"}.`];
  return { result, said: [terminalText(stdout).trimEnd(), terminalText(stderr).trimEnd(), ...end].filter((part) => part !== "").join("\n") };
});

export const ACTIONS = { list, describe, pending, approve, reject, remove, rename, invoke, run };
