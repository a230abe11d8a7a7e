import { dirname } from "node:path";
import type { ExecApprovalsFile } from "../../../domain/nodes/exec-policy/approvals-file.js";
import type { ExecApprovalsStore, StoredApprovals } from "../../../ports/exec-approvals-store.js";
import { readApprovalsText, renderApprovalsText } from "../approvals-text.js";
import { ensureFolder, readStateFile, writeStateFiles } from "./atomic-file.js";
import { CommitQueue } from "./commit-queue.js";

/** The approvals in a file of their own, which its owner may edit while this runs. */
export class FileExecApprovals implements ExecApprovalsStore {
  readonly #path: string;
  readonly #queue = new CommitQueue<never>(() => Promise.resolve());

  constructor({ path }: { path: string }) {
    this.#path = path;
  }

  /** @throws {StateFileError} where the system does not let it be read. */
  async read(): Promise<StoredApprovals> {
    return readApprovalsText(this.#path, await readStateFile(this.#path));
  }

  update<R>(decide: (stored: StoredApprovals) => { readonly file?: ExecApprovalsFile; readonly value: R }): Promise<{ readonly stored: StoredApprovals; readonly value: R }> {
    return this.#queue.alone(async () => {
      const before = await this.read();
      const { file, value } = decide(before);
      if (file === undefined) return { stored: before, value };
      await ensureFolder(dirname(this.#path));
      const text = renderApprovalsText(file);
      await writeStateFiles([{ path: this.#path, text }]);
      return { stored: readApprovalsText(this.#path, text), value };
    });
  }
}
