import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Workspace, WorkspaceFile } from "../../../ports/workspace.js";

const MAX_BYTES = 65_536;
/** A name, and no way. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** A pipe would be waited for, were it opened without this. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** Workspaces as folders. What lies in them was written by agents: it is read as if by a stranger. */
export class FileWorkspace implements Workspace {
  readonly #folderOf: (agentId: string) => string | undefined;

  /** `folderOf`: asked each time, so that a change of the configuration takes hold; `undefined` for an agent that has none. */
  constructor({ folderOf }: { readonly folderOf: (agentId: string) => string | undefined }) {
    this.#folderOf = folderOf;
  }

  async read(agentId: string, name: string): Promise<WorkspaceFile> {
    if (!NAME.test(name)) throw new Error("A file of a workspace is named without its folder.");
    const folder = this.#folderOf(agentId);
    if (folder === undefined) return { kind: "absent" };
    try {
      const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
      if (dirname(path) !== root) return refused(name, "lies outside of the workspace, where a link leads");
      const file = await open(path, READ | constants.O_NOFOLLOW);
      try {
        return await textOf(file, name);
      } finally {
        await file.close();
      }
    } catch (error) {
      const code = (error as { code?: string }).code ?? "unknown error";
      return code === "ENOENT" || code === "ENOTDIR" ? { kind: "absent" } : refused(name, `cannot be read (${code})`);
    }
  }
}

const refused = (name: string, why: string): WorkspaceFile => ({ kind: "refused", reason: `${name} ${why}.` });

async function textOf(file: FileHandle, name: string): Promise<WorkspaceFile> {
  if (!(await file.stat()).isFile()) return refused(name, "is no regular file");
  // One byte more than may be: its size is not asked, since it may grow meanwhile.
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < buffer.length; length += read) ({ bytesRead: read } = await file.read(buffer, length, buffer.length - length, length));
  return length > MAX_BYTES ? refused(name, "is larger than 64 KiB") : { kind: "text", text: buffer.toString("utf8", 0, length) };
}
