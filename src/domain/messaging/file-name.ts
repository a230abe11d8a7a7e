import { printable } from "../text/printable.js";

const MAX_LENGTH = 120;
/** The end of a path decides, so a longer one is cut in front. */
const MAX_READ = 1_024;

/**
 * A file name that a stranger chose, fit to be shown and to be saved by whoever receives the file: one path segment of
 * at most 120 UTF-16 units that is not hidden, without what Windows forbids and without characters that nobody sees
 * (so that an ending cannot be reversed). The ending survives the cut. `fallback` where nothing is left.
 */
export function safeFileName(name: string, fallback: string): string {
  const segment = printable(name.slice(-MAX_READ), MAX_READ).replace(/^.*[/\\]/su, "");
  // Windows drops dots and spaces at the end, and with them what a name seemed to end in. Looking back keeps it linear.
  const plain = segment.replace(/[<>:"|?*]/gu, "_").replace(/^[.\s]+|(?<![.\s])[.\s]+$/gu, "");
  if (plain === "") return fallback;
  if (plain.length <= MAX_LENGTH) return plain;
  const ending = /\.[^. ]{1,16}$/u.exec(plain)?.[0] ?? "";
  return `${plain.slice(0, MAX_LENGTH - ending.length).replace(/[.\s\p{Cs}]+$/u, "")}${ending}`;
}
