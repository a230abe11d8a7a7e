import type { ExecApprovalsFile } from "../../../domain/nodes/exec-policy/approvals-file.js";
import type { ExecApprovalsStore, StoredApprovals } from "../../../ports/exec-approvals-store.js";
import { readApprovalsText, renderApprovalsText } from "../approvals-text.js";

/** A file that ends with the process. `text.current` is what lies there, for those who want to see or change it. */
export class MemoryExecApprovals implements ExecApprovalsStore {
  readonly #text: { current?: string };

  constructor(text: { current?: string } = {}) {
    this.#text = text;
  }

  read(): Promise<StoredApprovals> {
    return Promise.resolve(this.#stored());
  }

  // Rejects rather than throws, like every store.
  async update<R>(decide: (stored: StoredApprovals) => { readonly file?: ExecApprovalsFile; readonly value: R }): Promise<{ readonly stored: StoredApprovals; readonly value: R }> {
    const { file, value } = decide(this.#stored());
    if (file !== undefined) this.#text.current = renderApprovalsText(file);
    return { stored: this.#stored(), value };
  }

  #stored(): StoredApprovals {
    return readApprovalsText("memory", this.#text.current);
  }
}
