import type { Form, Mark } from "./form.js";
import { CHAT, dashMarker, fenced, inMarks, isBare, isWordCharacter, labelled, prefixed, withoutFences } from "./form-parts.js";

const MARKS: Readonly<Record<Mark, string>> = { strong: "*", emphasis: "_", strike: "~" };

/** WhatsApp's marks. It has no escapes, and no links but bare ones. https://faq.whatsapp.com/539178204879377 */
export const WHATSAPP: Form = {
  ...CHAT,
  text: withoutFences,
  // Within a word its marks are shown as they are, and there is no other way to write them.
  mark: (mark, inner, { before, after }) => (isWordCharacter(before) || isWordCharacter(after) ? inner : inMarks(inner, MARKS[mark])),
  code: (text) => (text.includes("`") ? withoutFences(text) : `\`${text}\``),
  link: (link) => (isBare(link) ? link.visible : labelled(link.label, link.url)),
  image: (url, alt) => (alt === "" ? url : labelled(withoutFences(alt), url)),
  codeBlock: (text) => fenced(text),
  quote: (inner) => prefixed(inner, "> "),
  marker: dashMarker,
  table: "groups",
  indentsBlocks: false,
};
