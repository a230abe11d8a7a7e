import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, DurationMs, List, Moment, NonEmpty, Nothing, Nullable, OneOf, Text, closed, open } from "../fields.js";

export const ExecDecision = OneOf("allow-once", "allow-always", "deny");

const Field = Type.Optional(Nullable(Type.String()));

/** The gateway names every field of a request here and fills what was not given with null. */
const ApprovalField = Type.Optional(Nullable(Type.String()));

/** A question to a person, as those who may answer it are shown it. */
export const WaitingApproval = Type.Object({
  id: NonEmpty,
  request: Type.Object({
    command: Type.String(),
    cwd: ApprovalField,
    host: ApprovalField,
    security: ApprovalField,
    ask: ApprovalField,
    agentId: ApprovalField,
    resolvedPath: ApprovalField,
    sessionKey: ApprovalField,
    nodeId: ApprovalField,
    commandArgv: Type.Optional(Nullable(List(Type.String()))),
    /** The names of the variables that it brings along. Their values may be secrets. */
    envKeys: Type.Optional(Nullable(List(Type.String()))),
  }),
  createdAtMs: Moment,
  expiresAtMs: Moment,
});
export type WaitingApproval = Static<typeof WaitingApproval>;

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
        /** The words of the command: what is approved then is these, and `command` is not read. */
        commandArgv: Type.Optional(Nullable(Type.Array(Type.String(), { minItems: 1, maxItems: 1024 }))),
        /** The node that it is to run on. */
        nodeId: Field,
        /** Variables that it brings along: what is not named here is not approved. */
        env: Type.Optional(Nullable(Type.Record(Type.String(), Type.String()))),
      },
      open,
    ),
    /** Held back until someone decides; a null decision is a timeout. */
    result: Type.Object({ id: NonEmpty, decision: Nullable(ExecDecision), createdAtMs: Moment, expiresAtMs: Moment }),
    role: "operator",
    scope: "operator.approvals",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "exec.approval.list": method({
    params: Nothing,
    /** What waits for a decision, the longest first. */
    result: Type.Object({ approvals: List(WaitingApproval) }),
    role: "operator",
    scope: "operator.approvals",
    effect: "read",
    since: 4,
    state: "live",
  }),
  "exec.approval.resolve": method({
    // The handler judges `decision`, so that a wrong one is refused in the words that clients look for.
    params: Type.Object({ id: NonEmpty, decision: NonEmpty }, closed),
    result: Type.Object({ ok: Type.Literal(true) }),
    role: "operator",
    scope: "operator.approvals",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "exec.approvals.get": method({
    params: Nothing,
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "exec.approvals.set": method({
    params: Type.Object(fileWrite, closed),
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "exec.approvals.node.get": method({
    params: Type.Object({ nodeId: NonEmpty }, closed),
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "exec.approvals.node.set": method({
    params: Type.Object({ nodeId: NonEmpty, ...fileWrite }, closed),
    result: File,
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
};
