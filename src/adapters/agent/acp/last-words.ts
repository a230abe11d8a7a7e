import { Buffer } from "node:buffer";

/** Enough for the last line of a stack trace; the rest of what an agent prints is nobody's business. */
const KEPT_BYTES = 4_096;
const LIMIT = 200;
const TERMINAL_COLOURS = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;?]*[ -/]*[@-~]`, "gu");
const MARK = "[redacted]";
const KEY_SHAPES: readonly RegExp[] = [/\b(?:sk|pk|ghp|gho|xox[abp]|key|token)[-_][\w-]{8,}/giu, /\b(?:bearer|basic)\s+[\w.~+/=-]{6,}/giu];

/** The end of what a process wrote to its standard error, and no more of it than that. */
export class LastWords {
  #kept = Buffer.alloc(0);

  hear(chunk: Uint8Array): void {
    const recent = chunk.subarray(-KEPT_BYTES);
    this.#kept = Buffer.concat([this.#kept.subarray(Math.min(this.#kept.length, Math.max(0, this.#kept.length + recent.length - KEPT_BYTES))), recent]);
  }

  /** The last line that says anything; empty where there is none. */
  line(): string {
    const lines = this.#kept.toString("utf8").split(/[\r\n]+/u);
    return lines.findLast((line) => line.trim() !== "")?.trim() ?? "";
  }
}

/**
 * An agent's text made fit for a sentence: given secrets and keys of well-known shapes replaced, control and formatting
 * characters removed, at most 200 UTF-16 units.
 */
export const cleanText = (text: string, secrets: readonly string[]): string => {
  let clean = text.slice(0, KEPT_BYTES)
    // First, since without their escape character the rest of them would stay behind as text.
    .replace(TERMINAL_COLOURS, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replace(/\p{Cf}+/gu, "");
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, MARK);
  for (const shape of KEY_SHAPES) clean = clean.replace(shape, MARK);
  clean = clean.replace(/\s+/gu, " ").trim();
  // Not between the halves of a surrogate pair.
  return clean.length <= LIMIT ? clean : `${clean.slice(0, LIMIT - 1).replace(/[\uD800-\uDBFF]$/u, "")}…`;
};
