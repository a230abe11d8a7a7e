import type { Target } from "../../../domain/messaging/outbound.js";
import { canonicalSenderId, readSenderEntry } from "../../../domain/messaging/sender-id.js";
import type { Fields } from "./fields.js";

const GUID = /^(?:iMessage|SMS|RCS|any);(?<kind>[+-]);(?<rest>\S{1,200})$/iu;
const LISTED = /^(?<key>chat_id|chat_guid|chat_identifier):\s*(?<value>\S{1,200})$/iu;
/** Codes of a few digits that companies write from. */
const SHORT_CODE = /^[0-9]{3,6}$/u;

/**
 * A person by phone number or e-mail address, or a group by the id that its messages have (`iMessage;+;chat1234`); also
 * `chat_id:12`, `chat_guid:…`, `chat_identifier:…` as imsg lists them.
 */
export function parseIMessageTarget(text: string): Target | undefined {
  const address = text.trim();
  const listed = LISTED.exec(address)?.groups;
  if (listed !== undefined) return targetOf(String(listed["key"]).toLowerCase(), String(listed["value"]));
  const chat = GUID.exec(address)?.groups;
  if (chat !== undefined) return targetOf("chat_guid", address);
  const person = readSenderEntry("imessage", address);
  if (person.kind === "id") return { chatId: person.id };
  return SHORT_CODE.test(address) ? { chatId: address } : undefined;
}

function targetOf(key: string, value: string): Target | undefined {
  if (key === "chat_id") return /^[1-9][0-9]{0,14}$/u.test(value) ? { chatId: `chat_id:${value}` } : undefined;
  if (key === "chat_identifier") return { chatId: canonicalSenderId("imessage", value) ?? `chat_identifier:${value}` };
  const { kind, rest } = GUID.exec(value)?.groups ?? {};
  if (kind === undefined || rest === undefined) return undefined;
  // Who is written to directly is known by their address alone, whatever service carries it.
  return { chatId: kind === "-" ? (canonicalSenderId("imessage", rest) ?? rest) : value };
}

/** The chat as imsg wants it named. For what only an existing chat can do, a person is named by their chat. */
export function renderChat(chatId: string, { existing }: { readonly existing: boolean }): Fields {
  if (GUID.test(chatId)) return { chat_guid: chatId };
  const { key, value } = LISTED.exec(chatId)?.groups ?? {};
  if (key === "chat_id") return { chat_id: Number(value) };
  if (key === "chat_identifier") return { chat_identifier: value };
  return existing ? { chat_identifier: chatId } : { to: chatId };
}

/** Whether it is one person's chat, by what its id looks like. */
export const isPerson = (chatId: string): boolean => !GUID.test(chatId) && !LISTED.test(chatId);
