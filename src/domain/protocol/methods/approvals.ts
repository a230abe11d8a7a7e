import { Type } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, DurationMs, Moment, NonEmpty, Nothing, Nullable, OneOf, Text, closed, open } from "../fields.js";

export const ExecDecision = OneOf("allow-once", "allow-always", "deny");

const Field = Type.Optional(Nullable(Type.String()));

const File = Type.Object({ path: Type.String(), exists: Type.Boolean(), hash: Type.String(), file: AnyObject });
const fileWrite = { file: AnyObject, baseHash: Text };

/** Commands that wait for a person, and the file that says which need not. */
export const approvalMethods = {
  "exec.approval.request": method({
    params: Type.Object(
      {
        id: Type.Optional(NonEmpty),
        command: NonEmpty,
        cwd: Field,
        host: Field,
        security: Field,
        ask: Field,
        agentId: Field,
        resolvedPath: Field,
        sessionKey: Field,
        timeoutMs: DurationMs,
      },
      open,
    ),
    /** Held back until someone decides; a null decision is a timeout. */
    result: Type.Object({ id: NonEmpty, decision: Nullable(ExecDecision), createdAtMs: Moment, expiresAtMs: Moment }),
    role: "operator",
    scope: "operator.approvals",
    effect: "write",
    since: 3,
    state: "planned",
  }),
  "exec.approval.resolve": method({
    // The handler judges `decision`, so that a wrong one is refused in the words that clients look for.
    params: Type.Object({ id: NonEmpty, decision: NonEmpty }, closed),
    result: Type.Object({ ok: Type.Literal(true) }),
    role: "operator",
    scope: "operator.approvals",
    effect: "write",
    since: 3,
    state: "planned",
  }),
  "exec.approvals.get": method({
    params: Nothing,
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "read",
    since: 3,
    state: "planned",
  }),
  "exec.approvals.set": method({
    params: Type.Object(fileWrite, closed),
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "planned",
  }),
  "exec.approvals.node.get": method({
    params: Type.Object({ nodeId: NonEmpty }, closed),
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "read",
    since: 3,
    state: "planned",
  }),
  "exec.approvals.node.set": method({
    params: Type.Object({ nodeId: NonEmpty, ...fileWrite }, closed),
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "planned",
  }),
};
