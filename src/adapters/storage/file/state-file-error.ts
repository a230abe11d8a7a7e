/**
 * What is wrong with the file.
 * - `unreadable`, `unwritable`: the operating system said no; `cause` has its error.
 * - `damaged`: torn, not what its format says, or not a file at all.
 * - `outside`: a link leads out of the state folder.
 * - `exposed`: it holds a key, and other users of this host can read it.
 */
export type StateFileProblem = "unreadable" | "unwritable" | "damaged" | "outside" | "exposed";

const SENTENCES: Readonly<Record<StateFileProblem, string>> = {
  unreadable: "cannot be read",
  unwritable: "cannot be written",
  damaged: "is damaged",
  outside: "leads out of the state folder",
  exposed: "holds a key and can be read by other users of this host",
};

/** A state file that cannot be used. Names the file, never quotes it, and nothing was changed in it. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
  readonly file: string;
  readonly problem: StateFileProblem;

  /** `detail` says what was expected and where; it must not carry anything that was read. */
  constructor(file: string, problem: StateFileProblem, { detail, cause }: { detail?: string; cause?: unknown } = {}) {
    super(`${file} ${SENTENCES[problem]}${detail === undefined ? "" : `: ${detail}`}`, cause === undefined ? undefined : { cause });
    this.file = file;
    this.problem = problem;
  }
}

/** The code of a failed system call, e.g. `ENOENT`. Told by shape: such errors may come from another realm. */
export const errorCode = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : undefined;
