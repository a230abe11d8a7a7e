import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import type { IMessageConfig } from "./config.js";
import { countOf, fieldsOf, type Fields } from "./fields.js";

/** What Messages' private bridge offers on this Mac, now. Without the bridge, nothing of it. */
export interface Capabilities {
  readonly edit: boolean;
  readonly unsend: boolean;
  readonly tapback: boolean;
  /** Any emoji, beyond the six tapbacks. */
  readonly anyEmoji: boolean;
  readonly typing: boolean;
  readonly read: boolean;
  /** Answers to a message. */
  readonly rich: boolean;
  /** Recordings that play in place. */
  readonly voice: boolean;
  readonly poll: boolean;
}

export const NO_BRIDGE: Capabilities = { edit: false, unsend: false, tapback: false, anyEmoji: false, typing: false, read: false, rich: false, voice: false, poll: false };

/** Reads imsg's answer to `status`. An imsg that is too old to have `status` tells nothing that could be relied on. */
export function readCapabilities(status: Fields): Capabilities {
  const bridge = fieldsOf(status["bridge"]);
  // `typing` and `read` are listed without it too, and would then open Messages on somebody's screen.
  if (bridge?.["ready"] !== true) return NO_BRIDGE;
  const methods: readonly unknown[] = Array.isArray(status["methods"]) ? status["methods"] : [];
  const features = fieldsOf(fieldsOf(status["capabilities"])?.["features"]) ?? {};
  return {
    edit: methods.includes("message.edit"),
    unsend: methods.includes("message.unsend"),
    tapback: methods.includes("tapback"),
    anyEmoji: (countOf(features["tapback.emoji"]) ?? 0) >= 2,
    typing: methods.includes("typing"),
    read: methods.includes("read"),
    rich: methods.includes("send.rich"),
    voice: methods.includes("send.attachment"),
    poll: methods.includes("poll.send"),
  };
}

/** What Messages itself has no limit for; longer ones are hard to read on a phone. */
const TEXT_LIMIT = 4_000;
const TYPING_MS = 20_000;

export const abilitiesOf = ({ edit, unsend, tapback, typing, read, poll }: Capabilities, { mediaMaxBytes, remoteHost }: IMessageConfig): ChannelAbilities => ({
  text: { limit: TEXT_LIMIT, unit: "utf16", dialect: "plain" },
  ...(remoteHost === undefined ? { media: { kinds: ["image", "audio", "voice", "video", "file"] as const, maxInBytes: mediaMaxBytes, maxOutBytes: mediaMaxBytes, captionLimit: TEXT_LIMIT } } : {}),
  // No drafts: Messages takes five edits of a message, and shows each of them.
  edit,
  remove: unsend,
  threads: false,
  reactions: tapback ? "one" : "none",
  ...(typing ? { typingMs: TYPING_MS } : {}),
  ...(poll ? { polls: { maxOptions: 12, maxQuestion: 300 } } : {}),
  buttons: false,
  markRead: read,
  ack: "awaited",
});
