import { isRecord } from "../../shared/schema/kind.js";

export const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogLine {
  readonly nth: number;
  readonly raw: string;
  readonly level: Level;
  /** As the log has it, or as this browser says it where it is a number. */
  readonly time: string;
  readonly message: string;
  /** What else the line has. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const HEAD = new Set(["level", "time", "ts", "msg", "message", "pid", "hostname", "v"]);

/** One line of the log. What is no JSON is a message on its own. */
export function parseLine(raw: string, nth: number): LogLine {
  const plain: LogLine = { nth, raw, level: "info", time: "", message: raw, fields: [] };
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw);
  } catch {
    return plain;
  }
  if (!isRecord(parsed)) return plain;
  return {
    nth,
    raw,
    level: levelOf(parsed["level"]),
    time: timeOf(parsed["time"] ?? parsed["ts"]),
    message: String(parsed["msg"] ?? parsed["message"] ?? ""),
    fields: Object.entries(parsed).filter(([name]) => !HEAD.has(name)).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  };
}

/** Names, or pino's numbers. */
function levelOf(value: unknown): Level {
  if (typeof value === "number") return LEVELS[Math.min(LEVELS.length - 1, Math.max(0, Math.floor(value / 10) - 1))] ?? "info";
  return LEVELS.find((level) => level === value) ?? "info";
}

function timeOf(value: unknown): string {
  const at = typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? "" : new Date(at).toLocaleTimeString("en-GB", { hour12: false });
}

export const isAtLeast = (line: LogLine, least: string): boolean => LEVELS.indexOf(line.level) >= LEVELS.findIndex((level) => level === least);
