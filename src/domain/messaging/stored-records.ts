import { fieldsOf, hasNumbers, hasTexts } from "../foreign-fields.js";
import type { SenderRecord } from "../pairing/sender.js";
import type { JournalRecord } from "./journal.js";
import type { OutboxItem } from "./outbox-item.js";

const has = (value: unknown, ...names: readonly string[]): boolean => {
  const fields = fieldsOf(value);
  return fields !== undefined && hasTexts(fields, ...names);
};

function isEnvelope(value: unknown): boolean {
  const fields = fieldsOf(value);
  if (fields === undefined || !hasTexts(fields, "channel", "accountId", "key", "messageId") || !hasNumbers(fields, "sentAt")) return false;
  return has(fields["chat"], "id", "kind") && has(fields["sender"], "id") && has(fields["body"], "kind");
}

/** Records as this version writes them; `undefined` for what is none, which its store takes for damage. */
export function parseJournalRecord(value: unknown): JournalRecord | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const isOpen = (fields["state"] === "waiting" || fields["state"] === "dead") && hasNumbers(fields, "receivedAt", "attempts") && isEnvelope(fields["envelope"]);
  return isOpen || (fields["state"] === "done" && hasNumbers(fields, "at")) ? (value as JournalRecord) : undefined;
}

export function parseOutboxItem(value: unknown): OutboxItem | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || !hasTexts(fields, "id", "channel", "accountId") || !hasNumbers(fields, "createdAt")) return undefined;
  const { target, parts } = fields;
  if (!has(target, "chatId") || !Array.isArray(parts)) return undefined;
  const isPart = (value: unknown): boolean => {
    const part = fieldsOf(value);
    return part !== undefined && hasNumbers(part, "attempts") && has(part["state"], "kind") && fieldsOf(part["part"]) !== undefined;
  };
  return parts.every(isPart) ? (value as OutboxItem) : undefined;
}

export function parseSenderRecord(value: unknown): SenderRecord | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || !hasTexts(fields, "channel", "accountId", "id") || !Array.isArray(fields["ids"])) return undefined;
  const isRequest = fields["kind"] === "request" && hasTexts(fields, "requestId", "code") && hasNumbers(fields, "createdAtMs", "lastSeenAtMs", "toldAtMs");
  return isRequest || (fields["kind"] === "grant" && hasNumbers(fields, "approvedAtMs")) ? (value as SenderRecord) : undefined;
}

export const parseNote = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
