import { isWebUrl } from "../markdown/link-url.js";
import type { Form, Mark } from "./form.js";
import { CHAT, isBare, isLanguage, labelled, prefixed, roundMarker } from "./form-parts.js";

const TAGS: Readonly<Record<Mark, string>> = { strong: "b", emphasis: "i", strike: "s" };
const REFERENCES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text: string): string => text.replace(/[&<>]/gu, (character) => REFERENCES[character] ?? character);
const attribute = (text: string): string => text.replace(/[&<>"]/gu, (character) => REFERENCES[character] ?? character);
const anchor = (url: string, label: string): string => `<a href="${attribute(url)}">${label}</a>`;

/**
 * HTML as the Bot API reads it: `b`, `i`, `s`, `code`, `pre`, `a`, `blockquote`, and references for `& < >`. Quotes do
 * not nest there, and a link holds text only. https://core.telegram.org/bots/api#html-style
 */
export const TELEGRAM_HTML: Form = {
  ...CHAT,
  text: escaped,
  mark: (mark, inner) => `<${TAGS[mark]}>${inner}</${TAGS[mark]}>`,
  code: (text) => `<code>${escaped(text)}</code>`,
  link: (link) => {
    if (isBare(link)) return link.label;
    return isWebUrl(link.url) ? anchor(link.url, link.label) : labelled(link.label, escaped(link.url));
  },
  image: (url, alt) => (alt === "" ? escaped(url) : anchor(url, escaped(alt))),
  codeBlock: (text, language = "") =>
    isLanguage(language) ? `<pre><code class="language-${language}">${escaped(text)}</code></pre>` : `<pre>${escaped(text)}</pre>`,
  quote: (inner, depth) => (depth === 0 ? `<blockquote>${inner}</blockquote>` : prefixed(inner, "&gt; ")),
  marker: roundMarker,
  table: "columns",
  indentsBlocks: false,
};

/** What Telegram counts: the text that is left once it has read the tags and references. */
export const withoutHtml = (html: string): string => html.replace(/<[^>]*>/gu, "").replace(/&(?:amp|lt|gt|quot);/gu, "&");
