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
  /** Asks another process to end; `false` where there is none or it is not ours. */
  terminate(pid: number): boolean;
  /** Ends this process at once, whatever is still open. */
  abandon(code: number): void;
}

export function processHost(): ProcessHost {
  // A reader that went away (`openclaw gateway | head`) must not take the gateway down.
  for (const stream of [process.stdout, process.stderr]) if (stream.listenerCount("error") === 0) stream.on("error", () => {});
  return {
    env: process.env,
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
