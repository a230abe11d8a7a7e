import { execFile } from "node:child_process";

export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. `undefined` where there is no such program. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<ProgramEnd | undefined>;

/** Longer than any service may take to start or to end. */
const PATIENCE_MS = 180_000;

export const programRunner =
  (env: Readonly<Record<string, string | undefined>>): RunProgram =>
  (program, args) =>
    new Promise((resolve) => {
      // Their words are read by us, so they must not be the user's language.
      execFile(program, [...args], { env: { ...env, LC_ALL: "C" }, timeout: PATIENCE_MS, encoding: "utf8" }, (error, stdout, stderr) => {
        const code = (error as { code?: unknown } | null)?.code;
        if (code === "ENOENT" || code === "EACCES") resolve(undefined);
        else resolve({ code: error === null ? 0 : typeof code === "number" ? code : 1, stdout, stderr });
      });
    });

/** The first line of what a program complained about, cut to a length that fits into a sentence. */
export const complaint = ({ stderr, stdout }: ProgramEnd): string => {
  const line = (stderr.trim() || stdout.trim()).split("\n", 1)[0] ?? "";
  return line.slice(0, 200).replace(/[.\s]+$/, "");
};
