import { readFile } from "node:fs/promises";
import type { ExecDecision } from "../../../domain/nodes/exec-policy/approval.js";
import { listedPatterns, policyOf, withAllowed, withoutAllowed, type ExecApprovalsFile } from "../../../domain/nodes/exec-policy/approvals-file.js";
import { isCarrier } from "../../../domain/nodes/exec-policy/carrier.js";
import { problemOfPattern, type PatternProblem } from "../../../domain/nodes/exec-policy/pattern.js";
import type { ResultOf } from "../../../domain/protocol/catalog.js";
import { action, type Call } from "../action.js";
import { renderApprovals } from "../approval-list.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, usageFailure } from "../io.js";
import { chooseNode, nodeName } from "../node-name.js";
import { cell, renderJson, renderTable } from "../output.js";

interface ApprovalFlags extends ConnectionFlags {
  readonly always?: boolean;
  readonly node?: string;
  readonly agent?: string;
  readonly baseHash?: string;
}

type ApprovalCall = Call<ApprovalFlags>;
type File = ResultOf<"exec.approvals.get">;

const list = action(async ({ client, io, timeoutMs }: ApprovalCall) => {
  const result = await client.call("exec.approval.list", {}, { timeoutMs });
  const nodes = result.approvals.some(({ request }) => typeof request.nodeId === "string") ? (await client.call("node.list", {}, { timeoutMs })).nodes : [];
  const names = new Map(nodes.flatMap(({ nodeId, displayName }) => (displayName === undefined ? [] : [[nodeId, displayName] as const])));
  return { result, said: renderApprovals(result.approvals, names, io.now()) };
});

const SAID: Readonly<Record<ExecDecision, string>> = {
  "allow-once": "It may run, once.",
  "allow-always": "It may run, and the program need not be asked about again, unless it is one that runs whatever it is told, such as a shell.",
  deny: "It may not run.",
};

const deciding = (choose: (call: ApprovalCall) => ExecDecision) =>
  action(async (call: ApprovalCall) => {
    const decision = choose(call);
    const id = await waitingId(call);
    await call.client.call("exec.approval.resolve", { id, decision }, { timeoutMs: call.timeoutMs });
    return { result: { id, decision }, said: SAID[decision] };
  });

const MIN_PREFIX = 4;

/** An id, or a beginning of one that no other has. */
async function waitingId({ client, args: [given = ""], timeoutMs }: ApprovalCall): Promise<string> {
  const { approvals } = await client.call("exec.approval.list", {}, { timeoutMs });
  const found = approvals.filter(({ id }) => id === given || (given.length >= MIN_PREFIX && id.startsWith(given)));
  const exact = found.find(({ id }) => id === given) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return exact.id;
  const problem = found.length > 1 ? `More than one command that waits has an id that begins with ${cell(given, 64)}.` : `No command waits under ${cell(given, 64)}: it was decided on, or its time is up.`;
  throw new CliFailure(problem, { code: "UNKNOWN_APPROVAL", hints: ["See: openclaw approvals list"] });
}

const allow = deciding(({ flags }) => (flags.always === true ? "allow-always" : "allow-once"));
const deny = deciding(() => "deny");
const resolve = deciding(({ args: [, decision = ""] }) => {
  if (Object.hasOwn(SAID, decision)) return decision as ExecDecision;
  throw usageFailure("Say how to decide: allow-once, allow-always or deny.");
});

/** The file of the gateway's host, or of the node that was named. */
interface Place {
  readonly name: string;
  read(): Promise<File>;
  write(file: ExecApprovalsFile, baseHash: string): Promise<File>;
}

async function placeOf(call: ApprovalCall): Promise<Place> {
  const { client, flags, timeoutMs } = call;
  if (flags.node === undefined) {
    return {
      name: "the gateway's host",
      read: () => client.call("exec.approvals.get", {}, { timeoutMs }),
      write: (file, baseHash) => client.call("exec.approvals.set", { file, baseHash }, { timeoutMs }),
    };
  }
  const node = await chooseNode(call, flags.node);
  const { nodeId } = node;
  return {
    name: nodeName(node),
    read: () => client.call("exec.approvals.node.get", { nodeId }, { timeoutMs }),
    write: (file, baseHash) => client.call("exec.approvals.node.set", { nodeId, file, baseHash }, { timeoutMs }),
  };
}

