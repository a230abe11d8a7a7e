import type { Block, Inline, ListItem } from "../markdown/tree.js";
import { visibleText } from "../markdown/visible-text.js";
import { inColumns } from "./columns.js";

export type Table = Block & { readonly kind: "table" };
type Cell = readonly Inline[];

/** The table as text of a fixed width, or undefined where it is too wide, or says more than its text: where a link leads, what no longer holds. */
export function tableInColumns(table: Table): string | undefined {
  const rows = [table.head, ...table.rows];
  if (rows.some((row) => row.some((cell) => cell.some(isMoreThanText)))) return undefined;
  return inColumns(rows.map((row) => row.map((cell) => visibleText(cell).replace(/\s+/gu, " ").trim())));
}

function isMoreThanText(inline: Inline): boolean {
  if (inline.kind === "image" || inline.kind === "strike") return true;
  if (inline.kind === "link") return inline.url !== visibleText(inline.children);
  return "children" in inline && inline.children.some(isMoreThanText);
}

/** The table as a list: an item for each row, which is named by its first cell and tells the others by their column. */
export function tableInGroups(table: Table): readonly Block[] {
  if (table.rows.length > 0) return [{ kind: "list", ordered: false, start: 0, items: table.rows.map((row) => groupOf(table.head, row)) }];
  const heads = table.head.flatMap((cell, at): readonly Inline[] => (at === 0 ? cell : [{ kind: "text", text: " | " }, ...cell]));
  return [{ kind: "paragraph", children: heads }];
}

function groupOf(head: readonly Cell[], row: readonly Cell[]): ListItem {
  const [name = [], ...values] = row;
  const told = values.flatMap((value, at): readonly Cell[] => (isEmpty(value) ? [] : [titled(head[at + 1] ?? [], value)]));
  const lines = isEmpty(name) ? told : [[{ kind: "strong", children: name } as const, ...(told.length === 0 ? [] : [COLON])], ...told];
  // With two columns the value says enough by itself.
  const isPair = head.length === 2 && lines.length === 2;
  const children = isPair ? [...(lines[0] ?? []), SPACE, ...(values[0] ?? [])] : lines.flatMap((line, at) => (at === 0 ? line : [LINE_END, ...line]));
  return { children: [{ kind: "paragraph", children }] };
}

const COLON: Inline = { kind: "text", text: ":" };
const SPACE: Inline = { kind: "text", text: " " };
const LINE_END: Inline = { kind: "break" };

const titled = (title: Cell, value: Cell): Cell => (isEmpty(title) ? value : [...title, { kind: "text", text: ": " }, ...value]);

const isEmpty = (cell: Cell): boolean => visibleText(cell).trim() === "";
