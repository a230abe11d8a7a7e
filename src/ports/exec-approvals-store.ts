import type { ExecApprovalsFile } from "../domain/nodes/exec-policy/approvals-file.js";

/** The file as it is now. */
export interface StoredApprovals {
  /** Where it lies, for people; a name in memory. */
  readonly path: string;
  readonly exists: boolean;
  /** Lower-case hex SHA-256 of its text (of nothing, where there is none). */
  readonly hash: string;
  /** What it says; the rules of a new one, where there is none. `unusable` names what is wrong, and quotes nothing. */
  readonly content: { readonly kind: "usable"; readonly file: ExecApprovalsFile } | { readonly kind: "unusable"; readonly problem: string };
}

/** The file that says which commands may run on this host. Its owner edits it by hand as well, so that it is read on each use. */
export interface ExecApprovalsStore {
  read(): Promise<StoredApprovals>;
  /**
   * Decides on the file as it is now, replaces it where the decision names a `file`, then resolves with what is there:
   * durable once resolved, without effect if rejected. Updates run one after another.
   */
  update<R>(decide: (stored: StoredApprovals) => { readonly file?: ExecApprovalsFile; readonly value: R }): Promise<{ readonly stored: StoredApprovals; readonly value: R }>;
}
