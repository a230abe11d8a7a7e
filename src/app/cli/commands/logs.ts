import { setTimeout as delay } from "node:timers/promises";
import type { GatewayClient } from "../../../client/index.js";
import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, EXIT, type CliIo } from "../io.js";
import { cell, printLine, renderJson } from "../output.js";

interface LogsFlags extends ConnectionFlags {
  readonly limit?: number;
  readonly follow?: boolean;
  readonly interval?: number;
}

const DEFAULT_LINES = 200;
const FOLLOW_EVERY_MS = 1000;

export async function run(io: CliIo, flags: LogsFlags): Promise<number> {
  return await withGateway(io, flags, async (client, timeoutMs) => {
    const first = await client.call("logs.tail", { limit: flags.limit ?? DEFAULT_LINES }, { timeoutMs });
    print(io, flags, first.lines);
    return flags.follow ? await follow(io, flags, { client, timeoutMs, cursor: first.cursor }) : EXIT.ok;
  });
}

async function follow(io: CliIo, flags: LogsFlags, from: { client: GatewayClient; timeoutMs: number; cursor: number }): Promise<number> {
  const { client, timeoutMs } = from;
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  void client.closed.then(() => stop.abort());
  let { cursor } = from;
  try {
    while (await pause(flags.interval ?? FOLLOW_EVERY_MS, stop.signal)) {
      const page = await client.call("logs.tail", { cursor }, { timeoutMs });
      if (page.reset) printLine(io.stderr, "(the log was started anew)");
      if (page.truncated) printLine(io.stderr, "(lines were left out)");
      print(io, flags, page.lines);
      ({ cursor } = page);
    }
  } finally {
    release();
  }
  return await ended(client);
}

/** Ctrl-C is the way to end this, and no failure; a gateway that went away is one. */
async function ended(client: GatewayClient): Promise<number> {
  const ending = await Promise.race([client.closed, Promise.resolve(undefined)]);
  if (!ending) return EXIT.ok;
  throw new CliFailure(`The gateway hung up (${ending.code}).`, { exitCode: EXIT.tryAgain, code: "CLOSED" });
}

const pause = async (ms: number, signal: AbortSignal): Promise<boolean> =>
  await delay(ms, true, { signal }).catch(() => false);

function print(io: CliIo, flags: LogsFlags, lines: readonly string[]): void {
  for (const line of lines) printLine(io.stdout, flags.json ? jsonLine(line) : humanLine(line));
}

const parseRecord = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** One JSON object a line, whatever the log holds. */
const jsonLine = (line: string): string => renderJson(parseRecord(line) ?? { line }).replace(/\n\s*/g, " ");

const LEVELS: Readonly<Record<number, string>> = { 10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARN", 50: "ERROR", 60: "FATAL" };

function humanLine(line: string): string {
  const record = parseRecord(line);
  if (!record) return cell(line, 2000);
  const { time, level, msg, pid: _pid, hostname: _hostname, ...rest } = record;
  const moment = typeof time === "number" || typeof time === "string" ? new Date(time) : undefined;
  const clock = moment && Number.isFinite(moment.getTime()) ? moment.toISOString() : "-";
  const name = typeof level === "number" ? (LEVELS[level] ?? String(level)) : cell(level).toUpperCase();
  const fields = Object.entries(rest).map(([key, value]) => `${cell(key)}=${cell(typeof value === "object" ? JSON.stringify(value) : value, 300)}`);
  return [clock, name.padEnd(5), cell(msg, 2000), ...fields].join(" ");
}
