import JSON5 from "json5";
import type { ConfigIssue } from "../../../ports/config-source.js";

/** Parses JSON5. What is wrong with it says where, and never quotes the text, which may be a secret. */
export function parseText(raw: string, issues: ConfigIssue[]): unknown {
  if (raw.trim() === "") {
    issues.push({ path: "", message: "The file is empty: write {} for the defaults, or remove it." });
    return {};
  }
  try {
    return JSON5.parse<unknown>(raw);
  } catch (error) {
    // The parser's own message quotes the text around the error.
    const { lineNumber, columnNumber } = error as { lineNumber?: number; columnNumber?: number };
    const at = lineNumber === undefined ? "" : ` at line ${lineNumber}, column ${columnNumber ?? 0}`;
    issues.push({ path: "", message: `The file is not valid JSON5${at}.` });
    return {};
  }
}
