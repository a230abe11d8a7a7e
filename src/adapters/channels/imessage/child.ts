import { spawn, type ChildProcessByStdio } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";

type Process = ChildProcessByStdio<Writable, Readable, Readable>;

/** How long imsg may take to end after its input did; it sends what it has taken on first. */
const PATIENCE_MS = 5_000;
/** How long what an ended program wrote may take to arrive: something that it started can hold the pipe open. */
const DRAIN_MS = 1_000;
/** No row is nearly as long. A program that is not imsg may write without end. */
const MAX_LINE = 8_388_608;
const KEPT_COMPLAINT = 4_096;
/** All that imsg, or ssh in its place, needs. The gateway's secrets stand in the environment too. */
const VARIABLES = ["HOME", "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "__CF_USER_TEXT_ENCODING"];

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly clock: Clock;
  readonly onLine: (line: string) => void;
}

export type Launch = { readonly kind: "started"; readonly child: Child } | { readonly kind: "not-started"; readonly code: string };

/** A program that is spoken to in lines, and whatever it starts: one process group that ends together. */
export class Child {
  /** Resolves once it has ended and all that it wrote was read. */
  readonly gone: Promise<void>;
  readonly #process: Process;
  readonly #clock: Clock;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #complaint = "";
  #hasEnded = false;
  #disarm = (): void => {};

  private constructor(child: Process, { clock, onLine }: ChildOptions) {
    this.#process = child;
    this.#clock = clock;
    this.#onLine = onLine;
    child.stdout.on("data", (chunk: Uint8Array) => { this.#read(chunk); });
    child.stderr.on("data", (chunk: Uint8Array) => { this.#complaint = (this.#complaint + new TextDecoder().decode(chunk)).slice(-KEPT_COMPLAINT); });
    // A pipe that breaks is the end of the program, which `gone` tells.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on("error", () => {});
    this.gone = new Promise((resolve) => {
      child.once("exit", () => { this.#exited(); });
      child.once("close", () => {
        this.#disarm();
        resolve();
      });
    });
  }

  static start(options: ChildOptions): Promise<Launch> {
    return new Promise((resolve) => {
      const refuse = (error: unknown): void => { resolve({ kind: "not-started", code: (error as { code?: string }).code ?? "unknown" }); };
      const env = Object.fromEntries(VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
      try {
        // A group of its own: it may be a script that starts imsg, and Ctrl-C is for the gateway, which ends it in order.
        const child = spawn(options.command, options.args, { env, shell: false, windowsHide: true, stdio: ["pipe", "pipe", "pipe"], detached: process.platform !== "win32" });
        child.once("error", refuse);
        child.once("spawn", () => { resolve({ kind: "started", child: new Child(child, options) }); });
      } catch (error) {
        refuse(error);
      }
    });
  }

  /** The end of what it wrote for people. May hold addresses: to be recognised, never to be repeated. */
  get complaint(): string {
    return this.#complaint;
  }

  /** `false` where the line can't have reached it. */
  write(line: string): boolean {
    const { stdin } = this.#process;
    if (this.#hasEnded || !stdin.writable) return false;
    stdin.write(`${line}\n`);
    return true;
  }

  /** Closes its input, which ends imsg, and ends it where it does not. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#hasEnded) {
      this.#process.stdin.end();
      this.#arm(PATIENCE_MS, () => {
        this.#signal("SIGTERM");
        this.#arm(PATIENCE_MS, () => { this.#signal("SIGKILL"); });
      });
    }
    await this.gone;
  }

  kill(): void {
    this.#signal("SIGKILL");
  }

  #read(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MAX_LINE) {
      this.#rest = "";
      this.kill();
      return;
    }
    for (const line of lines) if (line.trim() !== "") this.#onLine(line);
  }

  #exited(): void {
    // What it started may go on without it otherwise.
    this.#signal("SIGKILL");
    this.#hasEnded = true;
    this.#arm(DRAIN_MS, () => {
      this.#process.stdout.destroy();
      this.#process.stderr.destroy();
    });
  }

  #arm(ms: number, act: () => void): void {
    this.#disarm();
    this.#disarm = this.#clock.callAt(after(this.#clock.now(), ms), act);
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    const { pid } = this.#process;
    if (this.#hasEnded || pid === undefined) return;
    try {
      if (process.platform === "win32") this.#process.kill(signal);
      else process.kill(-pid, signal);
    } catch (error) {
      // Nobody is left in the group, or only what has ended already.
      const { code } = error as { code?: string };
      if (code !== "ESRCH" && code !== "EPERM") throw error;
    }
  }
}
