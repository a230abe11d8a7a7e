import { after, epochMs, type EpochMs } from "../moment.js";
import { idsOf, type SenderIds } from "../messaging/sender-list.js";

/** Whose door is knocked at. */
export interface SenderAccount {
  readonly channel: string;
  readonly accountId: string;
}

/** Somebody who was given a code and waits. A JSON value. */
export interface SenderRequestRecord extends SenderAccount {
  readonly kind: "request";
  readonly requestId: string;
  /** Their chief id as the provider gives it. */
  readonly id: string;
  /** All of their stable ids, each in its one spelling. */
  readonly ids: readonly string[];
  /** What they call themselves: for the owner's eye. */
  readonly name?: string;
  readonly code: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  /** When they were last told their code. */
  readonly toldAtMs: number;
  /** The owner does not want them: they are not listed any more, and hear nothing. */
  readonly dismissedAtMs?: number;
}

/** Somebody who may write to one account directly, and nothing else. A JSON value. */
export interface SenderGrant extends SenderAccount {
  readonly kind: "grant";
  readonly id: string;
  readonly ids: readonly string[];
  readonly name?: string;
  readonly approvedAtMs: number;
}

export type SenderRecord = SenderRequestRecord | SenderGrant;
export type SenderRecords = ReadonlyMap<string, SenderRecord>;
/** What a decision changes. `undefined` removes. */
export type SenderChanges = ReadonlyMap<string, SenderRecord | undefined>;

/** Without 0, 1, I and O, which are taken for each other when a code is read out. */
export const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const CODE_LENGTH = 8;
export const CODE_TTL_MS = 60 * 60_000;
export const MAX_REQUESTS_PER_ACCOUNT = 3;
/** More than this at once, and the one dismissed longest ago may ask again. */
export const MAX_DISMISSED_PER_ACCOUNT = 16;
export const MAX_GRANTS = 5_000;

export const isSenderCode = (text: string): boolean => text.length === CODE_LENGTH && [...text].every((letter) => CODE_ALPHABET.includes(letter));

/** Under which key a record is kept. Of a grant the account and the id, so that nobody has two. */
export const keyOfRecord = (record: SenderRecord): string =>
  record.kind === "request" ? `request:${record.requestId}` : `grant:${JSON.stringify([record.channel, record.accountId, record.id])}`;

/** The moment from which a code opens nothing. */
export const expiryOfCode = ({ createdAtMs }: SenderRequestRecord): EpochMs => after(epochMs(createdAtMs), CODE_TTL_MS);

/** A request is remembered as long as its code lives; one that was dismissed, for an hour from then. */
export const isRemembered = (request: SenderRequestRecord, now: EpochMs): boolean =>
  now < (request.dismissedAtMs === undefined ? expiryOfCode(request) : after(epochMs(request.dismissedAtMs), CODE_TTL_MS));

export const isOf = (record: SenderAccount, { channel, accountId }: SenderAccount): boolean => record.channel === channel && record.accountId === accountId;

const share = (ids: readonly string[], others: readonly string[]): boolean => ids.some((id) => others.includes(id));

export const isSamePerson = (record: SenderRecord, account: SenderAccount, ids: readonly string[]): boolean => isOf(record, account) && share(record.ids, ids);

/** Those who wait for an answer, the longest first. */
export const pendingRequests = (records: SenderRecords, now: EpochMs): readonly SenderRequestRecord[] =>
  [...records.values()]
    .filter((record): record is SenderRequestRecord => record.kind === "request" && record.dismissedAtMs === undefined && isRemembered(record, now))
    .sort((a, b) => a.createdAtMs - b.createdAtMs);

/** Everybody who was approved, anywhere: who was last, first. */
export const allGrants = (records: SenderRecords): readonly SenderGrant[] =>
  [...records.values()].filter((record): record is SenderGrant => record.kind === "grant").sort((a, b) => b.approvedAtMs - a.approvedAtMs);

export const grantsOf = (records: SenderRecords, account: SenderAccount): readonly SenderGrant[] =>
  [...records.values()].filter((record): record is SenderGrant => record.kind === "grant" && isOf(record, account));

/** Whether somebody's code was approved for this account, by any of their stable ids. */
export const isApproved = (records: SenderRecords, account: SenderAccount, sender: SenderIds): boolean => {
  const ids = idsOf(account.channel, sender);
  return grantsOf(records, account).some((grant) => share(grant.ids, ids));
};
