import type { proto } from "@whiskeysockets/baileys";
import type { MediaKind } from "../../../domain/messaging/abilities.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import { mediaKindOf } from "../../../domain/messaging/media-kind.js";

const MOST_WRAPPINGS = 5;

/** What a message says, without what WhatsApp wraps around it: that it vanishes, is seen once, has a caption. */
export function unwrap(message: proto.IMessage | null | undefined): proto.IMessage | undefined {
  let content = message ?? undefined;
  for (let depth = 0; depth < MOST_WRAPPINGS && content !== undefined; depth += 1) {
    const { ephemeralMessage, viewOnceMessage, viewOnceMessageV2, viewOnceMessageV2Extension, documentWithCaptionMessage, editedMessage } = content;
    const wrapping = ephemeralMessage ?? viewOnceMessage ?? viewOnceMessageV2 ?? viewOnceMessageV2Extension ?? documentWithCaptionMessage ?? editedMessage;
    if (!wrapping) return content;
    content = wrapping.message ?? undefined;
  }
  return content;
}

/** What somebody said in words, be it beside a file or by pressing something. */
export function textOfContent(content: proto.IMessage): string {
  const { conversation, extendedTextMessage, imageMessage, videoMessage, documentMessage, buttonsResponseMessage, listResponseMessage, templateButtonReplyMessage } = content;
  const said = conversation || extendedTextMessage?.text || imageMessage?.caption || videoMessage?.caption || documentMessage?.caption
    || buttonsResponseMessage?.selectedDisplayText || listResponseMessage?.title || templateButtonReplyMessage?.selectedDisplayText || "";
  return [said, ...describe(content)].filter((line) => line !== "").join("\n");
}

/** What is neither words nor a file, as lines to be read. */
function describe({ locationMessage, liveLocationMessage, contactMessage, contactsArrayMessage, pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3 }: proto.IMessage): readonly string[] {
  const place = locationMessage ?? liveLocationMessage;
  const poll = pollCreationMessage ?? pollCreationMessageV2 ?? pollCreationMessageV3;
  const contacts = [...(contactMessage ? [contactMessage] : []), ...(contactsArrayMessage?.contacts ?? [])];
  return [
    ...(place ? [`[location: ${[locationMessage?.name, locationMessage?.address, `${place.degreesLatitude ?? 0}, ${place.degreesLongitude ?? 0}`].filter(Boolean).join("; ")}]`] : []),
    ...contacts.map(({ displayName, vcard }) => `[contact: ${[displayName, ...numbersOf(vcard)].filter(Boolean).join(", ")}]`),
    ...(poll ? [`Poll: ${poll.name ?? ""}${(poll.options ?? []).map(({ optionName }) => `\n- ${optionName ?? ""}`).join("")}`] : []),
  ];
}

const numbersOf = (vcard: string | null | undefined): readonly string[] => [...(vcard ?? "").slice(0, 8_192).matchAll(/^TEL[^:\r\n]*:([+0-9 ()-]{3,32})/gmu)].map(([, number = ""]) => number.trim());

/** What a message says about itself: whom it mentions, and what it answers. */
export function contextOf(content: proto.IMessage): proto.IContextInfo | undefined {
  for (const part of Object.values(content) as unknown[]) {
    const { contextInfo } = (part ?? {}) as { readonly contextInfo?: proto.IContextInfo | null };
    if (contextInfo) return contextInfo;
  }
  return undefined;
}

/** Where a file of a message lies, and what it takes to read it: kept as JSON, and good for as long as WhatsApp keeps the file. */
export interface FileFacts {
  readonly type: "Image" | "Video" | "Audio" | "Document";
  readonly path: string;
  readonly host?: string;
  /** Base64. */
  readonly key: string;
  readonly sha256: string;
}

type FileMessage = Pick<proto.Message.IImageMessage, "url" | "directPath" | "mediaKey" | "fileSha256" | "fileLength" | "mimetype">;

export function mediaOf({ imageMessage, stickerMessage, videoMessage, ptvMessage, audioMessage, documentMessage }: proto.IMessage): readonly MediaRef[] {
  const video = videoMessage ?? ptvMessage;
  return [
    ...fileOf(imageMessage, "Image", "image"),
    ...fileOf(stickerMessage, "Image", "image"),
    ...fileOf(video, "Video", "video"),
    ...fileOf(audioMessage, "Audio", audioMessage?.ptt === true ? "voice" : "audio"),
    ...fileOf(documentMessage, "Document", mediaKindOf(documentMessage?.mimetype ?? undefined, documentMessage?.fileName ?? undefined), documentMessage?.fileName),
  ];
}

function fileOf(file: FileMessage | null | undefined, type: FileFacts["type"], kind: MediaKind, fileName?: string | null): readonly MediaRef[] {
  if (!file?.mediaKey || !file.fileSha256) return [];
  const address = URL.canParse(file.url ?? "") ? new URL(file.url ?? "") : undefined;
  const path = file.directPath || (address === undefined ? "" : `${address.pathname}${address.search}`);
  const facts: FileFacts = {
    type, path,
    ...(address === undefined ? {} : { host: address.host }),
    key: Buffer.from(file.mediaKey).toString("base64"),
    sha256: Buffer.from(file.fileSha256).toString("base64"),
  };
  const bytes = Number(file.fileLength ?? Number.NaN);
  return [{
    kind, ref: JSON.stringify(facts),
    ...(file.mimetype ? { mimeType: file.mimetype.slice(0, 128) } : {}),
    ...(fileName ? { fileName: fileName.slice(0, 256) } : {}),
    ...(Number.isSafeInteger(bytes) && bytes >= 0 ? { bytes } : {}),
  }];
}
