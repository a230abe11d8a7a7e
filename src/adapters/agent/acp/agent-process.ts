import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import { LastWords } from "./last-words.js";

/** How long an agent that was asked to end may take before it is ended. */
const PATIENCE_MS = 2_000;
/** How long what an ended agent wrote may take to arrive. Something it started elsewhere can hold the pipe open for ever. */
const DRAIN_MS = 1_000;

export interface LaunchOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export type Launch =
  | { readonly kind: "started"; readonly process: AgentProcess }
  /** The system's error code, such as `ENOENT`. */
  | { readonly kind: "not-started"; readonly code: string };

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A running agent and whatever it starts, as one process group that ends together. */
export class AgentProcess {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly lastWords = new LastWords();
  /** Resolves once it has ended and all that it wrote has been read. */
  readonly gone: Promise<ProcessEnd>;
  readonly #child: Child;
  readonly #clock: Clock;
  #ended = false;
  #cancelKill = (): void => {};

  private constructor(child: Child, clock: Clock) {
    this.#child = child;
    this.#clock = clock;
    child.stderr.on("data", (chunk: Buffer) => { this.lastWords.hear(chunk); });
    // A pipe that breaks is the end of the agent, which is told by `gone`.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on("error", () => {});
    this.gone = new Promise((resolve) => {
      child.once("exit", () => { this.#exited(); });
      child.once("close", (code, signal) => { resolve({ code, signal }); });
    });
    this.stdin = Writable.toWeb(child.stdin) as WritableStream<Uint8Array>;
    this.stdout = Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>;
  }

  static start({ command, args, cwd, env, clock }: LaunchOptions): Promise<Launch> {
    return new Promise((resolve) => {
      const refused = (error: unknown): void => { resolve({ kind: "not-started", code: (error as { code?: string }).code ?? "unknown" }); };
      try {
        const child = spawn(command, args, {
          cwd, env, shell: false, windowsHide: true, stdio: ["pipe", "pipe", "pipe"],
          // A group of its own: the agent may be a script that starts the real one, and Ctrl-C is for the gateway, which lets runs end.
          detached: process.platform !== "win32",
        });
        child.once("error", refused);
        child.once("spawn", () => { resolve({ kind: "started", process: new AgentProcess(child, clock) }); });
      } catch (error) {
        refused(error);
      }
    });
  }

  /** Closes its input and asks it to end; ends it where it has not after two seconds. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#child.stdin.end();
      this.#signal("SIGTERM");
      this.#cancelKill();
      this.#cancelKill = this.#clock.callAt(after(this.#clock.now(), PATIENCE_MS), () => { this.kill(); });
    }
    await this.gone;
  }

  kill(): void {
    this.#signal("SIGKILL");
  }

  #exited(): void {
    // What it started may go on without it otherwise.
    this.#signal("SIGKILL");
    this.#ended = true;
    this.#cancelKill();
    const cancelDrain = this.#clock.callAt(after(this.#clock.now(), DRAIN_MS), () => {
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
    });
    void this.gone.then(cancelDrain);
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    const { pid } = this.#child;
    if (this.#ended || pid === undefined) return;
    try {
      if (process.platform === "win32") this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch (error) {
      // Nobody is left in the group, or only what has ended already.
      const { code } = error as { code?: string };
      if (code !== "ESRCH" && code !== "EPERM") throw error;
    }
  }
}
