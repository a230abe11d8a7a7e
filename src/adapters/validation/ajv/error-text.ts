import type { ErrorObject } from "ajv";

const MAX_TEXT_LENGTH = 1_000;
const MAX_NAME_LENGTH = 120;

/**
 * `at <path>: <message>` for each error, once, joined with `; `. The path is a JSON pointer, `root` for the whole value.
 * Paths and keys come from the peer: they are cut, and their control and format characters are written as escapes.
 */
export function renderErrors(errors: readonly ErrorObject[]): string {
  const parts = new Set<string>();
  let length = 0;
  for (const error of errors) {
    const part = `at ${plain(error.instancePath) || "root"}: ${messageOf(error)}`;
    if (parts.has(part)) continue;
    length += part.length + 2;
    if (length > MAX_TEXT_LENGTH && parts.size > 0) return `${[...parts].join("; ")}; …`;
    parts.add(part);
  }
  return parts.size > 0 ? [...parts].join("; ") : "at root: invalid";
}

function messageOf(error: ErrorObject): string {
  const params: Readonly<Record<string, unknown>> = error.params;
  const unexpected = params["additionalProperty"] ?? params["unevaluatedProperty"];
  if (typeof unexpected === "string") return `unexpected property '${plain(unexpected)}'`;
  return error.message ?? "invalid";
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/gu;

function plain(text: string): string {
  const cut = text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH)}…` : text;
  return cut.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
