import { hostname, networkInterfaces } from "node:os";
import process from "node:process";

export type StopSignal = "SIGTERM" | "SIGINT";

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** All that the daemon touches of its process, so that it can run inside of a test. */
export interface ProcessHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly hostname: string;
  addresses(): readonly string[];
  /** Hears SIGTERM and SIGINT; the result stops listening. The only place where signals are handled. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Hears SIGUSR1, which asks to begin anew with what is configured now; the result stops listening. */
  onReload(listener: () => void): () => void;
  /** Asks another process to end; `false` where there is none or it is not ours. */
  terminate(pid: number): boolean;
  /** Ends this process at once, whatever is still open. */
  abandon(code: number): void;
}

export function processHost(): ProcessHost {
  // A reader that went away (`openclaw gateway | head`) must not take the gateway down.
  for (const stream of [process.stdout, process.stderr]) if (stream.listenerCount("error") === 0) stream.on("error", () => {});
  const env = { ...process.env };
  // What the gateway starts must not speak for it.
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete process.env[name];
  return {
    env,
    pid: process.pid,
    stdout: process.stdout,
    stderr: process.stderr,
    hostname: hostname(),
    addresses: () => Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address)),
    onSignal(listener) {
      process.on("SIGTERM", listener);
      process.on("SIGINT", listener);
      return () => {
        process.off("SIGTERM", listener);
        process.off("SIGINT", listener);
      };
    },
    onReload(listener) {
      // Without a listener, Node answers this signal by opening its debugger.
      process.on("SIGUSR1", listener);
      return () => process.off("SIGUSR1", listener);
    },
    terminate(pid) {
      try {
        return process.kill(pid, "SIGTERM");
      } catch {
        return false;
      }
    },
    abandon: (code) => process.exit(code),
  };
}
