import { crc32 } from "node:zlib";

import { isJsonObject } from "./json-object.js";

const SUM_LENGTH = 8;
const BLANK = 0x20;
const NEWLINE = 0x0a;
const VERSION = 1;

/** A key with its new value, or alone where it goes. */
export type RecordChange = readonly [key: string, value: unknown] | readonly [key: string];

/** A value as JSON under its key, as part of a line. */
export const renderSet = (key: string, json: string): string => `[${JSON.stringify(key)},${json}]`;

export const renderRemoval = (key: string): string => `[${JSON.stringify(key)}]`;

/**
 * A line of a log of records: `<CRC-32 of the rest, hex> <JSON>`. What is written at once is one line, so that a crash
 * leaves all of it or none, and no line break stands anywhere but at its end.
 */
export const renderLine = (changes: readonly string[]): Buffer => seal(`[${changes.join(",")}]`);

/** The first line. */
export const renderHeader = (): Buffer => seal(JSON.stringify({ type: "records", version: VERSION }));

/** The JSON value of a line without its end, or `undefined` if it is not as it was written. */
export function parseLine(line: Buffer): unknown {
  if (line[SUM_LENGTH] !== BLANK) return undefined;
  const json = line.subarray(SUM_LENGTH + 1);
  if (line.toString("latin1", 0, SUM_LENGTH) !== sumOf(json)) return undefined;
  try {
    return JSON.parse(json.toString("utf8"));
  } catch {
    return undefined;
  }
}

export const isHeader = (value: unknown): boolean => isJsonObject(value) && value["type"] === "records" && value["version"] === VERSION;

/** The changes of a line, in their order; `undefined` for a value that is none. */
export function parseChanges(value: unknown): readonly RecordChange[] | undefined {
  return Array.isArray(value) && value.every(isChange) ? value : undefined;
}

const isChange = (value: unknown): value is RecordChange => Array.isArray(value) && typeof value[0] === "string" && value.length <= 2;

const sumOf = (bytes: Buffer): string => crc32(bytes).toString(16).padStart(SUM_LENGTH, "0");

function seal(json: string): Buffer {
  const end = SUM_LENGTH + 1 + Buffer.byteLength(json);
  const line = Buffer.allocUnsafe(end + 1);
  line.write(json, SUM_LENGTH + 1);
  line.write(`${sumOf(line.subarray(SUM_LENGTH + 1, end))} `, "latin1");
  line[end] = NEWLINE;
  return line;
}
