import type { EpochMs } from "../moment.js";
import type { Sender } from "../messaging/envelope.js";
import { canonicalSenderId } from "../messaging/sender-id.js";
import { idsOf } from "../messaging/sender-list.js";
import { printable } from "../text/printable.js";
import {
  CODE_TTL_MS,
  MAX_DISMISSED_PER_ACCOUNT,
  MAX_GRANTS,
  MAX_REQUESTS_PER_ACCOUNT,
  expiryOfCode,
  isOf,
  isRemembered,
  isSamePerson,
  isSenderCode,
  keyOfRecord,
  pendingRequests,
  type SenderAccount,
  type SenderChanges,
  type SenderGrant,
  type SenderRecord,
  type SenderRecords,
  type SenderRequestRecord,
} from "./sender.js";

export type SenderCommand =
  /** Somebody unknown wrote. `code` and `requestId` are drawn by the shell for the case that they are needed. */
  | { readonly kind: "request"; readonly account: SenderAccount; readonly sender: Sender; readonly code: string; readonly requestId: string }
  /** An operator types a code, in any case, or picks a request from the list. */
  | { readonly kind: "approve"; readonly channel: string; readonly accountId?: string; readonly by: RequestName }
  | { readonly kind: "dismiss"; readonly channel: string; readonly accountId?: string; readonly by: RequestName }
  /** Without an account: at every account of the channel. */
  | { readonly kind: "revoke"; readonly channel: string; readonly accountId?: string; readonly id: string }
  | { readonly kind: "expire" };

export type RequestName = { readonly code: string } | { readonly requestId: string };

export const SENDER_REFUSALS = {
  full: "Three people wait for approval at this account already; approve or dismiss one of them first.",
  "code-taken": "Another request has this code; draw another one.",
  "already-approved": "This sender may write already.",
  "unknown-request": "No request has this code; codes expire after one hour, and the sender gets a new one with the next message.",
  "unknown-sender": "Nobody with this id was approved; `openclaw pairing list` shows who was. Who stands in allowFrom is taken out of the configuration.",
  "too-many-grants": "As many senders are approved as this gateway keeps; revoke one that is not needed any more.",
} as const;
export type SenderRefusalReason = keyof typeof SENDER_REFUSALS;

export type SenderDecision =
  | {
      readonly kind: "done";
      readonly changes: SenderChanges;
      readonly request?: SenderRequestRecord;
      readonly grant?: SenderGrant;
      /** What was taken back. */
      readonly revoked?: readonly SenderGrant[];
      /** The sender is to be told the code now. At most once an hour, whatever they write. */
      readonly tell: boolean;
    }
  | { readonly kind: "refused"; readonly reason: SenderRefusalReason };

const MAX_NAME = 64;
/** Whoever writes line after line makes no write to the disk for each. */
const SEEN_STEP_MS = 60_000;

const refuse = (reason: SenderRefusalReason): SenderDecision => ({ kind: "refused", reason });
const isRequest = (record: SenderRecord): record is SenderRequestRecord => record.kind === "request";

/**
 * The only place where a sender is let in or turned out. What an approval gives is a grant for direct messages to one
 * account: nothing here names a group, a scope, a command or a device. Who is refused for a full list is told nothing.
 */
export function decideSender(records: SenderRecords, command: SenderCommand, now: EpochMs): SenderDecision {
  switch (command.kind) {
    case "request":
      return request(records, command, now);
    case "approve":
      return approve(records, command, now);
    case "dismiss":
      return dismiss(records, command, now);
    case "revoke":
      return revoke(records, command);
    case "expire":
      return { kind: "done", changes: new Map(expired(records, now)), tell: false };
  }
}

const expired = (records: SenderRecords, now: EpochMs): (readonly [string, undefined])[] =>
  [...records].filter(([, record]) => isRequest(record) && !isRemembered(record, now)).map(([key]) => [key, undefined] as const);

const rememberedRequests = (records: SenderRecords, now: EpochMs): readonly SenderRequestRecord[] =>
  [...records.values()].filter(isRequest).filter((one) => isRemembered(one, now));

