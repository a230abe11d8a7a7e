import { readFile } from "node:fs/promises";

import { errorCode } from "./state-file-error.js";

/**
 * When a process started, in clock ticks since the machine did; `undefined` where that can't be known. Tells a process
 * from a later one with the same number.
 */
export async function startTimeOf(pid: number): Promise<number | undefined> {
  const fields = await statOf(pid);
  const ticks = Number(fields?.[19]);
  return Number.isSafeInteger(ticks) ? ticks : undefined;
}

/** Whether the process that had this number, and this start where one is known, still runs. In doubt it does. */
export async function isRunning({ pid, startTime }: { pid: number; startTime?: number }): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs as somebody else.
    if (errorCode(error) === "ESRCH") return false;
  }
  const fields = await statOf(pid);
  if (!fields) return true;
  // A zombie keeps its number until its parent asks after it, but holds nothing any more.
  if (fields[0] === "Z" || fields[0] === "X") return false;
  return startTime === undefined || startTime === Number(fields[19]);
}

/** The fields of Linux's `/proc/<pid>/stat` from the third (state) on: the second, the name, may itself contain blanks and brackets. */
async function statOf(pid: number): Promise<readonly string[] | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
