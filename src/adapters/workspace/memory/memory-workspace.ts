import type { Workspace, WorkspaceFile } from "../../../ports/workspace.js";

/** Workspaces for as long as the process lives: nothing in them but what was put there. */
export class MemoryWorkspace implements Workspace {
  readonly #files = new Map<string, string>();

  put(agentId: string, name: string, text: string): void {
    this.#files.set(JSON.stringify([agentId, name]), text);
  }

  async read(agentId: string, name: string): Promise<WorkspaceFile> {
    const text = this.#files.get(JSON.stringify([agentId, name]));
    if (text === undefined) return { kind: "absent" };
    return Buffer.byteLength(text) > MAX_BYTES ? { kind: "refused", reason: `${name} is larger than 64 KiB.` } : { kind: "text", text };
  }
}

const MAX_BYTES = 65_536;
