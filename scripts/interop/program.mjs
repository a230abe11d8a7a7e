import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** The other side takes half a minute to start on a busy machine. */
const PATIENCE_MS = 180_000;
const running = new Set();
// What was started ends with this, also where it fails.
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A program in the foreground. `line` resolves with the first line that fits, said already or still to come. */
export function startProgram(program, args, env) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const lines = [];
  const hearers = new Set();
  for (const out of [child.stdout, child.stderr]) createInterface({ input: out }).on("line", (line) => {
    lines.push(line);
    for (const hear of hearers) hear(line);
  });
  const closed = once(child, "close").then(([code]) => (running.delete(child), code));
  const line = (pattern) => new Promise((resolve, reject) => {
    const said = lines.map((text) => pattern.exec(text)).find((match) => match !== null);
    if (said) return resolve(said);
    const end = setTimeout(() => (hearers.delete(hear), reject(new Error(`it never said ${pattern}, but:\n${lines.slice(-20).join("\n")}`))), PATIENCE_MS);
    const hear = (text) => {
      const match = pattern.exec(text);
      if (!match) return;
      clearTimeout(end);
      hearers.delete(hear);
      resolve(match);
    };
    hearers.add(hear);
  });
  const stop = (signal = "SIGTERM") => (child.kill(signal), closed);
  return { lines, line, closed, stop };
}

/** What `look` finds, looked for until it is there. */
export async function until(what, look, patienceMs = PATIENCE_MS) {
  for (const began = Date.now(); Date.now() - began < patienceMs; await pause(150)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`never: ${what}`);
}
