import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemCommands, type SystemHost } from "../../src/adapters/node-commands/system/index.js";
import { MemoryExecApprovals } from "../../src/adapters/storage/memory/memory-exec-approvals.js";
import type { NodeCommand, NodeCommandOutcome } from "../../src/ports/node-command.js";
import { TestNodeCall } from "../../src/testing/contracts/node-command.js";
import { HandClock } from "../../src/testing/hand-clock.js";

export interface RunPayload {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string | null;
  readonly truncated?: boolean;
}

/** The shell of a node, in a folder of its own, with real programs. */
export class NodeHost {
  readonly clock = new HandClock();
  readonly folder: string;
  /** The approvals file's text. */
  readonly file: { current?: string } = {};
  readonly approvals = new MemoryExecApprovals(this.file);
  readonly #commands: readonly NodeCommand[];

  private constructor(folder: string, env: SystemHost["env"]) {
    this.folder = folder;
    const host = { platform: process.platform, env: { PATH: "/usr/bin:/bin", ...env }, home: folder, cwd: folder };
    this.#commands = systemCommands({ clock: this.clock, approvals: this.approvals, host });
  }

  static async open(env: SystemHost["env"] = {}): Promise<NodeHost> {
    return new NodeHost(await realpath(await mkdtemp(join(tmpdir(), "node-host-"))), env);
  }

  /** What the file says from now on. */
  say(file: Readonly<Record<string, unknown>>): void {
    this.file.current = JSON.stringify({ version: 1, ...file });
  }

  /** Everything may run, and nobody is asked. */
  open(): void {
    this.say({ defaults: { security: "full", ask: "off" } });
  }

  allow(...patterns: readonly string[]): void {
    this.say({ agents: { main: { allowlist: patterns } } });
  }

  /** A script of that name in its folder; the path of it. */
  async script(name: string, text = "#!/bin/sh\necho script\n"): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text, { mode: 0o755 });
    return path;
  }

  ask(name: string, params: unknown, call = new TestNodeCall()): Promise<NodeCommandOutcome> {
    const command = this.#commands.find((one) => one.name === name);
    if (command === undefined) throw new Error(`no command ${name}`);
    return command.run(params, call);
  }

  run(command: unknown, more: Readonly<Record<string, unknown>> = {}, call = new TestNodeCall()): Promise<NodeCommandOutcome> {
    return this.ask("system.run", { command, ...more }, call);
  }

  /** Like {@link run}, but being refused is a failure of the test. */
  async ran(command: unknown, more: Readonly<Record<string, unknown>> = {}, call = new TestNodeCall()): Promise<RunPayload> {
    const outcome = await this.run(command, more, call);
    if (outcome.kind === "failed") throw new Error(`${outcome.code}: ${outcome.message}`);
    return outcome.payload as RunPayload;
  }

  /** The sentence of a refusal, with its code before it; running is a failure of the test. */
  async denied(command: unknown, more: Readonly<Record<string, unknown>> = {}, call = new TestNodeCall()): Promise<string> {
    const outcome = await this.run(command, more, call);
    if (outcome.kind === "done") throw new Error(`it ran: ${JSON.stringify(outcome.payload)}`);
    return `${outcome.code}: ${outcome.message}`;
  }

  async close(): Promise<void> {
    await Promise.all(this.#commands.map((command) => command.close?.()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether a process of this id runs; one that has ended and is not yet reaped does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const { readFile } = await import("node:fs/promises");
  const facts = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined);
  return facts !== undefined && !/\) [ZX] /u.test(facts);
}
