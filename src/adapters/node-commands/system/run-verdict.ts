import { lastUse, policyOf, withAllowed, withUse, type AllowEntry, type ExecApprovalsFile } from "../../../domain/nodes/exec-policy/approvals-file.js";
import { renderCommand } from "../../../domain/nodes/exec-policy/command-line.js";
import { judgeRun, type MissReason, type Program, type RunVerdict } from "../../../domain/nodes/exec-policy/judge-run.js";
import type { PathRules } from "../../../domain/nodes/exec-policy/pattern.js";
import type { Clock } from "../../../ports/clock.js";
import type { ExecApprovalsStore } from "../../../ports/exec-approvals-store.js";
import type { RunParams } from "./run-params.js";

/** A denial, with a word for programs and a sentence that says what to do. */
export interface Denied {
  readonly kind: "denied";
  readonly reason: "security=deny" | "approval-required" | "allowlist-miss" | "unusable-file";
  readonly message: string;
}

const NOTE_EVERY_MS = 60_000;

const MISSES: Readonly<Record<MissReason | "always", (program: string) => string>> = {
  always: () => "this node asks before every command.",
  "not-listed": (program) => `${program} is not on this node's list.`,
  carrier: (program) => `${program} runs whatever its arguments say, so that only an entry with its exact path lets it through.`,
  variables: (program) => `${program} is on this node's list, but not with variables of its own.`,
};

/** What the approvals file of this host has to say about runs. */
export class RunJudge {
  readonly #approvals: ExecApprovalsStore;
  readonly #rules: PathRules;
  readonly #clock: Clock;

  constructor({ approvals, rules, clock }: { approvals: ExecApprovalsStore; rules: PathRules; clock: Clock }) {
    this.#approvals = approvals;
    this.#rules = rules;
    this.#clock = clock;
  }

  /** What was decided is on disk when this resolves: an "always" holds from the run on that it was given for. */
  async judge(program: Program, params: RunParams): Promise<{ readonly kind: "run" } | Denied> {
    const { path, content } = await this.#approvals.read();
    if (content.kind === "unusable") {
      return { kind: "denied", reason: "unusable-file", message: `the exec approvals file ${path} of this node cannot be used: ${content.problem}; mend it, then try again.` };
    }
    const verdict = judgeRun({
      program, rules: this.#rules, variables: Object.keys(params.env), policy: policyOf(content.file, params.agentId),
      ...(params.voucher === undefined ? {} : { voucher: params.voucher }),
    });
    if (verdict.kind !== "run") return denial(verdict, program.real, path);
    if ("remember" in verdict) await this.#remember(verdict.remember, params.agentId);
    if (verdict.by === "allowlist" && this.#isDue(content.file, verdict.entry)) await this.#note(verdict.entry, program.real);
    return { kind: "run" };
  }

  async #remember(pattern: string, agentId: string | undefined): Promise<void> {
    await this.#approvals.update(({ content }) => {
      const added = content.kind === "usable" ? withAllowed(content.file, { pattern, ...(agentId === undefined ? {} : { agentId }) }) : "no-pattern";
      return { value: undefined, ...(typeof added === "string" ? {} : { file: added }) };
    });
  }

  async #note({ agentId, pattern }: AllowEntry, resolvedPath: string): Promise<void> {
    const at = this.#clock.now();
    await this.#approvals.update(({ content }) => {
      const isDue = content.kind === "usable" && this.#isDue(content.file, { agentId, pattern });
      return { value: undefined, ...(isDue ? { file: withUse(content.file, { agentId, pattern, at, resolvedPath }) } : {}) };
    });
  }

  /** Each note changes the file's hash, under the hands of whoever edits it. */
  #isDue(file: ExecApprovalsFile, entry: AllowEntry): boolean {
    return lastUse(file, entry) <= this.#clock.now() - NOTE_EVERY_MS;
  }
}

function denial(verdict: Exclude<RunVerdict, { kind: "run" }>, program: string, path: string): Denied {
  if (verdict.reason === "off") return { kind: "denied", reason: "security=deny", message: `this node runs no commands; its owner can change security in ${path}.` };
  const why = MISSES[verdict.reason](renderCommand([program]));
  const list = `openclaw approvals allowlist add ${renderCommand([program])} --node <node>`;
  if (verdict.kind === "deny") return { kind: "denied", reason: "allowlist-miss", message: `allowlist miss: ${why} This node asks nobody; its owner can run: ${list}` };
  const way = verdict.reason === "always" ? "" : ` Or its owner puts it on the list: ${list}`;
  return { kind: "denied", reason: "approval-required", message: `approval required: ${why} Ask with exec.approval.request, then invoke system.run again with runId set to the approval's id.${way}` };
}
