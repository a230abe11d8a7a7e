import { Readable } from "node:stream";
import type { AnyMessageContent } from "@whiskeysockets/baileys";
import type { OutboundPart, Poll, Refused, StoredMedia } from "../../../domain/messaging/outbound.js";
import { refused } from "./failures.js";

export const MAX_FILE_BYTES = 64 * 1_048_576;
export const MAX_POLL_OPTIONS = 12;

export const isRefused = (value: object): value is Refused => (value as Partial<Refused>).kind === "refused";

/** What a part is in Baileys' words. Nothing is looked up for a preview of links: that would call wherever they lead. */
export function renderContent({ body }: OutboundPart, open: (media: StoredMedia) => AsyncIterable<Uint8Array>): AnyMessageContent | Refused {
  switch (body.kind) {
    case "text":
      if ((body.buttons ?? []).length > 0) return refused("unsupported", "WhatsApp has no buttons for such accounts; write the choices as text.");
      return { text: body.text.text, linkPreview: null };
    case "media":
      if (body.media.bytes > MAX_FILE_BYTES) return refused("too-large", "The file is larger than the gateway sends over WhatsApp.");
      return renderMedia(body.media, body.caption?.text, Readable.from(open(body.media), { objectMode: false }));
    case "poll":
      return renderPoll(body.poll);
  }
}

function renderMedia({ kind, mimeType, fileName }: StoredMedia, caption: string | undefined, stream: Readable): AnyMessageContent {
  const beside = caption === undefined ? {} : { caption };
  switch (kind) {
    case "image":
      return { image: { stream }, mimetype: mimeType, ...beside };
    case "video":
      return { video: { stream }, mimetype: mimeType, ...beside };
    case "voice":
      return { audio: { stream }, ptt: true, mimetype: mimeType.startsWith("audio/ogg") ? "audio/ogg; codecs=opus" : mimeType };
    case "audio":
      return { audio: { stream }, mimetype: mimeType };
    case "file":
      return { document: { stream }, mimetype: mimeType, fileName, ...beside };
  }
}

function renderPoll({ question, options, maxSelections, isAnonymous }: Poll): AnyMessageContent | Refused {
  if (isAnonymous === true) return refused("unsupported", "WhatsApp shows who has voted for what; ask without a promise of secrecy.");
  if (options.length < 2 || options.length > MAX_POLL_OPTIONS || new Set(options).size < options.length) return refused("invalid", `WhatsApp takes 2 to ${MAX_POLL_OPTIONS} different answers in a poll.`);
  return { poll: { name: question, values: [...options], selectableCount: Math.min(Math.max(maxSelections, 1), options.length) } };
}
