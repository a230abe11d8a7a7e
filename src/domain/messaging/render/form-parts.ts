import type { Form, Lead, LinkParts, Marker } from "./form.js";

const ZERO_WIDTH_SPACE = "\u200b";
const FENCE = /`{3,}/gu;
const SCHEME = /^(?:mailto|tel):/iu;
const LANGUAGE = /^[\w+#.-]{1,32}$/u;

/** Three backticks that close or open nothing: in most dialects no escape exists for them. */
export const withoutFences = (text: string): string => text.replace(FENCE, (ticks) => [...ticks].join(ZERO_WIDTH_SPACE));

export const isWordCharacter = (character: string): boolean => /[\p{L}\p{N}]/u.test(character);

/** Marks around each line of a text, close to its words: most dialects know none that go over a line's end or begin with a blank. */
export function inMarks(inner: string, mark: string): string {
  return inner.replace(/[^\s\n](?:[^\n]*[^\s\n])?/gu, (line) => `${mark}${line}${mark}`);
}

/**
 * Text with an escape before what would make a block of its line. The pattern has groups for what precedes it (`start`,
 * `blanks`), for a `mark` to be escaped, and for a `number` whose full stop is.
 */
export function escapedAtLineStart(text: string, pattern: RegExp, isLineStart: boolean): string {
  return text.replace(pattern, (whole: string, start: string, blanks: string, mark: string | undefined, number: string | undefined, at: number) => {
    if (at === 0 && start === "" && !isLineStart) return whole;
    return mark === undefined ? `${start}${blanks}${number ?? ""}\\` : `${start}${blanks}\\${mark}`;
  });
}

/** Marks that need something other than a letter around them get a blank that is not seen. */
export function setApart(written: string, { before, after }: { readonly before: string; readonly after: string }): string {
  return `${isWordCharacter(before) ? ZERO_WIDTH_SPACE : ""}${written}${isWordCharacter(after) ? ZERO_WIDTH_SPACE : ""}`;
}

/** What a reader dials or types: without the scheme, where that is not part of it. */
export const addressOf = (url: string): string => url.replace(SCHEME, "");

/** Whether the label is the URL itself, so that it needs not be told twice. */
export const isBare = ({ url, visible }: LinkParts): boolean => visible === url || visible === addressOf(url);

export const labelled = (label: string, url: string): string => `${label} (${addressOf(url)})`;

export const oneLine = (text: string): string => (text.includes("\n") ? text.split("\n").map((line) => line.trim()).join(" ") : text);

export const prefixed = (text: string, prefix: string): string =>
  text.split("\n").map((line) => (line === "" ? prefix.trimEnd() : prefix + line)).join("\n");

export const fenced = (text: string, language = ""): string => `\`\`\`${isLanguage(language) ? language : ""}\n${withoutFences(text)}\n\`\`\``;

export const isLanguage = (language: string): boolean => LANGUAGE.test(language);

const BULLETS = ["•", "◦", "▪"];

const box = (checked: boolean | undefined): string => (checked === undefined ? "" : checked ? "☑ " : "☐ ");

/** A marker and a box after it; what goes on below stands under the box. */
export const leadOf = (marker: string, checked: string): Lead => ({ text: `${marker} ${checked}`, indent: marker.length + 1 });

/** A box stands in for the bullet. */
export function roundMarker({ number, depth, checked }: Marker): Lead {
  if (number !== undefined) return leadOf(`${number}.`, box(checked));
  const bullet = BULLETS[Math.min(depth, BULLETS.length - 1)] ?? "•";
  return checked === undefined ? leadOf(bullet, "") : leadOf(box(checked).trimEnd(), "");
}

export const dashMarker = ({ number, checked }: Marker): Lead => leadOf(number === undefined ? "-" : `${number}.`, box(checked));

/** What the dialects of chats have in common. */
export const CHAT: Pick<Form, "lineBreak" | "rule" | "itemGap"> = { lineBreak: "\n", rule: "──────────", itemGap: "\n" };
