/** What a text is counted in where a platform limits it. */
export type TextUnit = "utf16" | "bytes" | "codepoints";

/** How a platform wants a text that has form. Each has one renderer. */
export type Dialect = "plain" | "markdown" | "telegram-html" | "slack-mrkdwn" | "discord-markdown" | "whatsapp" | "signal";

export type MediaKind = "image" | "audio" | "voice" | "video" | "file";

/**
 * How sure a provider can be made that a message was kept before it forgets it. `gated`: it is acknowledged one by one,
 * after it was stored. `awaited`: it is read from a cursor that moves after it was stored. `non-replay`: it is pushed
 * once, and lost if nobody listens.
 */
export type AckClass = "gated" | "awaited" | "non-replay";

/** How large a table of the platform's own may be; there is one at most in a message. The head counts as a row. */
export interface TableLimits {
  readonly maxRows: number;
  readonly maxColumns: number;
  /** Of all of its cells together, in UTF-16 units. */
  readonly maxCharacters: number;
}

/** What a channel can do, as data. What it lacks is refused before the channel is asked. */
export interface ChannelAbilities {
  /** Longest text of one message after rendering, and the unit it is counted in. `tables`: it shows tables of its own. */
  readonly text: { readonly limit: number; readonly unit: TextUnit; readonly dialect: Dialect; readonly tables?: TableLimits };
  /** Largest file either way in bytes, and the longest text beside one, in the same unit as `text`. */
  readonly media?: { readonly kinds: readonly MediaKind[]; readonly maxInBytes: number; readonly maxOutBytes: number; readonly captionLimit: number };
  readonly edit: boolean;
  readonly remove: boolean;
  readonly threads: boolean;
  /** `set`: any number, all replaced at once; `one`: a new one replaces the last. */
  readonly reactions: "none" | "one" | "many" | "set";
  /** How long one typing sign shows before it must be renewed, in milliseconds. */
  readonly typingMs?: number;
  /** A message may grow while its author watches: the shortest time between two edits of it, in milliseconds. Needs `edit`. */
  readonly draftMs?: number;
  readonly polls?: { readonly maxOptions: number; readonly maxQuestion: number };
  readonly buttons: boolean;
  readonly markRead: boolean;
  /** Its accounts are linked by a code that a login shows, and signed out again. Others are who their configuration says. */
  readonly links?: boolean;
  readonly ack: AckClass;
}
