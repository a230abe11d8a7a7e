import type { Form } from "./form.js";
import { CHAT, isBare, labelled, prefixed, roundMarker } from "./form-parts.js";

/** No form at all: what shows anywhere. Nothing in it is lost but the looks. */
export const PLAIN: Form = {
  ...CHAT,
  text: (text) => text,
  mark: (_, inner) => inner,
  code: (text) => text,
  link: (link) => (isBare(link) ? link.label : labelled(link.label, link.url)),
  image: (url, alt) => (alt === "" ? url : labelled(alt, url)),
  codeBlock: (text) => text,
  quote: (inner) => prefixed(inner, "> "),
  marker: roundMarker,
  table: "groups",
  indentsBlocks: true,
};
