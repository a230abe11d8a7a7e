import type { MediaKind } from "../../../domain/messaging/abilities.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import { mediaKindOf } from "../../../domain/messaging/media-kind.js";
import { countOf, listOf, textOf, type Fields } from "./fields.js";
import type { Row } from "./row.js";

/** The files of a message. Each is named by where it lies on the Mac, or is not there at all. */
export const readMedia = ({ attachments }: Row): readonly MediaRef[] => attachments.flatMap((file) => {
  const path = textOf(file["path"]) ?? textOf(file["original_path"]);
  const fileName = textOf(file["transfer_name"]) ?? textOf(file["filename"])?.split("/").at(-1);
  const mimeType = textOf(file["mime_type"]);
  const bytes = countOf(file["byte_size"]) ?? countOf(file["total_bytes"]);
  if (path === undefined && fileName === undefined) return [];
  return [{
    kind: kindOf(file, mimeType, fileName),
    ref: JSON.stringify(path === undefined || file["missing"] === true ? { missing: true } : { path }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(fileName === undefined ? {} : { fileName }),
    ...(bytes === undefined ? {} : { bytes }),
  }];
});

const kindOf = (file: Fields, mimeType: string | undefined, fileName: string | undefined): MediaKind => {
  // Messages records what is spoken into it as Core Audio.
  const voice = textOf(file["uti"]) === "com.apple.coreaudio-format" || /^audio message\./iu.test(fileName ?? "");
  return voice ? "voice" : mediaKindOf(mimeType, fileName);
};

/** What a poll says, as lines to be read; nothing for a vote. */
export function describePoll({ poll }: Row): string {
  if (poll === undefined || poll["kind"] !== "created") return "";
  return `Poll: ${textOf(poll["question"]) ?? ""}${listOf(poll["options"]).map(({ text }) => `\n- ${textOf(text) ?? ""}`).join("")}`;
}

/** The six that every version of Messages knows, and what people mean by them. */
const TAPBACKS: readonly (readonly [string, string, readonly string[]])[] = [
  ["love", "❤️", ["❤", "♥", "🧡", "💛", "💚", "💙", "💜"]],
  ["like", "👍", ["👍"]],
  ["dislike", "👎", ["👎"]],
  ["laugh", "😂", ["😂", "🤣", "😆"]],
  ["emphasis", "‼️", ["‼", "❗"]],
  ["question", "❓", ["❓", "❔"]],
];

const bare = (emoji: string): string => emoji.trim().replace(/\u{fe0f}|\p{Emoji_Modifier}/gu, "");

/** Messages' word for a reaction; `undefined` for an emoji that is none of the six. */
export const tapbackOf = (emoji: string): string | undefined => TAPBACKS.find(([, , emojis]) => emojis.includes(bare(emoji)))?.[0];

/** The emoji of a reaction that came; `undefined` for one that is only Messages' own. */
export const emojiOf = ({ kind, emoji }: NonNullable<Row["reaction"]>): string | undefined =>
  emoji ?? TAPBACKS.find(([word]) => word === kind)?.[1] ?? (/\p{Extended_Pictographic}/u.test(kind) ? kind : undefined);

export const TAPBACK_EMOJIS = TAPBACKS.map(([, emoji]) => emoji).join(" ");
