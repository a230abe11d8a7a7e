import { canonicalSenderId } from "../../../domain/messaging/sender-id.js";

/** Addresses as WhatsApp writes them: `49151…@s.whatsapp.net` for a number, `123…@lid` for what it hides one behind, `…@g.us` for a group. */
const NUMBER = "@s.whatsapp.net";
const HIDDEN = "@lid";
const GROUP = "@g.us";

export const isGroup = (jid: string): boolean => jid.endsWith(GROUP);
export const isHidden = (jid: string): boolean => jid.endsWith(HIDDEN);

/** A person under both of their ids, as far as they are known. The number decides where there is one: it is what owners write into lists. */
export interface Person {
  readonly id: string;
  readonly aliases: readonly string[];
}

/** Reads who somebody is from whichever addresses WhatsApp gave; `undefined` where none is a person's. */
export function personOf(...jids: readonly (string | null | undefined)[]): Person | undefined {
  const ids = [...new Set(jids.flatMap((jid) => (jid ? [canonicalSenderId("whatsapp", jid)] : [])).filter((id) => id !== undefined))];
  const number = ids.find((id) => id.startsWith("+"));
  const id = number ?? ids[0];
  return id === undefined ? undefined : { id, aliases: ids.filter((one) => one !== id) };
}

export const isSame = (one: Person | undefined, other: Person | undefined): boolean =>
  one !== undefined && other !== undefined && [one.id, ...one.aliases].some((id) => id === other.id || other.aliases.includes(id));

/** Where a chat of ours is at WhatsApp; `undefined` for what is no chat. */
export function jidOf(chatId: string): string | undefined {
  if (/^\+[1-9][0-9]{6,14}$/u.test(chatId)) return `${chatId.slice(1)}${NUMBER}`;
  return /^[0-9]{1,20}@lid$/u.test(chatId) || /^[0-9]{5,25}(?:-[0-9]{5,15})?@g\.us$/u.test(chatId) ? chatId : undefined;
}
