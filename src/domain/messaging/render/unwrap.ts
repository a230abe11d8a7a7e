import type { Block, Inline } from "../markdown/tree.js";
import { visibleOf, visibleText } from "../markdown/visible-text.js";
import { tableInGroups } from "./table.js";

/**
 * A block with one form less, for where not a character fits together with its form: a URL longer than the message, marks
 * of deep nesting. Undefined for what has none left.
 */
export function unwrapped(block: Block): readonly Block[] | undefined {
  switch (block.kind) {
    case "paragraph": {
      const at = block.children.findIndex((inline) => inline.kind !== "text");
      return at < 0 ? undefined : [{ ...block, children: plainUpTo(block.children, at) }];
    }
    case "heading":
      return [{ kind: "paragraph", children: block.children }];
    case "code":
      return [{ kind: "paragraph", children: [{ kind: "text", text: block.text }] }];
    case "quote":
      return block.children;
    case "list": {
      const [first, ...others] = block.items;
      return [...(first?.children ?? []), ...(others.length === 0 ? [] : [{ ...block, start: block.start + 1, items: others }])];
    }
    case "table":
      return tableInGroups(block);
    case "rule":
      return [];
  }
}

/** The first inline that is more than text becomes text. */
function plainUpTo(inlines: readonly Inline[], at: number): readonly Inline[] {
  const formed = inlines[at];
  const text = visibleText(inlines.slice(0, at)) + (formed === undefined ? "" : visibleOf(formed));
  return [{ kind: "text", text }, ...inlines.slice(at + 1)];
}
