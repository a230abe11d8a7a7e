import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryNodeCommand } from "../../src/adapters/node-commands/memory/index.js";
import { systemCommands } from "../../src/adapters/node-commands/system/index.js";
import { MemoryExecApprovals } from "../../src/adapters/storage/memory/memory-exec-approvals.js";
import { SystemClock } from "../../src/adapters/system/index.js";
import type { NodeCommand } from "../../src/ports/node-command.js";
import { nodeCommandContract, type NodeCommandRig } from "../../src/testing/contracts/node-command.js";

nodeCommandContract("memory", async () => ({
  command: new MemoryNodeCommand("test.echo", (params, call) => {
    if (params !== "endless") return { kind: "done", payload: { params: params ?? null } };
    call.progress("begun");
    return new Promise(() => undefined);
  }),
  good: { a: 1 },
  endless: "endless",
  dispose: async () => undefined,
}));

const ALL = '{"version":1,"defaults":{"security":"full","ask":"off"}}';
const NODE = process.execPath;
const FOREVER = "process.stdout.write('begun'); setInterval(() => {}, 1000);";

function rigOf(name: string, rig: (folder: string) => Omit<NodeCommandRig, "command" | "dispose">): () => Promise<NodeCommandRig> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "node-command-"));
    await writeFile(join(folder, "notify-send"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const host = { platform: "linux", env: { PATH: `${folder}:/usr/bin:/bin`, DISPLAY: ":0" }, home: folder, cwd: folder } as const;
    const command = systemCommands({ clock: new SystemClock(), approvals: new MemoryExecApprovals({ current: ALL }), host }).find((one): one is NodeCommand => one.name === name);
    if (command === undefined) throw new Error(`no command ${name}`);
    return { command, ...rig(folder), dispose: () => rm(folder, { recursive: true, force: true }) };
  };
}

nodeCommandContract("system.run", rigOf("system.run", () => ({
  good: { command: [NODE, "-e", "console.log('hi')"] },
  endless: { command: [NODE, "-e", FOREVER] },
  bad: [
    {}, { command: "ls" }, { command: [] }, { command: [""] }, { command: ["ls", 1] }, { command: ["ls\0"] }, { command: ["/nowhere/at/all"] }, { command: ["no-such-program-anywhere"] },
    { command: Array.from({ length: 2000 }, () => "x") }, { command: ["echo", "x".repeat(200_000)] }, { command: [NODE], cwd: "relative" }, { command: [NODE], cwd: "/nowhere/at/all" }, { command: [NODE], cwd: 1 },
    { command: [NODE], env: { LD_PRELOAD: "x" } }, { command: [NODE], env: [] }, { command: [NODE], env: { A: 1 } }, { command: [NODE], env: { A: "\0" } }, { command: [NODE], timeoutMs: 0 }, { command: [NODE], timeoutMs: 1.5 },
  ],
})));

nodeCommandContract("system.which", rigOf("system.which", () => ({ good: { bins: ["sh", "no-such-program-anywhere"] }, bad: [{}, { bins: "sh" }, { bins: ["/bin/sh"] }, { bins: ["a\0"] }, { bins: Array.from({ length: 65 }, () => "sh") }] })));

nodeCommandContract("system.notify", rigOf("system.notify", () => ({ good: { title: "Hello", body: "It's <b>done</b>." }, bad: [{}, { title: 1 }, { title: " ", body: "\u0007" }] })));

nodeCommandContract("system.execApprovals.get", rigOf("system.execApprovals.get", () => ({ good: {} })));

nodeCommandContract("system.execApprovals.set", rigOf("system.execApprovals.set", () => ({
  good: { file: { version: 1 }, baseHash: "a318e505346a8011804f8dbe992755d56552c620c8b2e330eaa0333756086736" },
  bad: [{}, { file: { version: 1 } }, { file: null }, { file: { version: 2 }, baseHash: "x" }, { file: { version: 1 }, baseHash: "x" }],
})));
