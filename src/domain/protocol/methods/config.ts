import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, DurationMs, List, NonEmpty, Nothing, Nullable, SessionKey, Strings, Text, closed } from "../fields.js";

export const ConfigIssue = Type.Object({ path: Type.String(), message: Type.String() });
export type ConfigIssue = Static<typeof ConfigIssue>;

/** `baseHash` is the `hash` of the config.get that the edit started from: a stale one is refused. */
const write = { raw: Type.String(), baseHash: Text };
const restarting = {
  ...write,
  sessionKey: Type.Optional(SessionKey),
  note: Text,
  restartDelayMs: DurationMs,
  deliveryContext: Type.Optional(AnyObject),
};
const Written = { ok: Type.Literal(true), path: Type.String(), config: AnyObject };
const Restarting = Type.Object({
  ...Written,
  restart: Type.Optional(AnyObject),
  sentinel: Type.Optional(Type.Object({ path: Nullable(Type.String()), payload: AnyObject })),
});

/** The gateway's configuration. Secrets never leave through these: a result holds them redacted. */
export const configMethods = {
  "config.get": method({
    params: Nothing,
    result: Type.Object({
      path: Type.String(),
      exists: Type.Boolean(),
      raw: Nullable(Type.String()),
      parsed: Type.Unknown(),
      valid: Type.Boolean(),
      config: AnyObject,
      hash: NonEmpty,
      issues: List(ConfigIssue),
      warnings: Type.Optional(List(ConfigIssue)),
      legacyIssues: List(ConfigIssue),
    }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "config.set": method({
    params: Type.Object(write, closed),
    result: Type.Object(Written),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "config.patch": method({
    params: Type.Object({ ...restarting, replacePaths: Strings }, closed),
    result: Restarting,
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "config.apply": method({
    params: Type.Object(restarting, closed),
    result: Restarting,
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "config.schema": method({
    params: Nothing,
    // A hint by its path: `requiresRestart` where a change at or below it is in force only after one.
    result: Type.Object({ schema: Type.Unknown(), uiHints: AnyObject, version: NonEmpty, generatedAt: NonEmpty }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
};
