import { linkUrl } from "../markdown/link-url.js";
import type { Inline } from "../markdown/tree.js";
import { visibleText } from "../markdown/visible-text.js";
import type { Form, Mark, Neighbours } from "./form.js";

/** What holds for a whole run of inline text. */
interface Place {
  readonly form: Form;
  /** What holds already: strong within strong is not written twice. */
  readonly marks: readonly Mark[];
  readonly isInLink: boolean;
}

const ALONE: Neighbours = { before: "", after: "" };
const IN_LINK: Neighbours = { before: "[", after: "" };

/** A run of inline text in a form, as if all of it stood within `marks`. */
export const writeInlines = (inlines: readonly Inline[], form: Form, marks: readonly Mark[] = []): string =>
  writeRun(inlines, { form, marks, isInLink: false }, ALONE);

function writeRun(inlines: readonly Inline[], place: Place, around: Neighbours): string {
  let written = "";
  let before = around.before;
  inlines.forEach((inline, at) => {
    const next = inlines[at + 1];
    const piece = writeInline(inline, place, { before, after: next === undefined ? around.after : firstCharacter(next) });
    written += piece;
    before = lastCharacter(piece) || before;
  });
  return written;
}

function writeInline(inline: Inline, place: Place, around: Neighbours): string {
  const { form, isInLink } = place;
  switch (inline.kind) {
    case "text":
      return form.text(inline.text, around.before === "" || around.before === "\n");
    case "strong":
    case "emphasis":
    case "strike":
      return writeMark(inline, place, around);
    case "code":
      return isInLink ? form.text(inline.text, false) : form.code(inline.text, around);
    case "link":
      return writeLink(inline, place, around);
    case "image":
      return writeImage(inline, place);
    case "break":
      return isInLink ? " " : form.lineBreak;
  }
}

function writeMark({ kind, children }: Inline & { readonly kind: Mark }, place: Place, around: Neighbours): string {
  if (place.marks.includes(kind)) return writeRun(children, place, around);
  const inner = writeRun(children, { form: place.form, marks: [...place.marks, kind], isInLink: place.isInLink }, around);
  return inner.trim() === "" ? inner : place.form.mark(kind, inner, around);
}

function writeLink(inline: Inline & { readonly kind: "link" }, place: Place, around: Neighbours): string {
  const { form, marks, isInLink } = place;
  const url = isInLink ? undefined : linkUrl(inline.url);
  if (url === undefined) return writeRun(inline.children, place, around);
  const visible = visibleText(inline.children);
  if (visible.trim() === "") return form.link({ url, label: form.text(url, false), visible: url });
  return form.link({ url, label: writeRun(inline.children, { form, marks, isInLink: true }, IN_LINK), visible });
}

function writeImage({ url, alt }: Inline & { readonly kind: "image" }, { form, isInLink }: Place): string {
  const target = linkUrl(url);
  if (target === undefined || isInLink) return form.text(alt, false);
  return form.image(target, alt.trim() === "" ? "" : alt);
}

/** What a neighbour begins with, as far as it matters: marks, links and code begin with what is no letter. */
function firstCharacter(inline: Inline): string {
  const code = inline.kind === "text" ? inline.text.codePointAt(0) : undefined;
  return code === undefined ? "" : String.fromCodePoint(code);
}

function lastCharacter(text: string): string {
  const last = text.slice(-1);
  return last >= "\udc00" && last <= "\udfff" ? text.slice(-2) : last;
}
