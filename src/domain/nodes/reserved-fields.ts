import { fieldsOf } from "../foreign-fields.js";

/** What only the gateway says to a node: that somebody approved the command, and how. Compared without case and separators. */
const RESERVED: ReadonlySet<string> = new Set(["approved", "approvaldecision", "approvalid", "approvedby", "approval", "runid"]);

const isReserved = (name: string): boolean => RESERVED.has(name.replaceAll(/[^a-z]/gi, "").toLowerCase());

/** Params of a command that runs programs, without whatever claims that it was approved. */
export function stripApproval(params: unknown): unknown {
  const fields = fieldsOf(params);
  if (!fields) return params;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !isReserved(name)));
}
