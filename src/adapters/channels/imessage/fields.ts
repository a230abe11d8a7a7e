import { fieldsOf, type Fields } from "../../../domain/foreign-fields.js";
import { canonicalSenderId } from "../../../domain/messaging/sender-id.js";

export { countOf, fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";

/** Somebody's address in its one spelling. A short code or the name of a business is none, and stands for itself. */
export const handleOf = (address: string): string => canonicalSenderId("imessage", address.trim()) ?? address.trim();

/** A message's id without the part of the message that a reply or a reaction is to (`p:0/…`, `bp:…`). */
export const bareGuid = (guid: string): string => guid.replace(/^(?:p:[0-9]+\/|bp:)/u, "");

/** Whether the id of a chat names several people. */
export const isGroupGuid = (guid: string): boolean => guid.includes(";+;");

/** The JSON object in a text; `undefined` where it is none. */
export const parseFields = (text: string): Fields | undefined => {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
};
