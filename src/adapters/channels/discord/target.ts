import type { Target } from "../../../domain/messaging/outbound.js";
import { idOf } from "./fields.js";

/** What stands in a target for the direct chat with somebody, until Discord has said which channel that is. */
export const USER = "user:";

const LINK = /^(?:https?:\/\/(?:(?:www|ptb|canary)\.)?discord(?:app)?\.com|discord:\/\/-)\/channels\/(?:@me|[0-9]{1,20})\/(?<channel>[0-9]{1,20})(?:\/threads\/(?<thread>[0-9]{1,20}))?(?:\/[0-9]{1,20})?\/?(?:[?#].*)?$/iu;
const THREAD = /^(?<chat>.+?)(?::thread:|#)(?<thread>[0-9]{1,20})$/iu;

/**
 * A channel or thread by its number, `channel:` or mention, with a thread behind `:thread:` or `#`; a person by `user:` or
 * mention; or a link to a channel or message as Discord's apps copy it. A bare number is a channel's.
 */
export function parseDiscordTarget(text: string): Target | undefined {
  const address = text.trim();
  const link = LINK.exec(address)?.groups;
  if (link !== undefined) return target(idOf(link["channel"]), link["thread"]);
  const bare = address.replace(/^discord:/iu, "").trim();
  const user = /^(?:user:([0-9]{1,20})|<@!?([0-9]{1,20})>)$/iu.exec(bare);
  if (user !== null) {
    const id = idOf(user[1] ?? user[2]);
    return id === undefined ? undefined : { chatId: `${USER}${id}` };
  }
  const { chat = bare, thread } = THREAD.exec(bare)?.groups ?? {};
  const channel = /^(?:channel:)?([0-9]{1,20})$|^<#([0-9]{1,20})>$/iu.exec(chat);
  return target(idOf(channel?.[1] ?? channel?.[2]), thread);
}

function target(chatId: string | undefined, thread: string | undefined): Target | undefined {
  const threadId = idOf(thread);
  if (chatId === undefined || (thread !== undefined && threadId === undefined)) return undefined;
  return { chatId, ...(threadId === undefined ? {} : { threadId }) };
}
