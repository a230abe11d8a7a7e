import { fieldsOf, idOf, lineOf, listOf, textOf, type Fields } from "./fields.js";

export interface Naming {
  readonly selfId: string;
  /** The role of the bot's own in the place where it is said. */
  readonly selfRole?: string;
  channelName(id: string): string | undefined;
}

export interface SpokenText {
  readonly text: string;
  /** The account is mentioned, itself or by its role. */
  readonly addressed: boolean;
}

const MARK = /<(?:@(?<role>&?)!?(?<mention>\d{1,20})|#(?<channel>\d{1,20})|a?:(?<emoji>\w{1,64}):\d{1,20}|t:(?<moment>-?\d{1,13})(?::[a-zA-Z])?|\/(?<command>[^:<>]{1,100}):\d{1,20})>/gu;

/** What somebody typed, with Discord's marks in words and the mention of the account taken out. */
export function readText(message: Fields, { selfId, selfRole, channelName }: Naming): SpokenText {
  const content = textOf(message["content"]) ?? "";
  const people = new Map(listOf(message["mentions"]).map((user) => [idOf(user["id"]), nameOf(user, fieldsOf(user["member"]))]));
  let text = "";
  let at = 0;
  let addressed = false;
  let isGlued = false;
  for (const match of content.matchAll(MARK)) {
    const { role, mention, channel, emoji, moment, command } = match.groups ?? {};
    const between = content.slice(at, match.index);
    text += isGlued ? joint(text, between) : between;
    at = match.index + match[0].length;
    isGlued = mention !== undefined && mention === (role === "&" ? selfRole : selfId);
    addressed ||= isGlued;
    if (isGlued) continue;
    if (mention !== undefined) text += role === "&" ? "@role" : `@${people.get(mention) ?? "somebody"}`;
    else if (channel !== undefined) text += `#${channelName(channel) ?? "channel"}`;
    else if (emoji !== undefined) text += `:${emoji}:`;
    else if (moment !== undefined) text += dateOf(Number(moment)) ?? match[0];
    else if (command !== undefined) text += `/${command}`;
  }
  const rest = content.slice(at);
  text += isGlued ? joint(text, rest) : rest;
  return { text: addressed ? text.trim() : text, addressed };
}

/** What follows a mention that was taken out, without the white space and the punctuation that belonged to it. */
const joint = (before: string, rest: string): string =>
  before.trim() === "" ? rest.replace(/^\s*[,:;]?\s*/u, "") : /\s$/u.test(before) ? rest.replace(/^ /u, "") : rest;

const dateOf = (seconds: number): string | undefined => {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
};

/** By what people know somebody in this place. */
export const nameOf = (user: Fields, member: Fields | undefined): string | undefined =>
  lineOf(member?.["nick"]) ?? lineOf(user["global_name"]) ?? lineOf(user["username"]);

/** What a message holds beside text and files, as lines to be read. */
export function describeContent(message: Fields): readonly string[] {
  const stickers = listOf(message["sticker_items"]).map(({ name }) => `[sticker${lineOf(name) === undefined ? "" : `: ${lineOf(name)}`}]`);
  const poll = fieldsOf(message["poll"]);
  const question = lineOf(fieldsOf(poll?.["question"])?.["text"]);
  const answers = listOf(poll?.["answers"]).flatMap((answer) => lineOf(fieldsOf(answer["poll_media"])?.["text"]) ?? []);
  return [...stickers, ...(question === undefined ? [] : [`Poll: ${question}${answers.map((answer) => `\n- ${answer}`).join("")}`])];
}

/** What a card beside a message says: all there is to some bots' messages, and a mere preview beside a text. */
export const describeEmbeds = (message: Fields): readonly string[] =>
  listOf(message["embeds"]).flatMap((embed) => {
    const fields = listOf(embed["fields"]).map(({ name, value }) => [name, value].flatMap((part) => textOf(part) ?? []).join(": "));
    return [embed["title"], embed["description"], ...fields].flatMap((part) => textOf(part) ?? []);
  });
