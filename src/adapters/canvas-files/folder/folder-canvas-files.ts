import { randomUUID } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { lstat, mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CanvasFileRow, CanvasFiles, CanvasFileText } from "../../../ports/canvas-files.js";

/** What stands in the way of a name, as against what is wrong with the folder or its disk. */
const BLOCKED: ReadonlySet<unknown> = new Set(["ENOTDIR", "EEXIST", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOTEMPTY"]);
const MISSING: ReadonlySet<unknown> = new Set(["ENOENT", ...BLOCKED]);

// Neither exists on Windows, where a link needs rights of its own to be made.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const DEEPEST = 16;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

/** The regular files below one folder. A link is never followed, wherever it leads: an agent that may write here may not write elsewhere. */
export class FolderCanvasFiles implements CanvasFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async list(limit: number): Promise<readonly CanvasFileRow[]> {
    const found: CanvasFileRow[] = [];
    await this.#gather([], found, limit);
    return found;
  }

  async #gather(above: readonly string[], found: CanvasFileRow[], limit: number): Promise<void> {
    const folder = join(this.#root, ...above);
    for (const entry of (await entriesOf(folder)).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length >= limit) return;
      if (entry.name.startsWith(".")) continue;
      const here = [...above, entry.name];
      if (entry.isDirectory() && here.length < DEEPEST) await this.#gather(here, found, limit);
      else if (entry.isFile()) {
        // It may be gone by now.
        const facts = await lstat(join(folder, entry.name)).catch(() => undefined);
        if (facts?.isFile()) found.push({ path: here.join("/"), bytes: facts.size });
      }
    }
  }

  async read(segments: readonly string[], maxBytes: number): Promise<CanvasFileText> {
    const folder = await this.#folderOf(segments);
    if (folder === undefined) return { kind: "missing" };
    const handle = await open(join(folder, segments.at(-1) ?? ""), READ).catch(unlessMissing);
    if (handle === undefined) return { kind: "missing" };
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) return { kind: "missing" };
      if (facts.size > maxBytes) return { kind: "too-large", bytes: facts.size };
      return { kind: "text", text: await handle.readFile("utf8") };
    } finally {
      await handle.close();
    }
  }

  async write(segments: readonly string[], text: string): Promise<"written" | "blocked"> {
    await mkdir(this.#root, { recursive: true, mode: FOLDER_MODE });
    try {
      for (let depth = 1; depth < segments.length; depth += 1) await mkdir(join(this.#root, ...segments.slice(0, depth)), { mode: FOLDER_MODE }).catch(unlessThere);
      const folder = await this.#folderOf(segments);
      if (folder === undefined) return "blocked";
      const target = join(folder, segments.at(-1) ?? "");
      if ((await lstat(target).catch(unlessMissing))?.isDirectory()) return "blocked";
      // Hidden, so that no page that loads meanwhile finds it; renamed over whatever is there, a link as well as a file.
      const fresh = join(folder, `.${randomUUID()}`);
      try {
        const handle = await open(fresh, "wx", FILE_MODE);
        await handle.writeFile(text).finally(() => handle.close());
        await rename(fresh, target);
      } finally {
        await rm(fresh, { force: true });
      }
      return "written";
    } catch (error) {
      if (BLOCKED.has(codeOf(error))) return "blocked";
      throw error;
    }
  }

  async remove(segments: readonly string[]): Promise<boolean> {
    const folder = await this.#folderOf(segments);
    if (folder === undefined) return false;
    const path = join(folder, segments.at(-1) ?? "");
    if (!(await lstat(path).catch(unlessMissing))?.isFile()) return false;
    await rm(path, { force: true });
    return true;
  }

  /** The folder of a file, where it lies below the root with no link on the way. */
  async #folderOf(segments: readonly string[]): Promise<string | undefined> {
    const root = await realpath(this.#root).catch(unlessMissing);
    if (root === undefined) return undefined;
    const folder = join(root, ...segments.slice(0, -1));
    return (await realpath(folder).catch(unlessMissing)) === folder ? folder : undefined;
  }
}

const entriesOf = async (folder: string): Promise<Dirent[]> => (await readdir(folder, { withFileTypes: true }).catch(unlessMissing)) ?? [];

function unlessMissing(error: unknown): undefined {
  if (!MISSING.has(codeOf(error))) throw error;
}

function unlessThere(error: unknown): undefined {
  if (codeOf(error) !== "EEXIST") throw error;
}
