import { Type } from "@sinclair/typebox";
import { method } from "../define.js";
import { List, Moment, Nothing, Nullable, Text, closed } from "../fields.js";

const Triggers = Type.Object({ triggers: List(Type.String()) });

/** Wake words and talk mode, kept by the gateway so that every device agrees on them. */
export const voiceMethods = {
  "voicewake.get": method({
    params: Nothing,
    result: Triggers,
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "planned",
  }),
  "voicewake.set": method({
    params: Type.Object({ triggers: Type.Array(Type.String()) }, closed),
    result: Triggers,
    role: "operator",
    scope: "operator.write",
    effect: "write",
    since: 3,
    state: "planned",
  }),
  "talk.mode": method({
    params: Type.Object({ enabled: Type.Boolean(), phase: Text }, closed),
    result: Type.Object({ enabled: Type.Boolean(), phase: Nullable(Type.String()), ts: Moment }),
    role: "operator",
    scope: "operator.talk",
    effect: "write",
    since: 3,
    state: "planned",
  }),
};
