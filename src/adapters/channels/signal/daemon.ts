import { spawn, type ChildProcess } from "node:child_process";
import process from "node:process";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import type { SupervisedDaemon } from "./config.js";
import type { Setback } from "./failures.js";
import { waitFor } from "../pause.js";

/** A Java program with databases to open, on a small machine. */
const STARTUP_MS = 90_000;
const POLL_MS = 500;
/** How long a daemon that was asked to end may take before it is ended. */
const PATIENCE_MS = 4_000;
const MAX_HEARD_CHARS = 8_192;
/** What signal-cli and the Java under it need. The rest of the gateway's environment, its secrets among it, is not theirs. */
const PASSED_ON = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|JAVA_\w+|JDK_\w+|SIGNAL_CLI_\w+|XDG_\w+|SystemRoot|TEMP|TMP|USERPROFILE|APPDATA|LOCALAPPDATA|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)$/u;

/** What it said before it ended, as far as it is known what to do. Its own words may name people, and go nowhere. */
const HINTS: readonly (readonly [RegExp, Setback["trouble"], string])[] = [
  [/UnsupportedClassVersionError|Unsupported class file/u, "bug", "needs a newer Java; signal-cli's release notes say which"],
  [/java: (?:command )?not found|JAVA_HOME is not set/iu, "bug", "needs Java; install it where the gateway runs"],
  [/Address already in use|BindException/iu, "conflict", "found its port taken; stop what listens there, or set httpPort"],
  [/in use by another instance|is in use, waiting|Failed to lock/iu, "conflict", "found its accounts in use by another signal-cli; stop that one, or connect to it with httpUrl"],
];

interface Child {
  readonly process: ChildProcess;
  readonly gone: Promise<void>;
  heard: string;
  ended?: { readonly code: number | null };
}

/** Those that are kept now, by what they are started with: two accounts of a gateway have one daemon, since two would lock each other out. */
const keepers = new Map<string, DaemonKeeper>();

/** A signal-cli of the gateway's own: started where none runs, started again where it ended, stopped with the last who holds it. */
export class DaemonKeeper {
  readonly #key: string;
  readonly #daemon: SupervisedDaemon;
  readonly #clock: Clock;
  #holders = 0;
  #child: Child | undefined;
  #starting: Promise<Setback | undefined> | undefined;
  #stopping: Promise<void> = Promise.resolve();

  private constructor(key: string, daemon: SupervisedDaemon, clock: Clock) {
    this.#key = key;
    this.#daemon = daemon;
    this.#clock = clock;
  }

  /** To be released as often as it was held. */
  static hold(daemon: SupervisedDaemon, clock: Clock): DaemonKeeper {
    const { cliPath, host, port, configPath } = daemon;
    const key = JSON.stringify([cliPath, host, port, configPath]);
    const keeper = keepers.get(key) ?? new DaemonKeeper(key, daemon, clock);
    keepers.set(key, keeper);
    keeper.#holders += 1;
    return keeper;
  }

