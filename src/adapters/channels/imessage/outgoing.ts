import type { MessageRef, OutboundPart, Refused, Target } from "../../../domain/messaging/outbound.js";
import type { Capabilities } from "./capabilities.js";
import type { RpcRequest } from "./client.js";
import type { IMessageConfig } from "./config.js";
import { TAPBACK_EMOJIS, tapbackOf } from "./content.js";
import type { Outgoing } from "./echo-memory.js";
import type { Fields } from "./fields.js";
import { isPerson, renderChat } from "./target.js";

export interface Rendering {
  readonly config: Pick<IMessageConfig, "service" | "region">;
  readonly bridge: Capabilities;
  /** Where the file of the part lies meanwhile. */
  readonly file?: { readonly path: string; readonly name: string };
}

/** A request, and the rows that it will make. */
export interface Rendered {
  readonly request: RpcRequest;
  readonly rows: readonly Outgoing[];
}

/** A message of which Messages did not say what it became. */
const UNNAMED = "unnamed:";

export const unnamedId = (key: string): string => `${UNNAMED}${key}`;

const refused = (code: Refused["code"], reason: string): Refused => ({ kind: "refused", code, reason });

const NO_BRIDGE = "Messages does this only through its bridge, which is not there or does not offer it; imsg launch on the Mac starts it.";

export function renderSend({ chatId }: Target, part: OutboundPart, { config, bridge, file }: Rendering): Rendered | Refused {
  const { body, replyTo } = part;
  const plain = { ...renderChat(chatId, { existing: false }), ...(isPerson(chatId) ? { service: config.service, region: config.region } : {}) };
  const existing = renderChat(chatId, { existing: true });
  switch (body.kind) {
    case "text": {
      const rows = [{ chatId, text: body.text.text }];
      if (replyTo !== undefined && bridge.rich) return { request: { method: "send.rich", params: { ...existing, text: body.text.text, reply_to: replyTo } }, rows };
      return { request: { method: "send", params: { ...plain, text: body.text.text } }, rows };
    }
    case "media": {
      if (file === undefined) return refused("unsupported", "Files can't be sent through imsg on another Mac; send a link.");
      const text = body.caption === undefined || body.caption.text === "" ? {} : { text: body.caption.text };
      const rows = [...("text" in text ? [{ chatId, ...text }] : []), { chatId, fileName: file.name, isBeside: "text" in text }];
      if (body.media.kind === "voice" && bridge.voice && !("text" in text)) return { request: { method: "send.attachment", params: { ...existing, file: file.path, audio: true } }, rows };
      return { request: { method: "send", params: { ...plain, ...text, file: file.path } }, rows };
    }
    case "poll": {
      if (!bridge.poll) return refused("unsupported", NO_BRIDGE);
      const { question, options, durationMs } = body.poll;
      if (durationMs !== undefined) return refused("unsupported", "A poll of Messages has no end; leave its duration out.");
      return { request: { method: "poll.send", params: { ...existing, question, options } }, rows: [{ chatId, text: question, isBeside: true }] };
    }
  }
}

/** The same without being an answer: to a message that Messages does not know it refuses to answer. */
export const withoutReply = ({ replyTo: _answered, ...part }: OutboundPart): OutboundPart => part;

const messageOf = ({ chatId, messageId }: MessageRef): Fields | Refused =>
  messageId.startsWith(UNNAMED) ? refused("unknown-target", "Messages did not say which message this became, so it can't be changed.") : { ...renderChat(chatId, { existing: true }), message_id: messageId };

/** A request about a message, where the bridge offers it. */
function aboutMessage(isOffered: boolean, method: string, message: MessageRef, params: Fields = {}): RpcRequest | Refused {
  if (!isOffered) return refused("unsupported", NO_BRIDGE);
  const target = messageOf(message);
  return "kind" in target ? (target as Refused) : { method, params: { ...target, ...params } };
}

export function renderEdit(message: MessageRef, { body }: OutboundPart, bridge: Capabilities): RpcRequest | Refused {
  if (bridge.edit && body.kind !== "text") return refused("unsupported", "Messages lets only texts be changed; send it anew.");
  return aboutMessage(bridge.edit, "message.edit", message, body.kind === "text" ? { text: body.text.text } : {});
}

export const renderRemoval = (message: MessageRef, bridge: Capabilities): RpcRequest | Refused => aboutMessage(bridge.unsend, "message.unsend", message);

export function renderReaction(message: MessageRef, { emoji, add }: { readonly emoji: string; readonly add: boolean }, bridge: Capabilities): RpcRequest | Refused {
  const tapback = tapbackOf(emoji);
  if (bridge.tapback && tapback === undefined && !bridge.anyEmoji) return refused("unsupported", `Messages takes only these as a reaction here: ${TAPBACK_EMOJIS}.`);
  return aboutMessage(bridge.tapback, "tapback", message, { ...(tapback === undefined ? { emoji } : { reaction: tapback }), ...(add ? {} : { remove: true }) });
}

export const renderTyping = ({ chatId }: Target, on: boolean): RpcRequest => ({ method: "typing", params: { ...renderChat(chatId, { existing: false }), typing: on } });

export const renderRead = ({ chatId }: Target): RpcRequest => ({ method: "read", params: renderChat(chatId, { existing: false }) });
