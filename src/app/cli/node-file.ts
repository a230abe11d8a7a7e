import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { CliFailure } from "./io.js";

const FORMAT = /^[a-z0-9]{1,8}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What a node sent of a picture, a film or a page, written to a file. */
export interface SavedFile {
  readonly path: string;
  readonly bytes: number;
}

interface Saving {
  readonly command: string;
  readonly nodeName: string;
  readonly now: number;
  /** Where to; a name of its own in the working folder without it. */
  readonly out?: string;
}

/** Writes the base64 of an answer. The node decides neither the name nor the place. */
export async function saveAnswer(payload: unknown, { command, nodeName, now, out }: Saving): Promise<SavedFile> {
  const { base64, format } = (payload ?? {}) as { base64?: unknown; format?: unknown };
  if (typeof base64 !== "string" || !BASE64.test(base64) || base64.length % 4 !== 0) throw new CliFailure("The node's answer holds no file.", { code: "NO_FILE" });
  const ending = typeof format === "string" && FORMAT.test(format) ? format : "bin";
  const name = [command, nodeName, new Date(now).toISOString().replace(/\.\d+Z$/, "")].join("-").replace(/[^A-Za-z0-9-]+/g, "-").slice(0, 120);
  const path = resolve(out ?? `${name}.${ending}`);
  const bytes = Buffer.from(base64, "base64");
  try {
    // A name of our own making never replaces a file.
    await writeFile(path, bytes, { mode: 0o600, flag: out === undefined ? "wx" : "w" });
  } catch (cause) {
    throw new CliFailure(`${path} cannot be written (${String((cause as { code?: unknown }).code ?? "unknown error")}).`, { code: "UNWRITABLE", cause });
  }
  return { path, bytes: bytes.length };
}
