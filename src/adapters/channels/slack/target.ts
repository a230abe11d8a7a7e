import type { Target } from "../../../domain/messaging/outbound.js";
import { isTimestamp } from "./fields.js";

/** Ids are upper-case and at least nine characters long in Slack; with a digit in them they are told from words at any length. */
const ID = /^(?=[A-Z0-9]*\d|[A-Z0-9]{9})[CGDUW][A-Z0-9]{1,20}$/u;
const PREFIX = /^(?:slack|channel|group|user|dm):/iu;
const HOST = /(?:^|\.)(?:slack\.com|slack-gov\.com)$/u;
const PERMALINK = /^\/archives\/([^/]+)(?:\/p(\d{10,12})(\d{6}))?\/?$/u;
const CLIENT_LINK = /^\/client\/[^/]+\/([^/]+)\/?$/u;

export const isUserId = (id: string): boolean => /^[UW]/u.test(id);
export const isDirectId = (id: string): boolean => id.startsWith("D");

/** `C1`, `channel:C1`, `user:U1`, `<@U1>`, `<#C1|general>`, `C1#<ts>`, `C1:thread:<ts>` and links to messages. No names: these need the network. */
export function parseTarget(text: string): Target | undefined {
  const address = text.trim();
  if (/^<?https?:/iu.test(address)) return parseLink(address.replace(/^<|>$/gu, ""));
  const mention = /^<[@#]([A-Z0-9]+)(?:\|[^>]*)?>$/u.exec(address)?.[1];
  if (mention !== undefined) return targetOf(mention);
  let rest = address;
  while (PREFIX.test(rest)) rest = rest.replace(PREFIX, "");
  const [, id = "", threadId] = /^([^#:]+)(?:(?:#|:thread:)(.+))?$/u.exec(rest) ?? [];
  return targetOf(id, threadId);
}

/** A link to a message means the thread below it. */
function parseLink(text: string): Target | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !HOST.test(url.hostname)) return undefined;
  const [, chatId, seconds, fraction] = PERMALINK.exec(url.pathname) ?? CLIENT_LINK.exec(url.pathname) ?? [];
  if (chatId === undefined) return undefined;
  const linked = seconds === undefined ? undefined : `${seconds}.${fraction ?? ""}`;
  return targetOf(chatId, url.searchParams.get("thread_ts") ?? linked);
}

function targetOf(chatId: string, threadId?: string): Target | undefined {
  if (!ID.test(chatId)) return undefined;
  if (threadId === undefined) return { chatId };
  return isTimestamp(threadId) ? { chatId, threadId } : undefined;
}
