import { countOf, fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import { mediaKindOf } from "../../../domain/messaging/media-kind.js";

/** The files of a message. Signal sends what is too long for one message as a file of this type beside it; its beginning is the text. */
const LONG_TEXT = "text/x-signal-plain";

/** @param place by which signal-cli finds the file again, beside its id */
export const readMedia = (message: Fields, place: Fields): readonly MediaRef[] =>
  listOf(message["attachments"]).flatMap((attachment): readonly MediaRef[] => {
    const id = textOf(attachment["id"]);
    const mimeType = textOf(attachment["contentType"]);
    if (id === undefined || mimeType === LONG_TEXT) return [];
    const fileName = textOf(attachment["filename"]);
    const bytes = countOf(attachment["size"]);
    return [{
      kind: mediaKindOf(mimeType, fileName, { voice: isVoice(attachment) }),
      ref: JSON.stringify({ id, ...place }),
      ...(mimeType === undefined ? {} : { mimeType }),
      ...(fileName === undefined ? {} : { fileName }),
      ...(bytes === undefined ? {} : { bytes }),
    }];
  });

/** Signal's apps record voice notes as AAC and give them no name. Newer builds of signal-cli say it. */
const isVoice = ({ voiceNote, isVoiceNote, contentType, filename }: Fields): boolean =>
  voiceNote === true || isVoiceNote === true || (contentType === "audio/aac" && textOf(filename) === undefined);

/** The file of a long text, which holds all of it. */
export const longTextIn = (message: Fields): string | undefined => textOf(listOf(message["attachments"]).find(({ contentType }) => contentType === LONG_TEXT)?.["id"]);

/** What a message holds beside text and files, as lines to be read. */
export function describeContent(message: Fields): readonly string[] {
  const sticker = fieldsOf(message["sticker"]);
  const poll = fieldsOf(message["pollCreate"]);
  return [
    ...(sticker === undefined ? [] : [`[sticker${textOf(sticker["emoji"]) === undefined ? "" : ` ${String(sticker["emoji"])}`}]`]),
    ...(poll === undefined ? [] : [`Poll: ${textOf(poll["question"]) ?? ""}${optionsOf(poll).map((option) => `\n- ${option}`).join("")}`]),
    ...listOf(message["contacts"]).map(describeContact),
    ...listOf(message["attachments"]).flatMap(({ caption }) => textOf(caption) ?? []),
  ];
}

const optionsOf = ({ options }: Fields): readonly string[] => (Array.isArray(options) ? options.flatMap((option) => textOf(option) ?? textOf(fieldsOf(option)?.["option"]) ?? []) : []);

function describeContact(contact: Fields): string {
  const { display, given, family } = fieldsOf(contact["name"]) ?? {};
  const name = textOf(display) ?? [given, family].flatMap((part) => textOf(part) ?? []).join(" ");
  const numbers = listOf(contact["phone"]).flatMap(({ value }) => textOf(value) ?? []);
  return `Contact: ${[name, ...numbers].filter((part) => part !== "").join(", ")}`;
}