const get = action(async (call: ApprovalCall) => {
  const result = await (await placeOf(call)).read();
  return { result, said: renderJson(result.file) };
});

const set = action(async (call: ApprovalCall) => {
  const { args: [path = ""], flags } = call;
  const file = await readApprovals(path);
  const place = await placeOf(call);
  const result = await place.write(file, flags.baseHash ?? (await place.read()).hash);
  return { result, said: `The file of ${place.name} is replaced. It lies at ${cell(result.path, 200)}.` };
});

async function readApprovals(path: string): Promise<ExecApprovalsFile> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CliFailure(`The file ${cell(path, 200)} cannot be read.`, { code: "UNREADABLE", cause });
  });
  try {
    return JSON.parse(text) as ExecApprovalsFile;
  } catch (cause) {
    throw new CliFailure(`The file ${cell(path, 200)} is not valid JSON.`, { code: "NOT_JSON", cause });
  }
}

const agentOf = ({ agent }: ApprovalFlags): { agentId?: string } => (agent === undefined ? {} : { agentId: agent });

const showList = action(async (call: ApprovalCall) => {
  const place = await placeOf(call);
  const { file } = await place.read();
  const { security, ask, askFallback } = policyOf(file, call.flags.agent);
  const rows = listedPatterns(file).flatMap(({ agentId, patterns }) => patterns.map((pattern) => [cell(agentId, 40), cell(pattern, 300)]));
  const said = [
    `On ${place.name}: security ${security}, ask ${ask}, and ${askFallback} where nobody answers.`,
    rows.length === 0 ? "No program is on the list." : renderTable(["AGENT", "PROGRAM"], rows).trimEnd(),
    `Add one with: openclaw approvals allowlist add <path>`,
  ].join("\n");
  return { result: { security, ask, askFallback, agents: listedPatterns(file) }, said };
});

const PATTERNS: Readonly<Record<PatternProblem, string>> = {
  empty: "A pattern is the path of a program.",
  "too-long": "That pattern is too long.",
  "not-absolute": "A pattern is an absolute path, or begins with ~/: a name alone would be whatever is found first under it.",
  "not-plain": "A pattern has no empty steps, no . and no .., and nothing that is not seen.",
};

const add = action(async (call: ApprovalCall) => {
  const [pattern = ""] = call.args;
  const problem = problemOfPattern(pattern);
  if (problem !== undefined) throw usageFailure(PATTERNS[problem]);
  const place = await placeOf(call);
  const { file, hash } = await place.read();
  const changed = withAllowed(file, { pattern, ...agentOf(call.flags) });
  if (typeof changed === "string") throw new CliFailure("The list is full; take something off it first.", { code: "LIST_FULL" });
  const result = await place.write(changed, hash);
  const warning = isCarrier(pattern) ? "\nMind that this program runs whatever its arguments say: it lets everything through." : "";
  return { result, said: `${cell(pattern, 300)} may run on ${place.name} without a question, with any arguments.${warning}` };
});

const remove = action(async (call: ApprovalCall) => {
  const [pattern = ""] = call.args;
  const place = await placeOf(call);
  const { file, hash } = await place.read();
  const changed = withoutAllowed(file, { pattern, ...agentOf(call.flags) });
  if (changed === undefined) throw new CliFailure(`${cell(pattern, 300)} is not on the list.`, { code: "NOT_LISTED", hints: ["See: openclaw approvals allowlist"] });
  const result = await place.write(changed, hash);
  return { result, said: `${cell(pattern, 300)} is off the list of ${place.name}.` };
});

export const ACTIONS = { list, allow, deny, resolve, get, set, showList, add, remove };
