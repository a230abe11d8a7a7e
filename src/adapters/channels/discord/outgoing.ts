import type { Button, MessageRef, OutboundPart, Poll, Refused, Target } from "../../../domain/messaging/outbound.js";
import type { ApiRequest } from "./client.js";
import { refused } from "./failures.js";
import { idOf, type Fields } from "./fields.js";

/** What a bot may upload where nobody pays for more. */
export const MAX_UPLOAD_BYTES = 10 * 1_048_576;

const MAX_BUTTONS = { inRow: 5, rows: 5 };
const MAX_LABEL = 80;
const MAX_ANSWER = 55;
const POLL_HOURS = { least: 1, most: 768, usual: 24 };
const HOUR_MS = 3_600_000;
const SUPPRESS_NOTIFICATIONS = 4_096;
/** What the account writes calls nobody, whatever is in it. */
const NO_MENTIONS = { parse: [], replied_user: false };

export interface Outgoing {
  /** The same for every try at the same message: Discord then takes it once. */
  readonly nonce: string;
  /** The bytes of the file, for a part that is one. */
  readonly bytes?: Uint8Array;
}

const isRefused = (value: object): value is Refused => (value as Partial<Refused>).kind === "refused";

/** A thread is a channel of its own. */
export const channelOf = ({ chatId, threadId }: Target): string | undefined => idOf(threadId ?? chatId);

