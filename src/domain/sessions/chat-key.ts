import type { ChatKind } from "../messaging/envelope.js";

/** Where a session's messages come from, as its key says it. */
export interface ChatPlace {
  readonly channel: string;
  /** Absent where the key does not tell. */
  readonly accountId?: string;
  readonly kind: ChatKind;
  /** Of a direct chat the other person's stable id, of any other the chat's. */
  readonly peerId: string;
  readonly threadId?: string;
}

export interface ChatKeyParts extends ChatPlace {
  readonly agentId: string;
}

/** As long as the protocol lets a session key be. */
const MAX_KEY_LENGTH = 512;

const KIND_WORDS: Readonly<Record<ChatKind, string>> = { direct: "direct", group: "group", room: "channel" };
/** Also what other versions write. */
const KINDS = new Map<string, ChatKind>([["direct", "direct"], ["dm", "direct"], ["group", "group"], ["channel", "room"], ["room", "room"]]);
const THREAD_WORDS = new Set(["thread", "topic"]);

/** Telegram's forums have topics; everywhere else a thread is called one. */
const threadWord = (channel: string): string => (channel === "telegram" ? "topic" : "thread");

/**
 * `agent:<agentId>:<channel>[:<accountId>]:<direct|group|channel>:<peer>[:<topic|thread>:<threadId>]`.
 *
 * No two places share a key, whatever characters a provider's ids have: every part is escaped, and whether there is an
 * account and a thread shows in the number of parts. Case is kept, as ids in base64 need it. `undefined` where the key
 * would be longer than one may be.
 */
export function renderChatKey({ agentId, channel, accountId, kind, peerId, threadId }: ChatKeyParts): string | undefined {
  const account = accountId === undefined ? [] : [accountId];
  const thread = threadId === undefined ? [] : [threadWord(channel), threadId];
  return joined(agentId, [channel, ...account, KIND_WORDS[kind], peerId, ...thread]);
}

/** The key of a person whose direct messages are one conversation, whatever channel they come over. */
export const renderPersonKey = (agentId: string, person: string): string | undefined => joined(agentId, ["direct", person]);

function joined(agentId: string, parts: readonly string[]): string | undefined {
  const key = ["agent", agentId, ...parts.map(escaped)].join(":");
  return key.length > MAX_KEY_LENGTH || parts.includes("") ? undefined : key;
}

/** Reads a canonical key of {@link renderChatKey}, also as other versions of OpenClaw wrote it; `undefined` for every other, such as a main session's. */
export function parseChatKey(key: string): ChatKeyParts | undefined {
  const [scheme, agentId = "", ...parts] = key.split(":");
  if (scheme !== "agent" || agentId === "" || parts.length < 3 || parts.length > 6) return undefined;
  const texts = parts.map(unescaped);
  const [channel = "", ...rest] = texts;
  const accountId = texts.length % 2 === 0 ? rest.shift() : undefined;
  const [kindWord = "", peerId = "", thread, threadId] = rest;
  const kind = KINDS.get(kindWord);
  if (kind === undefined || texts.includes("") || (thread !== undefined && !THREAD_WORDS.has(thread))) return undefined;
  return { agentId, channel, ...(accountId === undefined ? {} : { accountId }), kind, peerId, ...(threadId === undefined ? {} : { threadId }) };
}

/** Printable ASCII stays as it is but for the separator and the escape itself, so that common ids read as their provider writes them. */
const escaped = (text: string): string => text.replace(/[^!-~]|[:%]/g, escapeUnit);

// By UTF-16 unit and not by character: a half of a surrogate pair must survive as well.
const escapeUnit = (unit: string): string => {
  const code = unit.charCodeAt(0).toString(16);
  return code.length <= 2 ? `%${code.padStart(2, "0")}` : `%u${code.padStart(4, "0")}`;
};

const unescaped = (text: string): string =>
  text.replace(/%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g, (_, wide: string | undefined, narrow: string | undefined) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow ?? "", 16)));
