import type { Sender } from "./envelope.js";
import { canonicalSenderId, readSenderEntry } from "./sender-id.js";

export type SenderIds = Pick<Sender, "id" | "aliases">;

/**
 * The stable ids of somebody, each in its one spelling, the chief one first. An id that is none by its channel's grammar
 * stands for itself: a grant can hold it, and no entry of a list ever equals it.
 */
export const idsOf = (channel: string, { id, aliases = [] }: SenderIds): readonly string[] => [
  ...new Set([id, ...aliases].map((one) => canonicalSenderId(channel, one) ?? one)),
];

/** Whether a list lets somebody in: by one of their stable ids, or by `*`. What they call themselves is not looked at. */
export const matchesSender = (channel: string, list: readonly string[], sender: SenderIds): boolean => holds(channel, list, { sender, everybody: true });

/** As {@link matchesSender}, but `*` names nobody. */
export const namesSender = (channel: string, list: readonly string[], sender: SenderIds): boolean => holds(channel, list, { sender, everybody: false });

function holds(channel: string, list: readonly string[], { sender, everybody }: { sender: SenderIds; everybody: boolean }): boolean {
  const ids = new Set([sender.id, ...(sender.aliases ?? [])].map((one) => canonicalSenderId(channel, one)));
  return list.some((entry) => {
    const read = readSenderEntry(channel, entry);
    return read.kind === "id" ? ids.has(read.id) : everybody && read.kind === "everybody";
  });
}

/** An entry that lets nobody in, and what its owner should know about it. */
export interface ListWarning {
  readonly entry: string;
  readonly message: string;
}

/** The entries of a list that can't match anybody, for whoever checks a configuration. */
export function findUnusableEntries(channel: string, list: readonly string[]): readonly ListWarning[] {
  return list.flatMap((entry) => {
    const read = readSenderEntry(channel, entry);
    if (read.kind !== "unusable") return [];
    const message =
      read.why === "name"
        ? "This is a name, and names can be taken by other people, so it lets nobody in: put the person's stable id here."
        : `This can't be the id of anybody on ${channel}, so it lets nobody in: put the person's stable id here.`;
    return [{ entry, message }];
  });
}
