import { spawn, type ChildProcess } from "node:child_process";
import type { ServiceNotifier } from "../../../ports/service-notifier.js";

export interface SystemdNotifierOptions {
  /** `NOTIFY_SOCKET` as systemd gave it. */
  readonly socket: string;
  /** Where `systemd-notify` and the shell are looked for. */
  readonly path: string;
  /** How long systemd waits for a sign of life; none is sent without it. */
  readonly watchdogMs?: number;
  /** Hears once when systemd can't be told anything. A whole sentence. */
  readonly problem: (message: string) => void;
  /** Does something again and again, until the result is called. */
  readonly every?: (ms: number, work: () => void) => () => void;
}

/**
 * systemd listens on a datagram socket of the Unix domain, which Node cannot open. `systemd-notify` can, but a program of
 * this size takes tens of milliseconds to fork, during which nobody is served; and the watchdog wants to hear of us
 * every twenty seconds. So one shell is started while we are small, and forks for us: a sign of life is one line to it.
 * It ends when we do, whatever ended us.
 */
const RELAY = 'while IFS= read -r line; do systemd-notify "$line" || exit 1; done';

const LAST_WORDS_MS = 1_000;

/** Three signs of life in the time of one: two may be late or lost. */
const SIGNS = 3;

/** Not by the gateway's clock: that is the wall's, and while somebody sets it back an hour, no sign of life may stay away. */
const byTimer = (ms: number, work: () => void): (() => void) => {
  const timer = setInterval(work, ms);
  timer.unref();
  return () => clearInterval(timer);
};

/** Speaks to systemd's `sd_notify` interface. The unit needs `NotifyAccess=all`: it is a child that speaks. */
export class SystemdNotifier implements ServiceNotifier {
  readonly #options: SystemdNotifierOptions;
  #relay: ChildProcess | undefined;
  #stopSigns: (() => void) | undefined;
  #isMute = false;
  #isTold = false;

  constructor(options: SystemdNotifierOptions) {
    this.#options = options;
  }

  ready(status: string): void {
    this.#say(`STATUS=${status.replace(/\s+/g, " ")}`);
    this.#say("READY=1");
    const { watchdogMs, every = byTimer } = this.#options;
    if (watchdogMs === undefined) return;
    // From the loop's own timer: a loop that stands still is what the watchdog is there for.
    this.#stopSigns ??= every(watchdogMs / SIGNS, () => this.#say("WATCHDOG=1"));
  }

  reloading(): void {
    this.#say("RELOADING=1");
  }

  stopping(): void {
    this.#say("STOPPING=1");
  }

  async close(): Promise<void> {
    this.#stopSigns?.();
    const relay = this.#relay;
    if (relay === undefined) return;
    this.#isMute = true;
    const gone = new Promise((resolve) => relay.once("exit", resolve));
    relay.stdin?.end();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([gone, new Promise((resolve) => {
      late = setTimeout(resolve, LAST_WORDS_MS);
    })]);
    clearTimeout(late);
    relay.kill("SIGKILL");
  }

  #say(line: string): void {
    if (this.#isMute) return;
    this.#relay ??= this.#start();
    this.#relay.stdin?.write(`${line}\n`);
  }

  #start(): ChildProcess {
    const { socket, path } = this.#options;
    const relay = spawn("/bin/sh", ["-c", RELAY], { env: { NOTIFY_SOCKET: socket, PATH: path }, stdio: ["pipe", "ignore", "ignore"] });
    // It must not keep a gateway alive that has ended.
    relay.unref();
    relay.stdin.on("error", () => undefined);
    relay.once("error", () => this.#lost());
    relay.once("exit", () => this.#lost());
    return relay;
  }

  /** Whatever took the shell away: the next sign starts another. */
  #lost(): void {
    if (this.#isMute) return;
    this.#relay = undefined;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.problem("systemd could not be told how the gateway is: systemd-notify does not run. Where it is missing, openclaw gateway install --force makes a unit that does without.");
  }
}
