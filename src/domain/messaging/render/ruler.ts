import type { Dialect, TextUnit } from "../abilities.js";
import type { Block } from "../markdown/tree.js";
import { isLongerThan } from "../markdown/visible-text.js";
import { lengthOf, renderTree } from "./dialects.js";

const GAP = 2;

interface Lengths {
  readonly text: number;
  readonly plain: number;
}

/**
 * Measures blocks as a platform counts them, with their form and without, whichever is longer. Blocks that follow each
 * other are as long as each by itself and the blank lines between them: so each is written once, however often it is
 * tried beside others.
 */
export class Ruler {
  readonly #dialect: Dialect;
  readonly #unit: TextUnit;
  readonly #known = new WeakMap<Block, Lengths>();

  constructor(dialect: Dialect, unit: TextUnit) {
    this.#dialect = dialect;
    this.#unit = unit;
  }

  /** How much of `most` is left beside the blocks; minus infinity where it is not worth finding out. */
  spare(blocks: readonly Block[], most: number): number {
    let text = 0;
    let plain = 0;
    for (const block of blocks) {
      const lengths = this.#measured(block, most);
      if (lengths === undefined) return Number.NEGATIVE_INFINITY;
      if (lengths.text > 0) text += lengths.text + GAP;
      if (lengths.plain > 0) plain += lengths.plain + GAP;
    }
    return most - Math.max(text, plain) + GAP;
  }

  #measured(block: Block, most: number): Lengths | undefined {
    const known = this.#known.get(block);
    if (known !== undefined) return known;
    // No unit is more than two of UTF-16, so that this much cannot fit however little its form takes.
    if (isLongerThan([block], 2 * most)) return undefined;
    const { text, plain } = renderTree([block], this.#dialect);
    const lengths = { text: lengthOf(text, this.#dialect, this.#unit), plain: lengthOf(plain, "plain", this.#unit) };
    this.#known.set(block, lengths);
    return lengths;
  }
}
