import type { Target } from "../../../domain/messaging/outbound.js";

const ID = "-?[1-9][0-9]{0,15}";
const NAME = "[A-Za-z][A-Za-z0-9_]{3,31}";
const CHAT = new RegExp(`^(?:${ID}|@${NAME})$`, "u");
const THREAD = /^(?<chat>[^#]+?)(?::topic:|#)(?<thread>[0-9]{1,15})$/u;
const LINK = /^(?:https?:\/\/)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)\/(?<path>[^?#]+)(?:[?#].*)?$/iu;
const RESOLVE = new RegExp(`^tg:(?://)?resolve\\?(?:.*&)?domain=(?<name>${NAME})(?:&.*)?$`, "u");
const USER = /^tg:(?:\/\/)?user\?id=(?<id>[1-9][0-9]{0,15})$/u;

/** A chat by its number or public name, with a topic behind `:topic:` or `#`; or a link to it as Telegram's apps copy it. */
export function parseTelegramTarget(text: string): Target | undefined {
  const address = text.trim();
  const resolved = RESOLVE.exec(address)?.groups?.["name"];
  if (resolved !== undefined) return { chatId: `@${resolved}` };
  const user = USER.exec(address)?.groups?.["id"];
  if (user !== undefined) return { chatId: user };
  const link = LINK.exec(address)?.groups?.["path"];
  if (link !== undefined) return parseLink(link.replace(/\/+$/u, "").split("/"));
  const bare = address.replace(/^(?:telegram|tg):/iu, "").trim();
  const { chat, thread } = THREAD.exec(bare)?.groups ?? {};
  const chatId = chat ?? bare;
  return CHAT.test(chatId) ? { chatId, ...(thread === undefined ? {} : { threadId: thread }) } : undefined;
}

/** `name`, `name/message`, `name/topic/message`; of a private chat `c/number` in the place of the name. */
function parseLink(path: readonly string[]): Target | undefined {
  const [first = "", ...rest] = path;
  const [chatId, behind] = first === "c" ? [/^[1-9][0-9]{0,12}$/u.test(rest[0] ?? "") ? `-100${rest[0]}` : "", rest.slice(1)] : [`@${first}`, rest];
  if (!CHAT.test(chatId) || behind.length > 2 || behind.some((number) => !/^[0-9]{1,15}$/u.test(number))) return undefined;
  const [threadId] = behind.length === 2 ? behind : [];
  return { chatId, ...(threadId === undefined ? {} : { threadId }) };
}
