import type { Block, Inline } from "./tree.js";

const SEEN = /[^\s\p{Cf}]/u;

/** What is read of a run of inline text, without any form. Positions within the run are positions within this. May end after `enough`. */
export function visibleText(inlines: readonly Inline[], enough = Number.POSITIVE_INFINITY): string {
  let text = "";
  for (const inline of inlines) {
    if (text.length >= enough) break;
    text += visibleOf(inline);
  }
  return text;
}

export function visibleOf(inline: Inline): string {
  switch (inline.kind) {
    case "text":
    case "code":
      return inline.text;
    case "break":
      return "\n";
    case "image":
      return inline.alt.trim() === "" ? inline.url : inline.alt;
    default:
      return visibleText(inline.children);
  }
}

/** Whether more than `length` UTF-16 units of it are visible; found out without reading on from there. */
export function isLongerThan(blocks: readonly Block[], length: number): boolean {
  let left = length;
  for (const piece of piecesOf(blocks)) {
    left -= piece.length;
    if (left < 0) return true;
  }
  return false;
}

/** Whether anything can be seen of it. Platforms refuse a message of blanks. */
export function isSeen(blocks: readonly Block[]): boolean {
  for (const piece of piecesOf(blocks)) if (SEEN.test(piece)) return true;
  return false;
}

function* piecesOf(blocks: readonly Block[]): Generator<string> {
  for (const block of blocks) {
    switch (block.kind) {
      case "paragraph":
      case "heading":
        yield* textsOf(block.children);
        break;
      case "code":
        yield block.text;
        break;
      case "quote":
        yield* piecesOf(block.children);
        break;
      case "list":
        for (const item of block.items) yield* piecesOf(item.children);
        break;
      case "table":
        for (const cells of [block.head, ...block.rows]) for (const cell of cells) yield* textsOf(cell);
        break;
      default:
    }
  }
}

function* textsOf(inlines: readonly Inline[]): Generator<string> {
  for (const inline of inlines) {
    if ("children" in inline) yield* textsOf(inline.children);
    else yield visibleOf(inline);
  }
}
