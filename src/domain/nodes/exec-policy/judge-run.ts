import { isCarrier } from "./carrier.js";
import type { AllowEntry, ExecPolicy, ExecSecurity } from "./approvals-file.js";
import { isHarmlessVariable } from "./environment.js";
import { isGlob, isSamePath, matchesPath, problemOfPattern, type PathRules } from "./pattern.js";

/** The program that would run. */
export interface Program {
  /** Where its name leads on this host: an absolute path without `.` and `..`. */
  readonly found: string;
  /** The file that is there once every link was followed, which is what runs. */
  readonly real: string;
}

/** What the gateway says of a run beside its words. Only a gateway sets it, never whoever asked for the run. */
export type RunVoucher =
  | { readonly kind: "approved"; readonly decision: "allow-once" | "allow-always" }
  /** Somebody was asked and nobody answered. */
  | { readonly kind: "unanswered" };

export interface RunFacts {
  readonly program: Program;
  /** The variables that the run brings along. */
  readonly variables: readonly string[];
  readonly policy: ExecPolicy;
  readonly rules: PathRules;
  readonly voucher?: RunVoucher;
}

/**
 * Why a list does not let a run through.
 * - `not-listed`: no pattern means the program.
 * - `carrier`: a pattern with stars does, but it is one that runs whatever its arguments say.
 * - `variables`: one does, but the run brings variables that may change what the program does.
 */
export type MissReason = "not-listed" | "carrier" | "variables";

export type RunVerdict =
  | { readonly kind: "run"; readonly by: "full" | "approval" | "fallback" }
  | { readonly kind: "run"; readonly by: "allowlist"; readonly entry: AllowEntry }
  /** Runs, and this pattern is to be put on the agent's list. */
  | { readonly kind: "run"; readonly by: "approval"; readonly remember: string }
  | { readonly kind: "ask"; readonly reason: "always" | MissReason }
  | { readonly kind: "deny"; readonly reason: "off" | MissReason };

/** Whether a command may run. Reads nothing of it but which program it is and which variables it brings: no argument opens anything. */
export function judgeRun(facts: RunFacts): RunVerdict {
  const { policy, voucher } = facts;
  if (policy.security === "deny") return { kind: "deny", reason: "off" };
  const listed = judgeList(facts);
  const miss = typeof listed === "string" ? listed : undefined;
  const passes: RunVerdict | undefined = policy.security === "full" ? { kind: "run", by: "full" } : typeof listed === "string" ? undefined : { kind: "run", by: "allowlist", entry: listed };
  if (passes !== undefined && policy.ask !== "always") return passes;
  if (policy.ask === "off") return { kind: "deny", reason: miss ?? "not-listed" };
  if (voucher?.kind === "approved") return approved(facts, voucher.decision);
  const reason = policy.ask === "always" ? "always" : (miss ?? "not-listed");
  if (voucher?.kind === "unanswered") return fallBack(policy.askFallback, listed) ?? { kind: "ask", reason };
  return { kind: "ask", reason };
}

function judgeList({ program, variables, policy, rules }: RunFacts): AllowEntry | MissReason {
  const { found, real } = program;
  // A link that is named itself means whatever it leads to; one that merely lies in a folder means nothing.
  const named = policy.allowlist.find(({ pattern }) => !isGlob(pattern) && (isExactly(pattern, real, rules) || isExactly(pattern, found, rules)));
  const entry = named ?? policy.allowlist.find(({ pattern }) => matchesPath(pattern, real, rules));
  if (entry === undefined) return "not-listed";
  if (named === undefined && (isCarrier(real) || isCarrier(found))) return "carrier";
  return variables.every(isHarmlessVariable) ? entry : "variables";
}

const isExactly = (pattern: string, path: string, rules: PathRules): boolean => problemOfPattern(pattern) === undefined && isSamePath(pattern, path, rules);

function approved({ program, policy, variables }: RunFacts, decision: "allow-once" | "allow-always"): RunVerdict {
  const once: RunVerdict = { kind: "run", by: "approval" };
  if (decision === "allow-once" || policy.security !== "allowlist" || variables.length > 0) return once;
  const pattern = rememberedPattern(program.real);
  return pattern === undefined || isCarrier(program.found) ? once : { ...once, remember: pattern };
}

/** The pattern that an "always" for this program leaves behind: none for one that runs whatever it is told, which would let everything through. */
export const rememberedPattern = (path: string): string | undefined =>
  isCarrier(path) || isGlob(path) || path.startsWith("~") || problemOfPattern(path) !== undefined ? undefined : path;

function fallBack(security: ExecSecurity, listed: AllowEntry | MissReason): RunVerdict | undefined {
  if (security === "full") return { kind: "run", by: "fallback" };
  return security === "allowlist" && typeof listed !== "string" ? { kind: "run", by: "allowlist", entry: listed } : undefined;
}
