import { setTimeout as pause } from "node:timers/promises";
import type { EpochMs } from "../../../domain/moment.js";
import type { ExecApprovalsFile } from "../../../domain/nodes/exec-policy/approvals-file.js";
import type { ExecApprovalsStore, StoredApprovals } from "../../../ports/exec-approvals-store.js";
import { readApprovalsText, renderApprovalsText } from "../approvals-text.js";
import { readStateFile, writeStateFiles } from "./atomic-file.js";
import { CommitQueue } from "./commit-queue.js";
import { FileHostLock } from "./file-host-lock.js";
import { StateFileError } from "./state-file-error.js";

const WAIT_MS = 25;
const TRIES = 200;

/**
 * The approvals in a file of their own, which its owner may edit while this runs. A gateway and a node of one host share
 * it: what one of them is about to write must not take back what the other just wrote.
 */
export class FileExecApprovals implements ExecApprovalsStore {
  readonly #path: string;
  readonly #lock: FileHostLock;
  readonly #queue = new CommitQueue<never>(() => Promise.resolve());

  constructor({ path, now }: { path: string; now: () => EpochMs }) {
    this.#path = path;
    this.#lock = new FileHostLock({ path: `${path}.lock`, pid: process.pid, now });
  }

  /** @throws {StateFileError} where the system does not let it be read. */
  async read(): Promise<StoredApprovals> {
    return readApprovalsText(this.#path, await readStateFile(this.#path));
  }

  update<R>(decide: (stored: StoredApprovals) => { readonly file?: ExecApprovalsFile; readonly value: R }): Promise<{ readonly stored: StoredApprovals; readonly value: R }> {
    return this.#queue.alone(async () => {
      await this.#acquire();
      try {
        const before = await this.read();
        const { file, value } = decide(before);
        if (file === undefined) return { stored: before, value };
        const text = renderApprovalsText(file);
        await writeStateFiles([{ path: this.#path, text }]);
        return { stored: readApprovalsText(this.#path, text), value };
      } finally {
        await this.#lock.release();
      }
    });
  }

  async #acquire(): Promise<void> {
    for (let nth = 0; nth < TRIES; nth += 1) {
      if ((await this.#lock.acquire()).kind === "held") return;
      await pause(WAIT_MS);
    }
    throw new StateFileError(this.#path, "unwritable", { detail: "another process is writing it and does not end" });
  }
}
