import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface MacChat {
  readonly id: number;
  readonly guid: string;
  readonly identifier: string;
  readonly name: string;
  readonly participants: readonly string[];
  readonly isGroup: boolean;
}

export interface MacFile {
  readonly path: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

export interface MacRow {
  readonly rowid: number;
  readonly guid: string;
  readonly chat: MacChat;
  /** Empty where it is the account's own. */
  readonly sender: string;
  isFromMe: boolean;
  text: string;
  readonly createdAt: number;
  readonly replyTo?: string;
  readonly ownAddress?: string;
  readonly file?: MacFile;
  readonly poll?: { readonly question: string; readonly options: readonly string[] };
  readonly reaction?: { readonly to: string; readonly kind: string; readonly added: boolean };
  /** By this account, on what it sent. */
  readonly reactions: Set<string>;
  edits: number;
  isRetracted: boolean;
  /** Somebody asked imsg to send it. */
  readonly isSent: boolean;
}

export interface Written {
  readonly chat: MacChat;
  readonly sender?: string;
  readonly text?: string;
  readonly isFromMe?: boolean;
  readonly replyTo?: string;
  readonly ownAddress?: string;
  readonly file?: MacFile;
  readonly poll?: NonNullable<MacRow["poll"]>;
  readonly reaction?: NonNullable<MacRow["reaction"]>;
  readonly isSent?: boolean;
  readonly createdAt?: number;
  readonly guid?: string;
  /** It is in the database, and nobody is told. */
  readonly isUnheard?: boolean;
}

/** Messages on a Mac: its chats, and the rows of its database in the order in which they were written. */
export class ImsgMac {
  readonly ownAddress = "+4915100000001";
  readonly chats: MacChat[] = [];
  readonly rows: MacRow[] = [];
  readonly attachments: string;
  /** Whom Messages can reach. */
  readonly #people = new Set<string>();
  readonly #now: () => number;
  readonly #listeners = new Set<(row: MacRow) => void>();
  #lastRowid = 0;

  constructor(folder: string, now: () => number) {
    this.#now = now;
    this.attachments = join(folder, "Attachments");
    mkdirSync(this.attachments, { recursive: true });
  }

  person(handle: string): MacChat {
    this.#people.add(handle);
    return this.chats.find(({ identifier, isGroup }) => !isGroup && identifier === handle) ?? this.#open({ guid: `iMessage;-;${handle}`, identifier: handle, name: "", participants: [handle], isGroup: false });
  }

  isReachable(handle: string): boolean {
    return this.#people.has(handle);
  }

  group(name: string, participants: readonly string[]): MacChat {
    const identifier = `chat${1_000 + this.chats.length}`;
    return this.#open({ guid: `iMessage;+;${identifier}`, identifier, name, participants, isGroup: true });
  }

  keepFile(name: string, mimeType: string, bytes: Uint8Array): MacFile {
    const folder = join(this.attachments, randomUUID());
    mkdirSync(folder, { recursive: true });
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return { path, name, mimeType, bytes };
  }

  /** As imsg stages what it is given before Messages takes it. */
  stage(path: string): MacFile {
    return this.keepFile(basename(path), path.endsWith(".png") ? "image/png" : "application/octet-stream", new Uint8Array(readFileSync(path)));
  }

  write({ chat, sender = "", text = "", isFromMe = false, isSent = false, createdAt = this.#now(), isUnheard = false, ...more }: Written): MacRow {
    this.#lastRowid += 1;
    const row: MacRow = { rowid: this.#lastRowid, guid: randomUUID().toUpperCase(), chat, sender, text, isFromMe, isSent, createdAt, reactions: new Set(), edits: 0, isRetracted: false, ...more };
    this.rows.push(row);
    if (!isUnheard) this.tell(row);
    return row;
  }

  /** To whoever watches, also once more. */
  tell(row: MacRow): void {
    for (const listener of this.#listeners) listener(row);
  }

  watch(listener: (row: MacRow) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  row(guid: unknown): MacRow | undefined {
    return this.rows.find((row) => row.guid === guid);
  }

  #open(chat: Omit<MacChat, "id">): MacChat {
    const opened = { ...chat, id: this.chats.length + 1 };
    this.chats.push(opened);
    return opened;
  }
}

/** The row as imsg tells it: what does not apply is left out, and what is private stays. */
export const renderRow = (row: MacRow, { files }: { readonly files: boolean }): Readonly<Record<string, unknown>> => ({
  id: row.rowid,
  guid: row.guid,
  chat_id: row.chat.id,
  chat_guid: row.chat.guid,
  chat_identifier: row.chat.identifier,
  chat_name: row.chat.name,
  participants: row.chat.participants,
  is_group: row.chat.isGroup,
  sender: row.sender,
  is_from_me: row.isFromMe,
  text: row.file === undefined ? row.text : `\u{fffc}${row.text}`,
  created_at: new Date(row.createdAt).toISOString(),
  attachments: files && row.file !== undefined ? [{ filename: basename(row.file.path), transfer_name: row.file.name, uti: "public.data", mime_type: row.file.mimeType, byte_size: row.file.bytes.length, path: row.file.path, missing: false, is_sticker: false }] : [],
  ...(row.replyTo === undefined ? {} : { reply_to_guid: row.replyTo, thread_originator_guid: row.replyTo }),
  ...(row.ownAddress === undefined ? {} : { destination_caller_id: row.ownAddress }),
  ...(row.poll === undefined ? {} : { poll: { kind: "created", question: row.poll.question, options: row.poll.options.map((text, at) => ({ id: `option-${at}`, text })) } }),
  ...(row.reaction === undefined ? {} : { is_reaction: true, reaction_type: row.reaction.kind, is_reaction_add: row.reaction.added, reacted_to_guid: `p:0/${row.reaction.to}` }),
});
