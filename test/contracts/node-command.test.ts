import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryNodeCommand } from "../../src/adapters/node-commands/memory/index.js";
import { browserCommands } from "../../src/adapters/node-commands/browser/index.js";
import { hostCommands } from "../../src/adapters/node-commands/host/index.js";
import { systemCommands } from "../../src/adapters/node-commands/system/index.js";
import { MemoryExecApprovals } from "../../src/adapters/storage/memory/memory-exec-approvals.js";
import { AddressLocality, SystemClock } from "../../src/adapters/system/index.js";
import type { NodeCommand } from "../../src/ports/node-command.js";
import { CHROMIUM, isThere } from "../support/chromium.js";
import { CanvasPages } from "../stand-ins/canvas-pages.js";
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

const PLACE = "console.log(JSON.stringify({ lat: 1, lon: 2 }))";
const PICTURE = "require('fs').writeFileSync(process.argv[1], Buffer.from('89504e470d0a1a0a0000000d49484452000000030000000208020000', 'hex'))";
const FILM = "require('fs').writeFileSync(process.argv[1], Buffer.from('0000001866747970', 'hex').toString('latin1') + 'isom....')";

const programs = { "location.get": PLACE, "camera.list": "console.log('desk')", "camera.snap": PICTURE, "camera.clip": FILM, "screen.record": FILM };

for (const [name, script] of Object.entries(programs)) {
  nodeCommandContract(name, async () => {
    const folder = await mkdtemp(join(tmpdir(), "node-command-"));
    const argv = [NODE, "-e", script, ...(["location.get", "camera.list"].includes(name) ? [] : ["{output}"])];
    const host = { platform: process.platform, env: { PATH: "/usr/bin:/bin" }, home: folder, cwd: folder };
    const [command] = hostCommands({ config: { commands: { [name]: { argv } } }, clock: new SystemClock(), host });
    if (command === undefined) throw new Error(`no command ${name}`);
    return { command, good: {}, ...(name === "camera.list" ? {} : { bad: [[], "text"] }), dispose: () => rm(folder, { recursive: true, force: true }) };
  });
}

const canvas: Readonly<Record<string, Pick<NodeCommandRig, "good" | "bad">>> = {
  "canvas.present": { good: { url: "/board.html", placement: { width: 400, height: 300 } }, bad: [[], "x", { url: 7 }, { url: "file:///etc/passwd" }, { placement: { width: "wide" } }] },
  "canvas.hide": { good: {} },
  "canvas.navigate": { good: { url: "/board.html" }, bad: [{ url: 7 }, { url: "javascript:1" }] },
  "canvas.eval": { good: { javaScript: "1 + 1" }, bad: [{}, { javaScript: 7 }, { javaScript: "" }] },
  "canvas.snapshot": { good: {}, bad: [{ format: "gif" }, { maxWidth: "x" }] },
  "canvas.a2ui.push": { good: { messages: [{ deleteSurface: { surfaceId: "main" } }] }, bad: [{}, { messages: [] }] },
  "canvas.a2ui.pushJSONL": { good: { jsonl: '{"deleteSurface":{"surfaceId":"main"}}' }, bad: [{}, { jsonl: "{oops" }] },
  "canvas.a2ui.reset": { good: {} },
};

if (isThere) {
  for (const [name, params] of Object.entries(canvas)) {
    nodeCommandContract(name, async () => {
      const pages = await CanvasPages.open();
      const link = { canvasUrl: async () => pages.base, tell: async () => true };
      const commands = browserCommands({ config: { executablePath: CHROMIUM, sandbox: false }, link, clock: new SystemClock(), locality: new AddressLocality() });
      const command = commands.find((one) => one.name === name);
      if (command === undefined) throw new Error(`no command ${name}`);
      return { command, ...params, dispose: () => pages.close() };
    });
  }
}
