import type { EpochMs } from "../moment.js";
import type { MediaKind } from "./abilities.js";

/** `direct`: two of them; `group`: several people who know each other; `room`: a public or large place (a channel, a guild's channel). */
export type ChatKind = "direct" | "group" | "room";

/** Where something was said. Ids are the provider's own, as text, and never change for one place. */
export interface Chat {
  readonly id: string;
  readonly kind: ChatKind;
  readonly title?: string;
  /** A topic or thread inside it. */
  readonly threadId?: string;
  /** The larger place that it belongs to: a workspace, a guild. */
  readonly spaceId?: string;
}

/** Who said it. `id` is stable and decides; `aliases` are other stable ids of the same person (a phone number beside a uuid). Names are for the eye. */
export interface Sender {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly name?: string;
  readonly handle?: string;
  readonly isBot: boolean;
  /** The account itself, from here or from another device. */
  readonly isSelf: boolean;
}

/** A file that came with a message. `ref` is the channel's own, a JSON value that it can fetch the file by, also after a restart. */
export interface MediaRef {
  readonly kind: MediaKind;
  readonly ref: string;
  readonly mimeType?: string;
  readonly fileName?: string;
  readonly bytes?: number;
}

export interface Quote {
  readonly messageId: string;
  /** What is answered was said by this account. */
  readonly ofSelf: boolean;
  readonly text?: string;
  readonly senderName?: string;
}

export type EnvelopeBody =
  | {
      readonly kind: "message";
      /** As typed, mentions of people as `@name`; the mention of this account is taken out. Empty beside media. */
      readonly text: string;
      readonly media: readonly MediaRef[];
      readonly replyTo?: Quote;
      /** This account is addressed: by a mention, or by an answer to what it said. */
      readonly addressed: boolean;
      /** A command of the platform (`/start`, a slash command), without its slash; `text` holds what follows it. */
      readonly command?: string;
    }
  /** What a message says now. `addressed` as for a message. */
  | { readonly kind: "edit"; readonly text: string; readonly addressed: boolean }
  /** A message was taken back for everyone. `sender` is who said it, also where an administrator took it away. */
  | { readonly kind: "removal" }
  | { readonly kind: "reaction"; readonly emoji: string; readonly added: boolean; readonly ofSelf: boolean }
  /** A button under one of this account's messages was pressed. */
  | { readonly kind: "press"; readonly data: string }
  /** The chat goes on under another id. */
  | { readonly kind: "moved"; readonly to: string };

/** One thing that a provider told, in the core's words. A plain JSON value: it is kept on disk until it is answered. */
export interface Envelope {
  readonly channel: string;
  readonly accountId: string;
  /**
   * The same for every delivery of the same thing and for nothing else, whatever transport ids differ: of a message its
   * chat and id, of an edit these and its moment, of a removal these and that it is one.
   */
  readonly key: string;
  /** The message that was said, edited, taken back, reacted to or pressed. */
  readonly messageId: string;
  readonly chat: Chat;
  readonly sender: Sender;
  readonly sentAt: EpochMs;
  readonly body: EnvelopeBody;
}
