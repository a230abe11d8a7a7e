import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";

/** A variable that everything which a run starts inherits, so that what hides from its group is found all the same. */
export const MARK = "OPENCLAW_NODE_RUN";

const ROUNDS = 5;

/** Asks a run's processes to end. */
export function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (process.platform === "win32") process.kill(pid, signal);
    else process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

/**
 * Ends all of them, those that left the group as well: on Linux by the mark that they carry, on Windows as the children
 * of their parents. Elsewhere what left its group goes on.
 */
export async function killTree(pid: number, mark: string): Promise<void> {
  if (process.platform === "win32") return killWindowsTree(pid);
  signalGroup(pid, "SIGKILL");
  if (process.platform !== "linux") return;
  // One that is just forking may be missed once.
  for (let round = 0; round < ROUNDS; round += 1) {
    const marked = await markedProcesses(mark);
    if (marked.length === 0) return;
    for (const one of marked) killOne(one);
  }
}

async function markedProcesses(mark: string): Promise<readonly number[]> {
  const wanted = `${MARK}=${mark}\0`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
  const carries = await Promise.all(pids.map(async (pid) => {
    // Those of others can't be read, and one may end meanwhile.
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    return environment.includes(wanted);
  }));
  return pids.filter((_, nth) => carries[nth]).map(Number);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

const killWindowsTree = (pid: number): Promise<void> =>
  new Promise((resolve) => {
    const killer = spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true });
    killer.once("error", () => resolve());
    killer.once("close", () => resolve());
  });
