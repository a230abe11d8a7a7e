import type { Inline } from "./tree.js";
import { visibleOf } from "./visible-text.js";

/**
 * A run of inline text up to a position of its visible text. What is cut through stands before and after the cut with
 * its form; a picture, which cannot be, after it.
 */
export function inlinesBefore(inlines: readonly Inline[], at: number): readonly Inline[] {
  const { index, offset } = placeOf(inlines, at);
  const cut = inlines[index];
  const before = inlines.slice(0, index);
  if (cut === undefined || offset <= 0) return before;
  if (cut.kind === "text" || cut.kind === "code") return [...before, { ...cut, text: cut.text.slice(0, offset) }];
  const children = "children" in cut ? inlinesBefore(cut.children, offset) : [];
  return "children" in cut && children.length > 0 ? [...before, { ...cut, children }] : before;
}

/** The rest of it. */
export function inlinesFrom(inlines: readonly Inline[], at: number): readonly Inline[] {
  const { index, offset } = placeOf(inlines, at);
  const cut = inlines[index];
  if (cut === undefined || offset <= 0) return inlines.slice(index);
  const after = inlines.slice(index + 1);
  if (cut.kind === "text" || cut.kind === "code") return [{ ...cut, text: cut.text.slice(offset) }, ...after];
  return ["children" in cut ? { ...cut, children: inlinesFrom(cut.children, offset) } : cut, ...after];
}

/** Which of them a position is in, and where in that. */
function placeOf(inlines: readonly Inline[], at: number): { readonly index: number; readonly offset: number } {
  let offset = at;
  let index = 0;
  for (; index < inlines.length; index += 1) {
    const inline = inlines[index];
    const length = inline === undefined ? 0 : visibleOf(inline).length;
    if (offset < length) break;
    offset -= length;
  }
  return { index, offset };
}
