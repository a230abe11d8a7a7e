import { cutAround, replaceSpans, type Span } from "../../../domain/text/spans.js";
import { countOf, listOf, textOf, fieldsOf, idOf, type Fields } from "./fields.js";

/** Who the account is at Telegram. */
export interface Self {
  readonly id: string;
  readonly name: string;
  readonly username?: string;
}

export interface SpokenText {
  readonly text: string;
  /** The account is mentioned, or a command is meant for it by name. */
  readonly addressed: boolean;
  readonly command?: string;
}

interface Found {
  readonly span?: Span;
  readonly addressed?: boolean;
  readonly command?: string;
}

const COMMAND = /^\/([A-Za-z0-9_]{1,64})(?:@(\w+))?$/u;

/**
 * What somebody typed, without the mention of the account and the command at its start. Entities count UTF-16 units,
 * as JavaScript's strings do. What was forwarded is somebody else's words: a command in it is none.
 */
export function readText(text: string, entities: unknown, { self, forwarded }: { readonly self: Self; readonly forwarded: boolean }): SpokenText {
  const spans: Span[] = [];
  let addressed = false;
  let command: string | undefined;
  for (const entity of listOf(entities)) {
    const found = readEntity(text, entity, self);
    if (found.command !== undefined && forwarded) continue;
    if (found.span !== undefined) spans.push(found.span);
    addressed ||= found.addressed === true;
    command ??= found.command;
  }
  return { text: replaceSpans(text, spans), addressed, ...(command === undefined ? {} : { command }) };
}

function readEntity(text: string, entity: Fields, self: Self): Found {
  const start = countOf(entity["offset"]);
  const length = countOf(entity["length"]);
  if (start === undefined || length === undefined || start < 0 || length < 1 || start + length > text.length) return {};
  const end = start + length;
  const said = text.slice(start, end);
  switch (entity["type"]) {
    case "mention":
      return isName(said.slice(1), self) ? { span: { ...cutAround(text, start, end), as: "" }, addressed: true } : {};
    case "text_mention": {
      const isSelf = idOf(fieldsOf(entity["user"])?.["id"]) === self.id;
      if (isSelf) return { span: { ...cutAround(text, start, end), as: "" }, addressed: true };
      return { span: { start, end, as: said.startsWith("@") ? said : `@${said}` } };
    }
    case "text_link": {
      const url = textOf(entity["url"]);
      return url === undefined || url === said ? {} : { span: { start, end, as: `${said} (${url})` } };
    }
    case "bot_command": {
      const [, name, bot] = (start === 0 ? COMMAND.exec(said) : null) ?? [];
      if (name === undefined || (bot !== undefined && !isName(bot, self))) return {};
      return { span: { ...cutAround(text, start, end), as: "" }, command: name.toLowerCase(), addressed: bot !== undefined };
    }
    default:
      return {};
  }
}

const isName = (name: string, { username }: Self): boolean => username !== undefined && name.toLowerCase() === username.toLowerCase();
