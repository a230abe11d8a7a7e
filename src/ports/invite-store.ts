import type { EpochMs } from "../domain/moment.js";
import type { Invite } from "../domain/pairing/invite.js";

/** Invites that nobody has used yet, by the digest of their secret. */
export interface InviteStore {
  /** Reads what is stored. A torn or unreadable file is an error that names the file, never an empty store. */
  open(): Promise<void>;
  /** The invite as it stands; `undefined` for one that was used, has expired or never was. Promises nothing about the next moment. */
  peek(digest: string, now: EpochMs): Invite | undefined;
  /** Adds one, forgets the expired, and the oldest beyond the bound. Durable once resolved. */
  put(invite: Invite): Promise<void>;
  /** Takes one out: of all who ask, in whatever order, exactly one gets it. It is gone from disk before this resolves. */
  take(digest: string, now: EpochMs): Promise<Invite | undefined>;
}
