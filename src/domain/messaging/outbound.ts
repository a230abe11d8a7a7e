import type { MediaKind } from "./abilities.js";
import type { Inline } from "./markdown/tree.js";

/** Where a message goes. */
export interface Target {
  readonly chatId: string;
  readonly threadId?: string;
}

/** One message of a chat. */
export interface MessageRef extends Target {
  readonly messageId: string;
}

export interface Button {
  readonly label: string;
  /** At most 64 bytes; comes back in a `press`. */
  readonly data?: string;
  readonly url?: string;
}

/** A text in a channel's dialect, and the same without any form: for a provider that refuses the form after all. */
export interface RenderedText {
  readonly text: string;
  readonly plain: string;
  /** Where its form is, in a dialect whose form travels beside the text: `start:length:STYLE` in UTF-16 units. */
  readonly styles?: readonly string[];
}

/** A stretch of a message: text in the channel's dialect, or a table, whose first row is its head and whose rows are equally long. */
export type TextPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "table"; readonly rows: readonly (readonly (readonly Inline[])[])[] };

/** A file kept by the gateway, on its way out. */
export interface StoredMedia {
  readonly id: string;
  readonly kind: MediaKind;
  readonly mimeType: string;
  readonly fileName: string;
  readonly bytes: number;
}

export interface Poll {
  readonly question: string;
  readonly options: readonly string[];
  readonly maxSelections: number;
  readonly durationMs?: number;
  readonly isAnonymous?: boolean;
}

/** Exactly one message of the platform. A plain JSON value: it is kept on disk until the provider has confirmed it. */
export interface OutboundPart {
  readonly body:
    /** `layout`: the same once more in pieces, with one table among them, for a channel whose abilities name `tables`. */
    | { readonly kind: "text"; readonly text: RenderedText; readonly layout?: readonly TextPiece[]; readonly buttons?: readonly (readonly Button[])[] }
    | { readonly kind: "media"; readonly media: StoredMedia; readonly caption?: RenderedText }
    | { readonly kind: "poll"; readonly poll: Poll };
  /** The message that this one answers. */
  readonly replyTo?: string;
  readonly silent?: boolean;
}

export type RefusalCode = "not-linked" | "unknown-target" | "forbidden" | "unsupported" | "too-large" | "invalid";

/** It did not arrive and never will. `reason` is a whole sentence for the operator, free of message text and secrets. */
export interface Refused {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly reason: string;
}

/** It did not arrive; the same may succeed later. */
export interface Postponed {
  readonly kind: "later";
  readonly reason: string;
  readonly retryAfterMs?: number;
  /** Whether others wait with it: all that goes to this chat, or all of the account. */
  readonly scope: "message" | "chat" | "account";
}

/** It may have arrived and may not have: repeating it could double it. */
export interface Unknown {
  readonly kind: "unknown";
  readonly reason: string;
}

/** `delivered`: the provider has it in the chat. `accepted`: it took it over and promises no more. */
export interface Sent {
  readonly kind: "delivered" | "accepted";
  readonly messageId: string;
  /** Where it ended up, if that is not where it was sent: a chat that moved, a thread that was opened. */
  readonly chatId?: string;
  readonly threadId?: string;
  readonly pollId?: string;
}

export type Receipt = Sent | Refused | Postponed | Unknown;

/** The outcome of an edit, a removal, a reaction. All of these may be repeated without harm. */
export type ActionOutcome = { readonly kind: "done" } | Refused | Postponed;
