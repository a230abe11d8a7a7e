import { epochMs, type EpochMs } from "../../../domain/moment.js";
import { bareGuid, countOf, fieldsOf, handleOf, isGroupGuid, listOf, textOf, type Fields } from "./fields.js";

/** A row of Messages' database, as `imsg` tells it. */
export interface Row {
  readonly rowid: number;
  /** Everything up to here was told; absent where the program that tells it is too old to say. */
  readonly cursor?: number;
  readonly guid: string;
  /** The chat, where the row names one: without it nobody can say who reads along. */
  readonly place?: Place;
  readonly sender: string;
  readonly senderName?: string;
  readonly isFromMe: boolean;
  readonly text: string;
  /** When it was said; when it came, where that can't be read. */
  readonly createdAt: EpochMs;
  /** The messages that it answers: the one itself, and the one that its thread began with. */
  readonly answers: readonly string[];
  readonly quotedText?: string;
  /** The account's own address that the message came to, or went from. */
  readonly ownAddress?: string;
  readonly attachments: readonly Fields[];
  readonly reaction?: { readonly to: string; readonly kind: string; readonly emoji?: string; readonly added: boolean };
  readonly poll?: Fields;
}

export interface Place {
  /** The number of the chat in this database. */
  readonly number?: number;
  readonly guid?: string;
  readonly identifier?: string;
  readonly name?: string;
  readonly isGroup: boolean;
}

/** Stands where a file or a balloon is. */
const OBJECT_MARK = /\u{fffc}/gu;

/** `undefined` for what is no row. */
export function parseRow(value: unknown, now: EpochMs): Row | undefined {
  const row = fieldsOf(value) ?? {};
  const rowid = countOf(row["id"]);
  const guid = textOf(row["guid"]);
  if (rowid === undefined || guid === undefined) return undefined;
  const [cursor, senderName, quotedText, poll] = [countOf(row["cursor"]), textOf(row["sender_name"]), textOf(row["reply_to_text"]), fieldsOf(row["poll"])];
  const [place, reaction, ownAddress] = [placeOf(row), reactionOf(row), textOf(row["destination_caller_id"])];
  const answers = [row["reply_to_guid"], row["thread_originator_guid"]].flatMap((one) => textOf(one) ?? []).map(bareGuid);
  return {
    rowid, guid,
    sender: handleOf(textOf(row["sender"]) ?? ""),
    isFromMe: row["is_from_me"] === true,
    text: (textOf(row["text"]) ?? "").replace(OBJECT_MARK, "").trim(),
    createdAt: momentOf(row["created_at"], now),
    answers: [...new Set(answers)],
    attachments: listOf(row["attachments"]),
    ...(cursor === undefined ? {} : { cursor }),
    ...(place === undefined ? {} : { place }),
    ...(senderName === undefined ? {} : { senderName }),
    ...(quotedText === undefined ? {} : { quotedText }),
    ...(ownAddress === undefined ? {} : { ownAddress: handleOf(ownAddress) }),
    ...(reaction === undefined ? {} : { reaction }),
    ...(poll === undefined ? {} : { poll }),
  };
}

function placeOf(row: Fields): Place | undefined {
  const [number, guid, identifier, name] = [countOf(row["chat_id"]), textOf(row["chat_guid"]), textOf(row["chat_identifier"]), textOf(row["chat_name"])];
  // Without either it would look like a direct chat with its sender, which it may not be.
  if (guid === undefined && identifier === undefined) return undefined;
  const people = Array.isArray(row["participants"]) ? row["participants"].length : 0;
  const isGroup = row["is_group"] === true || people > 1 || [guid, identifier].some((id) => id !== undefined && isGroupGuid(id));
  return {
    isGroup,
    ...(number === undefined ? {} : { number }),
    ...(guid === undefined ? {} : { guid }),
    ...(identifier === undefined ? {} : { identifier }),
    ...(name === undefined ? {} : { name }),
  };
}

function reactionOf(row: Fields): Row["reaction"] {
  const to = textOf(row["reacted_to_guid"]);
  if (row["is_reaction"] !== true || to === undefined) return undefined;
  const emoji = textOf(row["reaction_emoji"]);
  return { to: bareGuid(to), kind: textOf(row["reaction_type"]) ?? "", added: row["is_reaction_add"] !== false, ...(emoji === undefined ? {} : { emoji }) };
}

function momentOf(value: unknown, now: EpochMs): EpochMs {
  const at = Date.parse(textOf(value) ?? "");
  return Number.isNaN(at) ? now : epochMs(at);
}

/** The chat as the gateway knows it: a group by its id, a direct chat by the person in it. */
export function chatIdOf({ place, sender, isFromMe }: Row): string | undefined {
  if (place === undefined) return undefined;
  if (place.isGroup) return place.guid ?? place.identifier;
  if (!isFromMe && sender !== "") return sender;
  const peer = place.identifier ?? place.guid?.split(";-;").at(-1);
  return peer === undefined ? undefined : handleOf(peer);
}

/** All that a message may have been sent to in order to come out here. */
export function addressesOf(row: Row): readonly string[] {
  const { place } = row;
  const chatId = chatIdOf(row);
  if (place === undefined || chatId === undefined) return [];
  const peer = place.isGroup || place.identifier === undefined ? [] : [handleOf(place.identifier)];
  return [...new Set([
    chatId, ...peer,
    ...(place.guid === undefined ? [] : [place.guid]),
    ...(place.number === undefined ? [] : [`chat_id:${place.number}`]),
    ...(place.identifier === undefined ? [] : [`chat_identifier:${place.identifier}`]),
  ])];
}

/** The names that the files of a row were sent by. */
export const fileNamesOf = ({ attachments }: Pick<Row, "attachments">): readonly string[] => attachments.flatMap((file) => textOf(file["transfer_name"]) ?? []);
