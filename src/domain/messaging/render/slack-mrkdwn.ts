import type { Form, Mark } from "./form.js";
import { CHAT, fenced, inMarks, prefixed, roundMarker, setApart, withoutFences } from "./form-parts.js";

const MARKS: Readonly<Record<Mark, string>> = { strong: "*", emphasis: "_", strike: "~" };
const REFERENCES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** With no `<` left, nothing that a model writes is a mention, a command or a date: `<!channel>`, `<@U…>`, `<#C…>`. */
const escaped = (text: string): string => text.replace(/[&<>]/gu, (character) => REFERENCES[character] ?? character);
const link = (url: string, label?: string): string =>
  label === undefined ? `<${escaped(url)}>` : `<${escaped(url)}|${withoutFences(escaped(label.replace(/\s+/gu, " ")))}>`;

/** Slack's own markup. It has no escapes for its marks, and its links hold text only. https://docs.slack.dev/messaging/formatting-message-text */
export const SLACK_MRKDWN: Form = {
  ...CHAT,
  text: (text) => withoutFences(escaped(text)),
  mark: (mark, inner, neighbours) => setApart(inMarks(inner, MARKS[mark]), neighbours),
  code: (text, neighbours) => (text.includes("`") ? withoutFences(escaped(text)) : setApart(`\`${escaped(text)}\``, neighbours)),
  link: (parts) => (parts.visible === parts.url ? link(parts.url) : link(parts.url, parts.visible)),
  image: (url, alt) => link(url, alt === "" ? undefined : alt),
  codeBlock: (text) => fenced(escaped(text)),
  quote: (inner) => prefixed(inner, "> "),
  marker: roundMarker,
  table: "columns",
  indentsBlocks: false,
};
