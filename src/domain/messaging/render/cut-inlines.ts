import { inlinesBefore, inlinesFrom } from "../markdown/split-inlines.js";
import type { Inline } from "../markdown/tree.js";
import { visibleText } from "../markdown/visible-text.js";
import { charactersThatFit, type Spare } from "./room.js";
import { seamIn } from "./seam.js";

export interface InlineCut {
  readonly taken: readonly Inline[];
  readonly rest: readonly Inline[];
}

const LOOKAHEAD = 64;

/** As much of a run of inline text as fits, up to a good place to cut it; undefined if nothing does. */
export function cutInlines(inlines: readonly Inline[], spare: Spare<readonly Inline[]>): InlineCut | undefined {
  // No unit is more than two of UTF-16. What follows the cut is of interest as far as a word may go on there.
  const text = visibleText(inlines, 2 * Math.max(0, spare([])) + LOOKAHEAD);
  const spareAt = (at: number): number => spare(inlinesBefore(inlines, at));
  for (let max = charactersThatFit(text.length, spareAt); max > 0; max -= 1) {
    const seam = seamIn(text, max);
    const taken = inlinesBefore(inlines, text.slice(0, seam).trimEnd().length);
    // A form that depends on what stands beside it may take more room at one place than at another.
    if (taken.length > 0 && spare(taken) >= 0) {
      return { taken, rest: inlinesFrom(inlines, text.length - text.slice(seam).trimStart().length) };
    }
    max = Math.min(max, seam);
  }
  return undefined;
}
