import { canonicalSenderId, readSenderEntry } from "../../../domain/messaging/sender-id.js";
import type { Fields } from "../../../domain/foreign-fields.js";
import type { MessageRef, Target } from "../../../domain/messaging/outbound.js";

/** Base64 of 32 bytes, or of 16 for groups from before 2020. No id of a person has this form, nor a number. */
const GROUP = /^(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{22}==)$/u;
/** Signal's names are unique and end in digits, behind which they can be given up: good to write to, and nobody's identity. */
const USERNAME = /^[A-Za-z_][A-Za-z0-9_]{2,31}\.[0-9]{2,9}$/u;
const MESSAGE = /^(?<timestamp>[1-9][0-9]{0,15})(?::(?<author>[0-9a-f-]{36}|\+[0-9]{7,15}))?$/u;

export const isGroup = (chatId: string): boolean => GROUP.test(chatId);

/** A person by uuid or number, a name as `u:name.01`, a group by its id; each with `signal:` before it, a group with `group:`. */
export function parseSignalTarget(text: string): Target | undefined {
  const address = text.trim().replace(/^signal:/iu, "").trim();
  const group = address.replace(/^group:/iu, "").trim();
  if (isGroup(group)) return { chatId: group };
  const [, name] = /^(?:u|username):(.+)$/iu.exec(address) ?? [];
  if (name !== undefined) return USERNAME.test(name.trim()) ? { chatId: `u:${name.trim().toLowerCase()}` } : undefined;
  const entry = readSenderEntry("signal", address);
  return entry.kind === "id" ? { chatId: entry.id } : undefined;
}

export interface Self {
  readonly number?: string;
  readonly uuid?: string;
}

export const isSelf = (id: string, { number, uuid }: Self): boolean => id === uuid || id === number;

/** Where something goes, as signal-cli's commands take it; `undefined` for what is no address of Signal's. */
export function renderPlace(chatId: string, self: Self): Fields | undefined {
  if (isGroup(chatId)) return { groupId: chatId };
  if (chatId.startsWith("u:")) return USERNAME.test(chatId.slice(2)) ? { username: [chatId.slice(2)] } : undefined;
  if (isSelf(chatId, self)) return { noteToSelf: true };
  return canonicalSenderId("signal", chatId) === undefined ? undefined : { recipient: [chatId] };
}

/**
 * A message of Signal is its author and the moment at which it was sent. The account's own have the moment alone, so
 * that what was sent can be named by what the sending told.
 */
export const messageIdOf = (timestamp: number, author: string, self: Self): string => (isSelf(author, self) ? String(timestamp) : `${timestamp}:${author}`);

/** `author` is absent for what the account itself said. */
export function parseMessageId({ messageId }: Pick<MessageRef, "messageId">): { readonly timestamp: number; readonly author?: string } | undefined {
  const { timestamp, author } = MESSAGE.exec(messageId)?.groups ?? {};
  if (timestamp === undefined || !Number.isSafeInteger(Number(timestamp))) return undefined;
  return { timestamp: Number(timestamp), ...(author === undefined ? {} : { author }) };
}
