import type { EpochMs } from "../../../domain/moment.js";
import { isLive, MAX_INVITES, type Invite } from "../../../domain/pairing/invite.js";
import type { InviteStore } from "../../../ports/invite-store.js";

/** Invites for as long as the process lives. */
export class MemoryInviteStore implements InviteStore {
  // In the order of their making, which a Map keeps.
  readonly #invites = new Map<string, Invite>();

  async open(): Promise<void> {}

  peek(digest: string, now: EpochMs): Invite | undefined {
    const invite = this.#invites.get(digest);
    return invite && isLive(invite, now) ? invite : undefined;
  }

  async put(invite: Invite): Promise<void> {
    this.#invites.set(invite.digest, invite);
    for (const [digest, other] of this.#invites) {
      if (this.#invites.size > MAX_INVITES || !isLive(other, invite.createdAtMs)) this.#invites.delete(digest);
    }
  }

  async take(digest: string, now: EpochMs): Promise<Invite | undefined> {
    const invite = this.peek(digest, now);
    if (invite) this.#invites.delete(digest);
    return invite;
  }
}
