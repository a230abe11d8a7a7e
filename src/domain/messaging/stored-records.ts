import type { SenderRecord } from "../pairing/sender.js";
import type { JournalRecord } from "./journal.js";
import type { OutboxItem } from "./outbox-item.js";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const hasTexts = (value: Fields, ...names: readonly string[]): boolean => names.every((name) => typeof value[name] === "string");
const hasNumbers = (value: Fields, ...names: readonly string[]): boolean => names.every((name) => Number.isSafeInteger(value[name]));

function isEnvelope(value: unknown): boolean {
  if (!isFields(value) || !hasTexts(value, "channel", "accountId", "key", "messageId") || !hasNumbers(value, "sentAt")) return false;
  const { chat, sender, body } = value;
  return isFields(chat) && hasTexts(chat, "id", "kind") && isFields(sender) && hasTexts(sender, "id") && isFields(body) && hasTexts(body, "kind");
}

/** Records as this version writes them; `undefined` for what is none, which its store takes for damage. */
export function parseJournalRecord(value: unknown): JournalRecord | undefined {
  if (!isFields(value)) return undefined;
  const isOpen = (value["state"] === "waiting" || value["state"] === "dead") && hasNumbers(value, "receivedAt", "attempts") && isEnvelope(value["envelope"]);
  return isOpen || (value["state"] === "done" && hasNumbers(value, "at")) ? (value as unknown as JournalRecord) : undefined;
}

export function parseOutboxItem(value: unknown): OutboxItem | undefined {
  if (!isFields(value) || !hasTexts(value, "id", "channel", "accountId") || !hasNumbers(value, "createdAt")) return undefined;
  const { target, parts } = value;
  if (!isFields(target) || !hasTexts(target, "chatId") || !Array.isArray(parts)) return undefined;
  const isPart = (part: unknown): boolean => isFields(part) && hasNumbers(part, "attempts") && isFields(part["state"]) && hasTexts(part["state"], "kind") && isFields(part["part"]);
  return parts.every(isPart) ? (value as unknown as OutboxItem) : undefined;
}

export function parseSenderRecord(value: unknown): SenderRecord | undefined {
  if (!isFields(value) || !hasTexts(value, "channel", "accountId", "id") || !Array.isArray(value["ids"])) return undefined;
  const isRequest = value["kind"] === "request" && hasTexts(value, "requestId", "code") && hasNumbers(value, "createdAtMs", "lastSeenAtMs", "toldAtMs");
  return isRequest || (value["kind"] === "grant" && hasNumbers(value, "approvedAtMs")) ? (value as unknown as SenderRecord) : undefined;
}

export const parseNote = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
