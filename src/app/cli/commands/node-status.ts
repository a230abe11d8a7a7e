import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { textOf, fieldsOf } from "../../../domain/foreign-fields.js";
import type { JsonFlag } from "../flags.js";
import { CliFailure, EXIT, type CliIo } from "../io.js";
import { at, stateDirOf } from "../local-config.js";
import { cell, duration, printJson, printLine } from "../output.js";

/** What the node of this host left behind about itself, and whether it runs. */
export async function run(io: CliIo, flags: JsonFlag): Promise<number> {
  const folder = join(stateDirOf(io), "node");
  const memo = fieldsOf(await jsonAt(join(folder, "node.json")));
  if (!memo) throw new CliFailure("No node has run on this state folder yet.", { code: "NO_NODE", hints: ["Run one with: openclaw node run"] });
  const pid = await runningPid(join(folder, "node.lock"));
  const isRunning = pid !== undefined;
  if (flags.json) printJson(io.stdout, { ...memo, running: isRunning, ...(isRunning ? { pid } : {}) });
  else for (const [label, text] of linesOf(io, memo, pid)) printLine(io.stdout, `${label.padEnd(10)} ${text}`);
  return isRunning && at(memo, "state", "kind") === "open" ? EXIT.ok : EXIT.failed;
}

function linesOf(io: CliIo, memo: Readonly<Record<string, unknown>>, pid: number | undefined): readonly (readonly [string, string])[] {
  const command = textOf(at(memo, "state", "command")) ?? textOf(at(memo, "state", "hint"));
  const commands = Array.isArray(memo["commands"]) ? memo["commands"].map(String).join(", ") : "";
  return [
    ["node", `${cell(memo["displayName"], 80)} (${cell(memo["nodeId"], 64)})`],
    ["process", pid === undefined ? "not running" : `running (pid ${pid})`],
    ["gateway", cell(memo["url"], 200)],
    ["state", pid === undefined ? "-" : `${SAID[String(at(memo, "state", "kind"))] ?? "unknown"}${sinceOf(io, memo["atMs"])}`],
    ["offers", commands === "" ? "-" : cell(commands, 1_000)],
    ...(command === undefined ? [] : [["next", cell(command, 300)] as const]),
  ];
}

const SAID: Readonly<Record<string, string>> = {
  connecting: "connecting",
  "awaiting-approval": "waiting for approval",
  open: "connected",
  waiting: "not connected; it tries again",
  paused: "stopped: somebody has to do something first",
  closed: "ended",
};

const sinceOf = (io: CliIo, atMs: unknown): string => (typeof atMs === "number" ? ` for ${duration(io.now() - atMs)}` : "");

async function jsonAt(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** Whoever holds the folder's lock, if that process is there. */
async function runningPid(path: string): Promise<number | undefined> {
  const pid = at(await jsonAt(path), "pid");
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM" ? pid : undefined;
  }
}
