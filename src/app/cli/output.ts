import { printable } from "../../domain/text/printable.js";
import type { Sink } from "./io.js";

/** JSON for people and programs. C1 controls and bidi overrides are escaped: JSON allows them bare, terminals obey them. */
export function renderJson(value: unknown): string {
  const text = JSON.stringify(value ?? null, null, 2);
  return text.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export const printJson = (sink: Sink, value: unknown): void => void sink.write(`${renderJson(value)}\n`);

export const printLine = (sink: Sink, text = ""): void => void sink.write(`${text}\n`);

/** An agent's text with its line breaks and its script, but without what a terminal would obey. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
export const terminalText = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");

/** A cell's text: one line, at most `max` characters, `-` where there is nothing. */
export function cell(value: unknown, max = 40): string {
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
  return printable(text, max) || "-";
}

/** The beginning of a device's id: enough for people, and for commands that take one. */
export const shortId = (id: string): string => cell(id.slice(0, 12), 12);

/** Rows under headings, in columns. Cells must have been made with {@link cell}. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const render = (row: readonly string[]): string =>
    row.map((text, column) => (column === row.length - 1 ? text : text.padEnd(widths[column] ?? 0))).join("  ").trimEnd();
  return [headings, ...rows].map((row) => `${render(row)}\n`).join("");
}

/** `12 s`, `5 min`, `3 h`, `2 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
