import { EMPTY_APPROVALS, problemOfApprovals, replacedApprovals, shownApprovals, type ExecApprovalsFile } from "./approvals-file.js";

/** What is there when somebody wants to replace it. */
export interface CurrentApprovals {
  readonly exists: boolean;
  readonly hash: string;
  readonly content: { readonly kind: "usable"; readonly file: ExecApprovalsFile } | { readonly kind: "unusable" };
}

export type Replacement =
  | { readonly kind: "replace"; readonly file: ExecApprovalsFile }
  | { readonly kind: "refused"; readonly reason: "hash-missing" | "stale" }
  | { readonly kind: "refused"; readonly reason: "wrong"; readonly problem: string };

/** Nobody writes over what they have not seen: an existing file is replaced by those who name its hash. */
export function decideReplacement(current: CurrentApprovals, given: unknown, baseHash: string | undefined): Replacement {
  const problem = problemOfApprovals(given);
  if (problem !== undefined) return { kind: "refused", reason: "wrong", problem };
  if (current.exists && (baseHash ?? "") === "") return { kind: "refused", reason: "hash-missing" };
  if ((baseHash ?? "") !== "" && baseHash !== current.hash) return { kind: "refused", reason: "stale" };
  const before = current.content.kind === "usable" ? current.content.file : EMPTY_APPROVALS;
  return { kind: "replace", file: replacedApprovals(before, given as ExecApprovalsFile) };
}

/** In the words that clients look for. `method` is where the hash can be had. */
export function replacementText(refusal: Extract<Replacement, { kind: "refused" }>, method: string): string {
  if (refusal.reason === "wrong") return `invalid exec approvals file: ${refusal.problem}`;
  return refusal.reason === "stale"
    ? `exec approvals changed since last load; re-run ${method} and retry`
    : `exec approvals base hash required; re-run ${method} and retry`;
}

export interface ApprovalsView {
  readonly path: string;
  readonly exists: boolean;
  readonly hash: string;
  readonly file: Record<string, unknown>;
}

type Stored = Omit<CurrentApprovals, "content"> & {
  readonly path: string;
  readonly content: { readonly kind: "usable"; readonly file: ExecApprovalsFile } | { readonly kind: "unusable"; readonly problem: string };
};

/** As an operator may see it, or the sentence that says why it cannot be used and what to do. An empty one in its place would be taken for the truth. */
export const viewOfApprovals = ({ path, exists, hash, content }: Stored): ApprovalsView | string =>
  content.kind === "usable"
    ? { path, exists, hash, file: { ...shownApprovals(content.file) } }
    : `the exec approvals file ${path} cannot be used: ${content.problem}; mend it where it lies, or replace it by a set with baseHash ${hash}`;
