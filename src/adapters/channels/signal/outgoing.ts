import type { Fields } from "../../../domain/foreign-fields.js";
import type { MessageRef, OutboundPart, Refused, RenderedText, StoredMedia, Target } from "../../../domain/messaging/outbound.js";
import { isGroup, isSelf, parseMessageId, renderPlace, type Self } from "./target.js";

/** A command of signal-cli. */
export interface Command {
  readonly method: string;
  readonly params: Fields;
}

export interface Outgoing {
  readonly self: Self;
  /** A file as signal-cli takes it. */
  readonly file?: string;
  /** The text of the message that is answered, as far as it is known. */
  readonly quoted?: string;
}

const MAX_OPTION = 100;

const refused = (code: Refused["code"], reason: string): Refused => ({ kind: "refused", code, reason });
const NO_PLACE = refused("unknown-target", "This is no address of Signal's: write a number as +491511234567, a person's uuid, u:name.01, or a group's id.");
const NO_MESSAGE = refused("unknown-target", "This is not a message of Signal; its messages are the moment at which they were sent, and their author.");
const NO_BUTTONS = refused("unsupported", "Signal has no buttons; write the choices into the text.");

export function renderSend(to: Target, part: OutboundPart, { self, file, quoted }: Outgoing): Command | Refused {
  const place = renderPlace(to.chatId, self);
  if (place === undefined) return NO_PLACE;
  const { body } = part;
  const common = { ...place, ...quoteOf(part, self, quoted), ...(part.silent === true ? { noUrgent: true } : {}) };
  switch (body.kind) {
    case "text":
      if ((body.buttons ?? []).flat().length > 0) return NO_BUTTONS;
      return { method: "send", params: { ...common, ...renderText(body.text) } };
    case "media":
      return { method: "send", params: { ...common, ...renderText(body.caption ?? { text: "", plain: "" }), attachments: [file], ...(body.media.kind === "voice" ? { voiceNote: true } : {}) } };
    case "poll": {
      const { question, options, maxSelections } = body.poll;
      if (options.some((option) => option.length > MAX_OPTION)) return refused("too-large", `An answer of a poll on Signal has at most ${MAX_OPTION} characters; make it shorter.`);
      return { method: "sendPollCreate", params: { ...place, question, option: options, ...(maxSelections > 1 ? {} : { noMulti: true }) } };
    }
  }
}

export function renderEdit(message: MessageRef, { body }: OutboundPart, self: Self): Command | Refused {
  const target = ownMessage(message, self, "change");
  if ("kind" in target) return target;
  if (body.kind !== "text") return refused("unsupported", "Signal lets only texts be changed; delete this message and send another.");
  if ((body.buttons ?? []).flat().length > 0) return NO_BUTTONS;
  return { method: "send", params: { ...target.place, ...renderText(body.text), editTimestamp: target.timestamp } };
}

export function renderRemoval(message: MessageRef, self: Self): Command | Refused {
  const target = ownMessage(message, self, "delete for everybody");
  return "kind" in target ? target : { method: "remoteDelete", params: { ...target.place, targetTimestamp: target.timestamp } };
}

export function renderReaction(message: MessageRef, { emoji, add }: { readonly emoji: string; readonly add: boolean }, self: Self): Command | Refused {
  const place = renderPlace(message.chatId, self);
  const target = parseMessageId(message);
  if (place === undefined) return NO_PLACE;
  const author = target?.author ?? self.uuid ?? self.number;
  if (target === undefined || author === undefined) return NO_MESSAGE;
  return { method: "sendReaction", params: { ...place, emoji, targetAuthor: author, targetTimestamp: target.timestamp, remove: !add } };
}

/** Undefined where Signal shows no such sign: to oneself, or to a name of which the person is not known. */
export function renderTyping({ chatId }: Target, on: boolean, self: Self): Command | undefined {
  const place = renderPlace(chatId, self);
  if (place === undefined || (!isGroup(chatId) && place["recipient"] === undefined)) return undefined;
  return { method: "sendTyping", params: { ...place, ...(on ? {} : { stop: true }) } };
}

/** Undefined where nobody is told: in groups, and of one's own messages. */
export function renderReceipt(message: MessageRef, self: Self): Command | undefined {
  const target = parseMessageId(message);
  if (target?.author === undefined || isGroup(message.chatId) || isSelf(message.chatId, self)) return undefined;
  return { method: "sendReceipt", params: { recipient: target.author, targetTimestamp: [target.timestamp], type: "read" } };
}

/** signal-cli reads a file out of such an address, wherever it runs. */
export const dataUri = ({ mimeType, fileName }: Pick<StoredMedia, "mimeType" | "fileName">, bytes: Buffer): string =>
  `data:${/^[\w.+-]+\/[\w.+-]+$/u.test(mimeType) ? mimeType : "application/octet-stream"};filename=${encodeURIComponent(fileName === "" ? "file" : fileName)};base64,${bytes.toString("base64")}`;

const renderText = ({ text, styles = [] }: RenderedText): Fields => ({ message: text, ...(styles.length === 0 ? {} : { textStyle: styles }) });

function quoteOf({ replyTo }: OutboundPart, self: Self, quoted: string | undefined): Fields {
  const target = replyTo === undefined ? undefined : parseMessageId({ messageId: replyTo });
  const author = target?.author ?? self.uuid ?? self.number;
  if (target === undefined || author === undefined) return {};
  return { quoteTimestamp: target.timestamp, quoteAuthor: author, quoteMessage: quoted ?? "" };
}

function ownMessage(message: MessageRef, self: Self, what: string): { readonly place: Fields; readonly timestamp: number } | Refused {
  const place = renderPlace(message.chatId, self);
  const target = parseMessageId(message);
  if (place === undefined) return NO_PLACE;
  if (target === undefined) return NO_MESSAGE;
  if (target.author !== undefined && !isSelf(target.author, self)) return refused("forbidden", `Signal lets an account ${what} only what it said itself.`);
  return { place, timestamp: target.timestamp };
}