  /** Whether it is the gateway's own process that runs. */
  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.ended === undefined;
  }

  /** Resolves once a daemon answers, or with what stands in the way. @param check whether one answers */
  ensure(check: () => Promise<boolean>, cancel: Cancel): Promise<Setback | undefined> {
    this.#starting ??= this.#start(check, cancel).finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Lets go; whoever is the last ends it, by the deadline at the latest. Resolves when it is gone. */
  async release(deadline: EpochMs): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return this.#stopping;
    keepers.delete(this.#key);
    this.#stopping = this.#stop(deadline);
    await this.#stopping;
  }

  async #start(check: () => Promise<boolean>, cancel: Cancel): Promise<Setback | undefined> {
    // One that a gateway left behind which was killed, or that somebody else started, is as good.
    if (await check()) return undefined;
    if (cancel.aborted) return SLOW;
    if (!this.isRunning) {
      const code = await this.#spawn();
      if (code !== undefined) return unstartable(this.#daemon.cliPath, code);
    }
    const until = after(this.#clock.now(), STARTUP_MS);
    while (this.#clock.now() < until && !cancel.aborted) {
      if (!this.isRunning) return this.#lastWords();
      if (await check()) return undefined;
      await waitFor(this.#child?.gone ?? Promise.resolve(), this.#clock, after(this.#clock.now(), POLL_MS), cancel);
    }
    return SLOW;
  }

  /** The system's code for why it can't be started; `undefined` where it was. */
  #spawn(): Promise<string | undefined> {
    const { cliPath, host, port, configPath, ignoreStories } = this.#daemon;
    const args = [
      ...(configPath === undefined ? [] : ["--config", configPath]),
      // Without "-a": only so can accounts be linked. By "on-connection", Signal keeps what comes while the gateway is away.
      "daemon", "--http", `${host}:${port}`, "--receive-mode", "on-connection", "--no-receive-stdout",
      ...(ignoreStories ? ["--ignore-stories"] : []),
    ];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
    return new Promise((resolve) => {
      const refused = (error: unknown): void => resolve((error as { code?: string }).code ?? "unknown");
      try {
        // A group of its own: signal-cli is a script that starts Java, and Ctrl-C is for the gateway.
        const started = spawn(cliPath, args, { env, shell: false, windowsHide: true, stdio: ["ignore", "pipe", "pipe"], detached: process.platform !== "win32" });
        started.once("error", refused);
        started.once("spawn", () => {
          this.#adopt(started);
          resolve(undefined);
        });
      } catch (error) {
        refused(error);
      }
    });
  }

  #adopt(started: ChildProcess): void {
    const gone = new Promise<void>((resolve) => {
      started.once("exit", (code) => {
        child.ended = { code };
        // What the script started may go on without it otherwise.
        signal(started, "SIGKILL");
        resolve();
      });
    });
    const child: Child = { process: started, gone, heard: "" };
    for (const pipe of [started.stdout, started.stderr]) {
      pipe?.on("error", () => undefined);
      pipe?.on("data", (chunk: Buffer) => { child.heard = `${child.heard}${chunk.toString("utf8")}`.slice(-MAX_HEARD_CHARS); });
    }
    this.#child = child;
    // Whoever wanted it has left while it began.
    if (this.#holders <= 0) signal(started, "SIGKILL");
  }

  #lastWords(): Setback {
    const { ended, heard = "" } = this.#child ?? {};
    const [, trouble = "network", hint] = HINTS.find(([says]) => says.test(heard)) ?? [];
    const how = ended?.code === null ? "by a signal" : `with code ${ended?.code ?? "unknown"}`;
    return { state: "backing-off", trouble, message: `signal-cli ended ${how}${hint === undefined ? "; it is started again by itself. If this goes on, run its daemon by hand to see why" : `: it ${hint}`}.` };
  }

  async #stop(deadline: EpochMs): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.ended !== undefined) return;
    signal(child.process, "SIGTERM");
    const now = this.#clock.now();
    await waitFor(child.gone, this.#clock, Math.min(deadline, after(now, PATIENCE_MS)) as EpochMs);
    if (child.ended === undefined) signal(child.process, "SIGKILL");
    await child.gone;
  }
}

const SLOW: Setback = { state: "backing-off", trouble: "network", message: "signal-cli runs and does not answer yet; it is waited for." };

const unstartable = (cliPath: string, code: string): Setback => ({
  state: "needs-operator", trouble: "bug",
  message: code === "ENOENT"
    ? `There is no program ${JSON.stringify(cliPath.slice(-120))}: install signal-cli and set cliPath to where it is, or connect to a daemon that runs with httpUrl; then restart the channel.`
    : `The program of cliPath cannot be started (${code}): make it executable for the gateway's user, and restart the channel.`,
});

function signal(child: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // Nobody is left in the group.
  }
}
