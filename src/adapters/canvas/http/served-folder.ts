import { constants, type BigIntStats } from "node:fs";
import { lstat, open, readlink, realpath, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

export type Opened =
  /** Whoever gets the handle closes it. */
  | { readonly kind: "file"; readonly handle: FileHandle; readonly bytes: number }
  | { readonly kind: "folder" }
  /** Missing, or none of what is shown. */
  | { readonly kind: "nothing" };

const NOTHING: Opened = { kind: "nothing" };
const FOLDER: Opened = { kind: "folder" };

// A FIFO would hang an open without O_NONBLOCK. Windows has neither of the two, and no FIFOs in folders.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What a file may be refused or lost for, as against what is wrong with this process or its disk. */
const ABSENT: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EACCES", "EPERM", "ENXIO", "EISDIR", "EINVAL"]);

/**
 * Regular files below one folder, and nothing else: no links, however deep, no devices, pipes or sockets. What is judged
 * is what was opened, so that nothing can be put in its place in between.
 */
export class ServedFolder {
  readonly #root: string;
  readonly #allowHardLinks: boolean;

  /** `allowHardLinks`: for what package managers put there, some of which link every file. */
  constructor(root: string, { allowHardLinks = false }: { readonly allowHardLinks?: boolean } = {}) {
    this.#root = root;
    this.#allowHardLinks = allowHardLinks;
  }

  /** `segments` must be safe names. Rejects with the system's error where files can't be read at all. */
  async open(segments: readonly string[]): Promise<Opened> {
    let handle: FileHandle | undefined;
    let isKept = false;
    try {
      const path = join(await realpath(this.#root), ...segments);
      handle = await open(path, READ);
      const facts = await handle.stat({ bigint: true });
      if (!(await isAt(path, handle, facts))) return NOTHING;
      if (facts.isDirectory()) return FOLDER;
      // Another name of the file may lie outside, and nobody can tell which of them it belongs to.
      if (!facts.isFile() || (facts.nlink > 1n && !this.#allowHardLinks)) return NOTHING;
      isKept = true;
      return { kind: "file", handle, bytes: Number(facts.size) };
    } catch (error) {
      if (ABSENT.has((error as { code?: unknown }).code)) return NOTHING;
      throw error;
    } finally {
      if (!isKept) await handle?.close();
    }
  }
}

/** Whether what is open lies at that very path, with no link on the way. */
async function isAt(path: string, handle: FileHandle, facts: BigIntStats): Promise<boolean> {
  // The kernel's own word on where it is, where it gives it: a folder that is swapped for a link and back can't change that.
  const told = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined);
  if (told !== undefined) return told === path;
  if ((await realpath(path)) !== path) return false;
  const there = await lstat(path, { bigint: true });
  return there.dev === facts.dev && there.ino === facts.ino;
}
