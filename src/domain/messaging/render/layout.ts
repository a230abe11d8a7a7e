import type { Dialect, TableLimits } from "../abilities.js";
import type { Block, MarkdownTree } from "../markdown/tree.js";
import { visibleText } from "../markdown/visible-text.js";
import type { TextPiece } from "../outbound.js";
import { renderTree } from "./dialects.js";
import type { Table } from "./table.js";

/** Whether a platform could show it as a table of its own once it is cut to as many rows as it takes. */
export const isNarrow = ({ head }: Table, { maxColumns }: TableLimits): boolean => head.length > 0 && head.length <= maxColumns;

const rowsOf = ({ head, rows }: Table): readonly Table["head"][] => [head, ...rows];

function isNative(block: Block, limits: TableLimits): block is Table {
  if (block.kind !== "table" || !isNarrow(block, limits)) return false;
  const rows = rowsOf(block);
  const isEven = rows.every((row) => row.length <= block.head.length);
  const characters = rows.flat().reduce((sum, cell) => sum + visibleText(cell).length, 0);
  return isEven && rows.length <= limits.maxRows && characters <= limits.maxCharacters;
}

/**
 * The tree of one message in pieces, for a platform that shows one table of its own in it: the first that fits, and the
 * text on both sides of it, in which any other table is written as text. Undefined where there is none.
 */
export function renderLayout(tree: MarkdownTree, dialect: Dialect, limits: TableLimits): readonly TextPiece[] | undefined {
  const at = tree.findIndex((block) => isNative(block, limits));
  const table = tree[at];
  if (table === undefined || !isNative(table, limits)) return undefined;
  const written = (blocks: readonly Block[]): readonly TextPiece[] => {
    const { text } = renderTree(blocks, dialect);
    return text === "" ? [] : [{ kind: "text", text }];
  };
  const width = table.head.length;
  const rows = rowsOf(table).map((row) => Array.from({ length: width }, (_, column) => row[column] ?? []));
  return [...written(tree.slice(0, at)), { kind: "table", rows }, ...written(tree.slice(at + 1))];
}
