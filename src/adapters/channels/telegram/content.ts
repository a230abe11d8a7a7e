import type { MediaKind } from "../../../domain/messaging/abilities.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import { printable } from "../../../domain/text/printable.js";
import { countOf, fieldsOf, listOf, textOf, type Fields } from "./fields.js";

/** The files of a message. Of a photo the largest size alone; of an animation not the document that it also is. */
export function readMedia(message: Fields): readonly MediaRef[] {
  const photo = listOf(message["photo"]).at(-1);
  if (photo !== undefined) return media("image", { mime_type: "image/jpeg", ...photo });
  for (const [field, kind, mimeType] of FILES) {
    const file = fieldsOf(message[field]);
    if (file !== undefined) return media(kind, mimeType === undefined ? file : { mime_type: mimeType, ...file });
  }
  const document = fieldsOf(message["document"]);
  return document === undefined ? [] : media(kindOf(textOf(document["mime_type"]) ?? ""), document);
}

const FILES: readonly (readonly [string, MediaKind, string?])[] = [
  ["voice", "voice", "audio/ogg"],
  ["audio", "audio"],
  ["animation", "video", "video/mp4"],
  ["video", "video", "video/mp4"],
  ["video_note", "video", "video/mp4"],
];

const kindOf = (mimeType: string): MediaKind => {
  const [family] = mimeType.split("/", 1);
  return family === "image" || family === "audio" || family === "video" ? family : "file";
};

function media(kind: MediaKind, file: Fields): readonly MediaRef[] {
  const ref = textOf(file["file_id"]);
  if (ref === undefined) return [];
  const mimeType = textOf(file["mime_type"]);
  const fileName = textOf(file["file_name"]);
  const bytes = countOf(file["file_size"]);
  return [{
    kind, ref,
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(fileName === undefined ? {} : { fileName }),
    ...(bytes === undefined ? {} : { bytes }),
  }];
}

/** What a message holds beside text and files, as lines to be read. */
export function describeContent(message: Fields): readonly string[] {
  const lines = DESCRIBED.flatMap(([field, describe]) => {
    const content = fieldsOf(message[field]);
    return content === undefined ? [] : [describe(content)];
  });
  // A venue comes with its location once more.
  return fieldsOf(message["venue"]) === undefined ? lines : lines.slice(0, 1);
}

const DESCRIBED: readonly (readonly [string, (content: Fields) => string])[] = [
  ["venue", (venue) => `Place: ${joined([venue["title"], venue["address"]])} (${position(fieldsOf(venue["location"]) ?? {})})`],
  ["location", (location) => `${location["live_period"] === undefined ? "Location" : "Live location"}: ${position(location)}`],
  ["contact", (contact) => `Contact: ${joined([joined([contact["first_name"], contact["last_name"]], " "), contact["phone_number"]])}`],
  ["sticker", (sticker) => `[sticker${prefixed(" ", sticker["emoji"])}]`],
  ["dice", (dice) => `[dice${prefixed(" ", dice["emoji"])}: ${countOf(dice["value"]) ?? "?"}]`],
  ["poll", (poll) => `Poll: ${lineOf(poll["question"])}${listOf(poll["options"]).map(({ text }) => `\n- ${lineOf(text)}`).join("")}`],
];

const MAX_LINE = 300;

/** What somebody filled into a form, or calls himself: one line, so that it does not read as another one of the message. */
const lineOf = (value: unknown): string => printable(textOf(value) ?? "", MAX_LINE);
const joined = (parts: readonly unknown[], by = ", "): string => parts.map(lineOf).filter((part) => part !== "").join(by);
const prefixed = (prefix: string, value: unknown): string => (lineOf(value) === "" ? "" : `${prefix}${lineOf(value)}`);
const position = ({ latitude, longitude }: Fields): string => `${typeof latitude === "number" ? latitude : "?"}, ${typeof longitude === "number" ? longitude : "?"}`;

/** Who said first what is passed on here. */
export function describeOrigin(message: Fields): string | undefined {
  const origin = fieldsOf(message["forward_origin"]);
  if (origin === undefined) return undefined;
  const user = fieldsOf(origin["sender_user"]);
  const chat = fieldsOf(origin["sender_chat"]) ?? fieldsOf(origin["chat"]);
  const name = user === undefined ? lineOf(origin["sender_user_name"] ?? chat?.["title"]) : joined([user["first_name"], user["last_name"]], " ");
  return `Forwarded from ${name === "" ? "somebody" : name}:`;
}
