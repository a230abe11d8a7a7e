import { createHash } from "node:crypto";
import { EMPTY_APPROVALS, problemOfApprovals, type ExecApprovalsFile } from "../../domain/nodes/exec-policy/approvals-file.js";
import type { StoredApprovals } from "../../ports/exec-approvals-store.js";

/** What a text, or none, says; for every kind of storage alike. */
export const readApprovalsText = (path: string, text: string | undefined): StoredApprovals => ({
  path,
  exists: text !== undefined,
  hash: createHash("sha256").update(text ?? "").digest("hex"),
  content: text === undefined ? { kind: "usable", file: EMPTY_APPROVALS } : contentOf(text),
});

export const renderApprovalsText = (file: ExecApprovalsFile): string => `${JSON.stringify(file, null, 2)}\n`;

function contentOf(text: string): StoredApprovals["content"] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own words quote the text, in which a secret may stand.
    return { kind: "unusable", problem: "it is not valid JSON" };
  }
  const problem = problemOfApprovals(value);
  return problem === undefined ? { kind: "usable", file: value as ExecApprovalsFile } : { kind: "unusable", problem };
}
