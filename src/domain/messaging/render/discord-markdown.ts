import { isWebUrl } from "../markdown/link-url.js";
import type { Form, Mark } from "./form.js";
import { CHAT, dashMarker, escapedAtLineStart, fenced, inMarks, isBare, isWordCharacter, labelled, prefixed } from "./form-parts.js";

const MARKS: Readonly<Record<Mark, string>> = { strong: "**", emphasis: "*", strike: "~~" };
const FORMING = /[\\*_~`|[\]<]/gu;
/** What makes a heading, a quote, a list or small print at the beginning of a line. */
const LEADING = /(?<start>^|\n)(?<blanks>[ \t]*)(?:(?<mark>[#>+-])|(?<number>\d{1,9})(?=\.))/gu;

const escaped = (text: string, isLineStart: boolean): string => escapedAtLineStart(text.replace(FORMING, "\\$&"), LEADING, isLineStart);

const target = (url: string): string => url.replace(/[()]/gu, (bracket) => (bracket === "(" ? "%28" : "%29"));

/** A label that reads like an address would hide where its link leads; Discord then shows the markup itself. */
const isMaskable = (url: string, visible: string): boolean => isWebUrl(url) && !visible.includes("://");
const masked = (url: string, label: string, visible: string): string =>
  isMaskable(url, visible) ? `[${label.replace(/\s+/gu, " ")}](${target(url)})` : labelled(label, url);

/**
 * Discord's markdown. Mentions in it are kept from pinging by `allowed_mentions` of the message, not by the text;
 * `<@…>` is escaped all the same. https://support.discord.com/hc/articles/210298617
 */
export const DISCORD_MARKDOWN: Form = {
  ...CHAT,
  text: escaped,
  mark: (mark, inner, { before, after }) => {
    // Two rows of asterisks that meet are read as one.
    const isBetween = isWordCharacter(before) || isWordCharacter(after);
    return inMarks(inner, mark === "emphasis" && !isBetween ? "_" : MARKS[mark]);
  },
  code: (text) => (text.includes("`") ? `\`\` ${text.replace(/`{2,}/gu, (ticks) => [...ticks].join("\u200b"))} \`\`` : `\`${text}\``),
  link: (parts) => (isBare(parts) ? (isWebUrl(parts.url) ? parts.url : parts.label) : masked(parts.url, parts.label, parts.visible)),
  image: (url, alt) => (alt === "" ? url : masked(url, escaped(alt, false), alt)),
  codeBlock: (text, language) => fenced(text, language),
  quote: (inner) => prefixed(inner, "> "),
  marker: dashMarker,
  table: "columns",
  indentsBlocks: false,
};
