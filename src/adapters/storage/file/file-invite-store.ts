import { join } from "node:path";

import { epochMs, type EpochMs } from "../../../domain/moment.js";
import { isInviteProfile, isLive, MAX_INVITES, type Invite } from "../../../domain/pairing/invite.js";
import type { InviteStore } from "../../../ports/invite-store.js";
import { ensureFolder, readStateFile, writeStateFiles } from "./atomic-file.js";
import { CommitQueue } from "./commit-queue.js";
import { isJsonObject, parseStateObject } from "./json-object.js";
import { StateFileError } from "./state-file-error.js";

type Job = (invites: Map<string, Invite>) => void;

/** Invites in `<dir>/devices/invites.json`: a map from the digest of each secret. Rewritten whole, since there are few. */
export class FileInviteStore implements InviteStore {
  readonly #folder: string;
  readonly #file: string;
  #invites: ReadonlyMap<string, Invite> = new Map();
  readonly #queue: CommitQueue<Job>;

  constructor({ dir }: { dir: string }) {
    this.#folder = join(dir, "devices");
    this.#file = join(this.#folder, "invites.json");
    this.#queue = new CommitQueue((jobs) => this.#commit(jobs));
  }

  /** @throws {StateFileError} */
  async open(): Promise<void> {
    await ensureFolder(this.#folder);
    const text = await readStateFile(this.#file);
    const entries = text === undefined ? [] : parseStateObject(this.#file, text);
    this.#invites = new Map(entries.map(([digest, value]) => [digest, this.#parse(digest, value)]));
  }

  peek(digest: string, now: EpochMs): Invite | undefined {
    const invite = this.#invites.get(digest);
    return invite && isLive(invite, now) ? invite : undefined;
  }

  put(invite: Invite): Promise<void> {
    return this.#queue.add((invites) => {
      invites.set(invite.digest, invite);
      for (const [digest, other] of invites) {
        if (invites.size > MAX_INVITES || !isLive(other, invite.createdAtMs)) invites.delete(digest);
      }
    });
  }

  async take(digest: string, now: EpochMs): Promise<Invite | undefined> {
    let taken: Invite | undefined;
    // Compared and deleted in one job: jobs run one after another, so a second taker finds nothing.
    await this.#queue.add((invites) => {
      const invite = invites.get(digest);
      if (invite === undefined || !isLive(invite, now)) return;
      invites.delete(digest);
      taken = invite;
    });
    return taken;
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const next = new Map(this.#invites);
    for (const job of jobs) job(next);
    await writeStateFiles([{ path: this.#file, text: `${JSON.stringify(Object.fromEntries(next), undefined, 2)}\n` }]);
    this.#invites = next;
  }

  #parse(digest: string, value: unknown): Invite {
    const damaged = (what: string): StateFileError => new StateFileError(this.#file, "damaged", { detail: `${what} of an invite` });
    if (!isJsonObject(value)) throw damaged("the shape");
    const { setupId, profile, createdAtMs, expiresAtMs } = value;
    if (typeof setupId !== "string") throw damaged("the setupId");
    if (typeof profile !== "string" || !isInviteProfile(profile)) throw damaged("the profile");
    if (typeof createdAtMs !== "number" || typeof expiresAtMs !== "number") throw damaged("a moment");
    return { setupId, digest, profile, createdAtMs: epochMs(createdAtMs), expiresAtMs: epochMs(expiresAtMs) };
  }
}