export function renderSend(channelId: string, part: OutboundPart, { nonce, bytes }: Outgoing): ApiRequest | Refused {
  const content = renderBody(part);
  if (isRefused(content)) return content;
  const replyTo = idOf(part.replyTo);
  const { body } = part;
  const media = body.kind === "media" ? body.media : undefined;
  return {
    method: "POST",
    route: `/channels/${channelId}/messages`,
    body: {
      ...content,
      nonce,
      enforce_nonce: true,
      allowed_mentions: NO_MENTIONS,
      ...(replyTo === undefined ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
      ...(part.silent === true ? { flags: SUPPRESS_NOTIFICATIONS } : {}),
      ...(media === undefined ? {} : { attachments: [{ id: 0, filename: nameOf(media.fileName) }] }),
    },
    ...(media === undefined || bytes === undefined ? {} : { file: { name: nameOf(media.fileName), mimeType: media.mimeType, bytes } }),
  };
}

const nameOf = (fileName: string): string => fileName.replace(/[\p{Cc}"\\/]/gu, "_") || "file";

function renderBody({ body }: OutboundPart): Fields | Refused {
  switch (body.kind) {
    case "text": {
      const components = renderButtons(body.buttons ?? []);
      if (isRefused(components)) return components;
      return { content: body.text.text, ...(components.length === 0 ? {} : { components }) };
    }
    case "media":
      if (body.media.bytes > MAX_UPLOAD_BYTES) return refused("too-large", "The file is larger than Discord takes from a bot.");
      return body.caption === undefined ? {} : { content: body.caption.text };
    case "poll":
      return renderPoll(body.poll);
  }
}

/** What an edit can change: the text, or the text beside a file, and the buttons. */
export function renderEdit(message: MessageRef, { body }: OutboundPart): ApiRequest | Refused {
  if (body.kind === "poll") return refused("unsupported", "Discord does not let a poll be changed; send another one.");
  const components = body.kind === "text" ? renderButtons(body.buttons ?? []) : [];
  if (isRefused(components)) return components;
  const content = body.kind === "text" ? body.text.text : (body.caption?.text ?? "");
  return onMessage(message, (route) => ({ method: "PATCH", route, body: { content, allowed_mentions: NO_MENTIONS, ...(body.kind === "text" ? { components } : {}) } }));
}

export const renderRemoval = (message: MessageRef): ApiRequest | Refused => onMessage(message, (route) => ({ method: "DELETE", route }));

const CUSTOM = /^<?a?:?(?<emoji>\w{2,32}:[0-9]{1,20})>?$/u;
/** Something with a picture in it, and no words. */
const EMOJI = /^(?=.*(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\u{20e3}))[^\s\p{L}<>:]{1,32}$/u;

/** @param emoji a character, or a server's own emoji as `name:id` */
export function renderReaction(message: MessageRef, emoji: string, add: boolean): ApiRequest | Refused {
  const bare = emoji.trim();
  const custom = CUSTOM.exec(bare)?.groups?.["emoji"];
  if (custom === undefined && !EMOJI.test(bare)) return refused("unsupported", "Discord takes an emoji as a reaction: one character, or a server's own as name:id.");
  return onMessage(message, (route) => ({ method: add ? "PUT" : "DELETE", route: `${route}/reactions/${encodeURIComponent(custom ?? bare)}/@me` }));
}

function onMessage(message: MessageRef, request: (route: `/${string}`) => ApiRequest): ApiRequest | Refused {
  const [channelId, messageId] = [channelOf(message), idOf(message.messageId)];
  if (channelId === undefined || messageId === undefined) return refused("unknown-target", "This is not a message of Discord; its channels and messages have numbers.");
  return request(`/channels/${channelId}/messages/${messageId}`);
}

/** Rows that are longer than Discord's are broken. */
function renderButtons(rows: readonly (readonly Button[])[]): readonly unknown[] | Refused {
  const broken = rows.flatMap((row) => Array.from({ length: Math.ceil(row.length / MAX_BUTTONS.inRow) }, (_, nth) => row.slice(nth * MAX_BUTTONS.inRow, (nth + 1) * MAX_BUTTONS.inRow)));
  if (broken.length > MAX_BUTTONS.rows) return refused("invalid", "Discord shows at most five rows of five buttons below a message.");
  return broken.map((row, nth) => ({ type: 1, components: row.map((button, at) => renderButton(button, nth * MAX_BUTTONS.inRow + at)) }));
}

/** The number in front keeps two buttons with the same data apart, which Discord refuses otherwise. */
const renderButton = ({ label, data, url }: Button, nth: number): unknown => ({
  type: 2,
  label: label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 1)}\u2026` : label,
  ...(url === undefined ? { style: 2, custom_id: `${nth}:${data ?? ""}` } : { style: 5, url }),
});

function renderPoll({ question, options, maxSelections, durationMs, isAnonymous }: Poll): Fields | Refused {
  if (isAnonymous === true) return refused("unsupported", "Discord shows who has voted for what; ask without a promise of secrecy.");
  if (options.some((option) => option.length > MAX_ANSWER)) return refused("invalid", `Discord takes at most ${MAX_ANSWER} characters in an answer of a poll.`);
  const hours = durationMs === undefined ? POLL_HOURS.usual : Math.min(Math.max(Math.round(durationMs / HOUR_MS), POLL_HOURS.least), POLL_HOURS.most);
  return { poll: { question: { text: question }, answers: options.map((text) => ({ poll_media: { text } })), allow_multiselect: maxSelections > 1, duration: hours, layout_type: 1 } };
}

/** What the far end sees at once, who has asked by the command; the answer itself is a message. */
const ACKNOWLEDGED = "The answer follows in this channel.";
const EPHEMERAL = 64;

/** The sign that Discord wants within three seconds for a press or a command, lest it show them as failed. */
export function renderAcknowledgement(id: string, token: string, isCommand: boolean): ApiRequest {
  return {
    method: "POST",
    route: `/interactions/${id}/${encodeURIComponent(token)}/callback`,
    body: isCommand ? { type: 4, data: { content: ACKNOWLEDGED, flags: EPHEMERAL, allowed_mentions: NO_MENTIONS } } : { type: 6 },
  };
}

export const renderCommand = (applicationId: string, name: string): ApiRequest => ({
  method: "POST",
  route: `/applications/${applicationId}/commands`,
  body: { name, type: 1, description: "Ask the assistant", options: [{ type: 3, name: "text", description: "What you want to say", required: true }] },
});
