import type { Dialect, TableLimits, TextUnit } from "../abilities.js";
import type { Block, MarkdownTree } from "../markdown/tree.js";
import { isSeen, visibleText } from "../markdown/visible-text.js";
import type { RenderedText } from "../outbound.js";
import { cutBlocks, type Cut } from "./cut-blocks.js";
import { formOf, renderTree } from "./dialects.js";
import type { Room } from "./room.js";
import { isNarrow } from "./layout.js";
import { Ruler } from "./ruler.js";
import { clusterIn } from "./seam.js";
import { tableInColumns, tableInGroups } from "./table.js";
import { unwrapped } from "./unwrap.js";

export interface MessageLimits {
  readonly dialect: Dialect;
  /** Longest text of one message as the platform counts it, in `unit`. At least 40. */
  readonly limit: number;
  readonly unit: TextUnit;
  /** Of the first message, where it differs: beside a picture, say. */
  readonly firstLimit?: number;
  /** The platform shows tables of its own: one that is too wide for columns may stay one. */
  readonly tables?: TableLimits;
}

/** A tree as messages: see {@link renderParts}. */
export const renderMessage = (tree: MarkdownTree, limits: MessageLimits): readonly RenderedText[] => [...renderParts(tree, limits)];

/**
 * A tree as the messages that show it, in order. Each is within the limit, with its form and without, shows something,
 * and stands by itself: a list goes on with its numbers, code with its language, a table with its head, marks and
 * links are whole on both sides of a cut. What shows nothing gives no message. Each is made when it is asked for.
 */
export function* renderParts(tree: MarkdownTree, limits: MessageLimits): Generator<RenderedText> {
  for (const part of cutParts(tree, limits)) yield renderTree(part, limits.dialect);
}

/** The trees of those messages, for a dialect that needs more than one text of each. */
export function* cutParts(tree: MarkdownTree, { dialect, limit, unit, firstLimit = limit, tables }: MessageLimits): Generator<MarkdownTree> {
  if (limit < 40 || firstLimit < 40) throw new RangeError("a message of less than 40 characters is not worth sending");
  const ruler = new Ruler(dialect, unit);
  let left = withoutEdges(arranged(tree, dialect, tables));
  for (let max = firstLimit; left.length > 0; ) {
    const spareIn = (most: number) => (blocks: readonly Block[]): number => ruler.spare(blocks, most);
    const { taken, rest } = cutSome(left, { here: spareIn(max), alone: spareIn(limit), isFresh: true });
    const part = withoutEdges(taken);
    if (isSeen(part)) {
      yield part;
      max = limit;
    }
    left = withoutEdges(rest);
  }
}

/** Always takes something: what does not fit with its form loses it. */
function cutSome(blocks: readonly Block[], room: Room<readonly Block[]>): Cut {
  const cut = cutBlocks(blocks, room);
  if (cut.taken.length > 0) return cut;
  const [first, ...others] = blocks;
  if (first === undefined) return cut;
  const simpler = unwrapped(first);
  if (simpler !== undefined) return { taken: [], rest: [...simpler, ...others] };
  // A single character that is longer than a message, as only a cluster of very many marks can be.
  const text = first.kind === "paragraph" ? visibleText(first.children) : "";
  const end = Math.max(1, clusterIn(text, 8));
  const paragraph = (piece: string): readonly Block[] => (piece === "" ? [] : [{ kind: "paragraph", children: [{ kind: "text", text: piece }] }]);
  return { taken: paragraph(text.slice(0, end)), rest: [...paragraph(text.slice(end)), ...others] };
}

/** With the tables that the dialect shows as lists made lists already, so that they are cut as such. Within a quote or a list no table is the platform's own. */
function arranged(blocks: readonly Block[], dialect: Dialect, tables?: TableLimits): readonly Block[] {
  const { table } = formOf(dialect);
  return blocks.flatMap((block): readonly Block[] => {
    if (block.kind === "quote") return [{ ...block, children: arranged(block.children, dialect) }];
    if (block.kind === "list") return [{ ...block, items: block.items.map((item) => ({ ...item, children: arranged(item.children, dialect) })) }];
    if (block.kind !== "table" || table === "pipes" || (tables !== undefined && isNarrow(block, tables)) || (table === "columns" && tableInColumns(block) !== undefined)) return [block];
    return tableInGroups(block);
  });
}

/** Without the rules at either end: a message's end parts better. */
function withoutEdges(blocks: readonly Block[]): readonly Block[] {
  let [start, end] = [0, blocks.length];
  while (blocks[start]?.kind === "rule") start += 1;
  while (end > start && blocks[end - 1]?.kind === "rule") end -= 1;
  return blocks.slice(start, end);
}