function request(records: SenderRecords, { account, sender, code, requestId }: Extract<SenderCommand, { kind: "request" }>, now: EpochMs): SenderDecision {
  if (!isSenderCode(code)) throw new Error("a sender's code has eight characters of the code alphabet");
  const ids = idsOf(account.channel, sender);
  if ([...records.values()].some((record) => record.kind === "grant" && isSamePerson(record, account, ids))) return refuse("already-approved");
  const remembered = rememberedRequests(records, now);
  const known = remembered.find((one) => isSamePerson(one, account, ids));
  if (known !== undefined) return again(known, now);
  if (pendingRequests(records, now).filter((one) => isOf(one, account)).length >= MAX_REQUESTS_PER_ACCOUNT) return refuse("full");
  // By channel and not by account: an operator types a channel and a code.
  if (remembered.some((one) => one.channel === account.channel && one.code === code)) return refuse("code-taken");
  const name = printable(sender.name ?? sender.handle ?? "", MAX_NAME);
  const made: SenderRequestRecord = {
    kind: "request",
    ...account,
    requestId,
    id: sender.id,
    ids,
    ...(name === "" ? {} : { name }),
    code,
    createdAtMs: now,
    lastSeenAtMs: now,
    toldAtMs: now,
  };
  return { kind: "done", changes: new Map([...expired(records, now), [keyOfRecord(made), made]]), request: made, tell: true };
}

function again(known: SenderRequestRecord, now: EpochMs): SenderDecision {
  const tell = known.dismissedAtMs === undefined && now - known.toldAtMs >= CODE_TTL_MS;
  if (!tell && now - known.lastSeenAtMs < SEEN_STEP_MS) return { kind: "done", changes: new Map(), request: known, tell };
  const seen = { ...known, lastSeenAtMs: now, ...(tell ? { toldAtMs: now } : {}) };
  return { kind: "done", changes: new Map([[keyOfRecord(seen), seen]]), request: seen, tell };
}

interface Naming {
  readonly channel: string;
  readonly accountId?: string;
  readonly by: RequestName;
}

function find(records: SenderRecords, { channel, accountId, by }: Naming, now: EpochMs): SenderRequestRecord | undefined {
  const candidates = rememberedRequests(records, now).filter((one) => one.channel === channel && (accountId === undefined || one.accountId === accountId) && now < expiryOfCode(one));
  if ("requestId" in by) return candidates.find(({ requestId }) => requestId === by.requestId);
  const typed = by.code.replaceAll(/\s/g, "").toUpperCase();
  return candidates.find(({ code }) => code === typed);
}

/** Also of a request that was dismissed by mistake, as long as its code lives. */
function approve(records: SenderRecords, command: Extract<SenderCommand, { kind: "approve" }>, now: EpochMs): SenderDecision {
  const found = find(records, command, now);
  if (found === undefined) return refuse("unknown-request");
  const { kind: _kind, requestId: _id, code: _code, createdAtMs: _c, lastSeenAtMs: _l, toldAtMs: _t, dismissedAtMs: _d, ...person } = found;
  const grant: SenderGrant = { kind: "grant", ...person, approvedAtMs: now };
  const granted = [...records.values()].filter(({ kind }) => kind === "grant").length;
  if (granted >= MAX_GRANTS) return refuse("too-many-grants");
  return { kind: "done", changes: new Map<string, SenderRecord | undefined>([[keyOfRecord(found), undefined], [keyOfRecord(grant), grant]]), request: found, grant, tell: false };
}

/** Kept for an hour, so that whoever was turned away is not back on the list with the next message. */
function dismiss(records: SenderRecords, command: Extract<SenderCommand, { kind: "dismiss" }>, now: EpochMs): SenderDecision {
  const found = find(records, command, now);
  if (found === undefined || found.dismissedAtMs !== undefined) return refuse("unknown-request");
  const gone = { ...found, dismissedAtMs: now };
  const others = rememberedRequests(records, now)
    .filter((one) => isOf(one, found) && one.dismissedAtMs !== undefined)
    .sort((a, b) => (a.dismissedAtMs ?? 0) - (b.dismissedAtMs ?? 0));
  const surplus = others.slice(0, Math.max(0, others.length + 1 - MAX_DISMISSED_PER_ACCOUNT));
  const forgotten = surplus.map((one) => [keyOfRecord(one), undefined] as const);
  return { kind: "done", changes: new Map<string, SenderRecord | undefined>([...forgotten, [keyOfRecord(gone), gone]]), request: gone, tell: false };
}

/** By any id of theirs, in any spelling, or as the provider writes it. Whoever is turned out is a stranger again, and may ask. */
function revoke(records: SenderRecords, { channel, accountId, id }: Extract<SenderCommand, { kind: "revoke" }>): SenderDecision {
  const ids = [id, canonicalSenderId(channel, id) ?? id];
  const revoked = [...records.values()]
    .filter((record) => record.kind === "grant")
    .filter((grant) => grant.channel === channel && (accountId === undefined || grant.accountId === accountId) && (grant.id === id || isSamePerson(grant, grant, ids)));
  if (revoked.length === 0) return refuse("unknown-sender");
  return { kind: "done", changes: new Map(revoked.map((one) => [keyOfRecord(one), undefined])), revoked, tell: false };
}
