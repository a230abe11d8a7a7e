import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The program as `npm run build` leaves it: `npm run check` builds before it tests. */
export const PROGRAM = new URL("../../dist/bin/openclaw.mjs", import.meta.url).pathname;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Daemon {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly stateDir: string;
  /** Every line it printed so far. */
  readonly lines: readonly string[];
  stderr(): string;
  /** Runs a command of the CLI against it, on the same state folder. */
  run(...args: string[]): Promise<Finished>;
  /** Sends the signal (SIGTERM without one) and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const cleanEnv = (extra: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  ...extra,
});

/** Without a umask of its own it gets that of the tests. */
const spawnProgram = (args: readonly string[], env: Readonly<Record<string, string>>, umask: string | undefined) => {
  const options = { env: cleanEnv(env), stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"] };
  const command = [process.execPath, PROGRAM, ...args] as const;
  if (umask === undefined) return spawn(command[0], command.slice(1), options);
  return spawn("/bin/sh", ["-c", 'umask "$0" && exec "$@"', umask, ...command], options);
};

export async function runProgram(args: readonly string[], env: Readonly<Record<string, string>>, { umask }: { umask?: string } = {}): Promise<Finished> {
  const child = spawnProgram(args, env, umask);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** A gateway in a process of its own, on a free port and a state folder of its own, which goes with it. */
export async function startDaemon(given: { config?: unknown; env?: Record<string, string>; stateDir?: string; umask?: string } = {}): Promise<Daemon> {
  const stateDir = given.stateDir ?? (await mkdtemp(join(tmpdir(), "gateway-")));
  if (given.config !== undefined) await writeFile(join(stateDir, "openclaw.json"), JSON.stringify(given.config), { mode: 0o600 });
  const env = { HOME: stateDir, OPENCLAW_STATE_DIR: stateDir, ...given.env };
  const child = spawnProgram(["gateway", "--port", "0"], env, given.umask);
  const lines: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]) => code as number | null);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      const entry = JSON.parse(line) as { msg?: string; url?: string };
      if (entry.msg === "gateway ready" && entry.url !== undefined) resolve(entry.url);
    });
    void ended.then((code) => reject(new Error(`the gateway ended with ${code} before it was ready: ${stderr}`)));
  });
  const port = Number(new URL(url).port);
  return {
    url,
    port,
    pid: child.pid ?? 0,
    stateDir,
    lines,
    stderr: () => stderr,
    run: (...args) => runProgram(args, { ...env, OPENCLAW_GATEWAY_PORT: String(port) }, given.umask === undefined ? {} : { umask: given.umask }),
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      const code = await ended;
      if (given.stateDir === undefined) await rm(stateDir, { recursive: true, force: true });
      return code;
    },
  };
}
