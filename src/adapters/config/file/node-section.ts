import { Type, type Static } from "@sinclair/typebox";
import { readFix } from "../../../domain/node-host/fix.js";
import { HOST_COMMANDS, judgeHostProgram } from "../../../domain/node-host/host-program.js";
import type { ConfigIssue } from "../../../ports/config-source.js";

const Text = Type.String({ minLength: 1, description: "a text that is not empty" });
const Pixels = Type.Integer({ minimum: 64, maximum: 4_096 });

/** A program of the host that does a command of its node; what stands in braces in its arguments is put in for each call. */
const HostProgram = Type.Composite([
  Type.Object({ argv: Type.Array(Text) }),
  Type.Partial(Type.Object({ timeoutMs: Type.Integer({ minimum: 100, maximum: 600_000 }) })),
]);

/** What the node of this host is and does. Read by `openclaw node run`, and by no gateway. */
export const NodeSection = Type.Partial(Type.Object({
  displayName: Text,
  browser: Type.Partial(Type.Object({
    enabled: Type.Boolean(),
    executablePath: Text,
    sandbox: Type.Boolean(),
    width: Pixels,
    height: Pixels,
    allowPrivateHosts: Type.Array(Text),
  })),
  commands: Type.Partial(Type.Object({
    "screen.record": HostProgram,
    "camera.list": HostProgram,
    "camera.snap": HostProgram,
    "camera.clip": HostProgram,
    "location.get": HostProgram,
  })),
  location: Type.Composite([
    Type.Object({ lat: Type.Number(), lon: Type.Number() }),
    Type.Partial(Type.Object({ accuracyMeters: Type.Number(), altitudeMeters: Type.Number() })),
  ]),
}));

/** What is of the right kind and still no use: a node leaves it out, and says so. */
export function judgeNode(node: Static<typeof NodeSection> = {}): readonly ConfigIssue[] {
  const { commands = {}, location } = node;
  const named = HOST_COMMANDS.filter((name) => commands[name] !== undefined);
  const wrong = named.flatMap((name) => {
    const message = judgeHostProgram(name, commands[name]?.argv ?? [], named);
    return message === undefined ? [] : [{ path: `node.commands[${JSON.stringify(name)}].argv`, message }];
  });
  if (location === undefined || readFix(location)) return wrong;
  return [...wrong, { path: "node.location", message: "That is no place on earth: lat goes from -90 to 90, lon from -180 to 180." }];
}
