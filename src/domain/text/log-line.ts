import { fieldsOf, textOf } from "../foreign-fields.js";

const SUBSYSTEM = '{"subsystem":"gateway"}';

function recordOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/**
 * A line of the log as clients of January 2026 read one: its text under a number, its level and moment under `_meta`. They
 * show nothing of a line without. Its own members stay, for whoever exports it; what is no line of ours is left as it is.
 */
export function renderNumberedLogLine(line: string): string {
  const record = recordOf(line);
  const message = textOf(record?.["msg"]);
  if (record === undefined || message === undefined) return line;
  const { time, level, msg: _msg, ...rest } = record;
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const _meta = { name: SUBSYSTEM, ...(typeof level === "string" ? { logLevelName: level.toUpperCase() } : {}), ...(typeof time === "string" ? { date: time } : {}) };
  // A first number would be taken for the subsystem.
  return JSON.stringify({ ...record, 1: [message, ...facts].join(" "), _meta });
}
