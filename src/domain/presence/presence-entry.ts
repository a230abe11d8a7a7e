import type { EpochMs } from "../moment.js";
import type { PresenceEntry } from "../protocol/snapshot.js";
import { printable } from "../text/printable.js";

/** What is said of one peer, before the list stamps it. */
export type PresenceFacts = Omit<PresenceEntry, "ts">;

const MAX_NAME_LENGTH = 128;
const MAX_TEXT_LENGTH = 512;
const MAX_LIST_LENGTH = 32;

const NAMES = [
  "host", "ip", "version", "platform", "deviceFamily", "modelIdentifier", "mode", "reason", "deviceId", "instanceId", "timeZone",
] as const;
const LISTS = ["tags", "roles", "scopes"] as const;
const COUNTS = ["lastInputSeconds", "onlineSince", "lastActivityAt"] as const;

/**
 * The entry that other clients may be shown: known fields only, in one order, texts printable and cut.
 * A field that is empty or out of its range after that is left out.
 */
export function presenceEntry(facts: PresenceFacts, ts: EpochMs): PresenceEntry {
  const entry: PresenceEntry = { ts };
  for (const name of NAMES) {
    const text = printable(facts[name] ?? "", MAX_NAME_LENGTH);
    if (text !== "") entry[name] = text;
  }
  const text = printable(facts.text ?? "", MAX_TEXT_LENGTH);
  if (text !== "") entry.text = text;
  for (const name of LISTS) {
    const list = facts[name]?.slice(0, MAX_LIST_LENGTH).map((item) => printable(item, MAX_NAME_LENGTH));
    if (list !== undefined) entry[name] = list.filter((item) => item !== "");
  }
  for (const name of COUNTS) {
    const count = facts[name];
    if (count !== undefined && Number.isSafeInteger(count) && count >= 0) entry[name] = count;
  }
  return entry;
}
