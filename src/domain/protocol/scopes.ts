import { Type, type Static } from "@sinclair/typebox";

export const ROLES = ["operator", "node"] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = [
  "operator.admin",
  "operator.read",
  "operator.write",
  "operator.approvals",
  "operator.pairing",
  "operator.questions",
  "operator.talk",
  "operator.talk.secrets",
] as const;
export type Scope = (typeof SCOPES)[number];

export const RoleSchema = Type.Union([Type.Literal("operator"), Type.Literal("node")]);
/** Scopes travel as open strings: a newer client may ask for one that this gateway never grants. */
export const ScopeList = Type.Array(Type.String());
export type ScopeList = Static<typeof ScopeList>;
