import type { Block, ListItem } from "../markdown/tree.js";
import { cutInlines } from "./cut-inlines.js";
import { charactersThatFit, mostThatFit, type Room } from "./room.js";
import { clusterIn } from "./seam.js";
import type { Table } from "./table.js";

type List = Block & { readonly kind: "list" };
type Code = Block & { readonly kind: "code" };

const BLANK_LINES = /^(?:[ \t]*(?:\n|$))+/u;

export interface Cut {
  readonly taken: readonly Block[];
  readonly rest: readonly Block[];
}

type Outer = Room<readonly Block[]>;

/** How something is set into what holds it: in this part, and as the first in another. */
interface Setting<T> {
  readonly here: (inner: T) => readonly Block[];
  readonly alone: (inner: T) => readonly Block[];
  readonly isFirst: boolean;
}

/** The room that is left within what holds it. */
const within = <T>(outer: Outer, { here, alone, isFirst }: Setting<T>): Room<T> => ({
  here: (inner) => outer.here(here(inner)),
  alone: (inner) => outer.alone(alone(inner)),
  isFresh: outer.isFresh && isFirst,
});

const fits = (spare: number): boolean => spare >= 0;

/** What would fit into a part of its own begins the next one, unless that leaves this one empty. */
const isToBeCut = (isFresh: boolean, alone: number): boolean => isFresh || !fits(alone);

/**
 * As much of the blocks as fits into a part. What would fit into one of its own is never cut: it begins the next. What
 * would not is cut at its items, lines, sentences, words. Nothing is taken where not even a character fits.
 */
export function cutBlocks(blocks: readonly Block[], room: Outer): Cut {
  const whole = mostThatFit(blocks.length, (count) => room.here(blocks.slice(0, count)));
  const next = blocks[whole];
  if (next === undefined) return { taken: blocks, rest: [] };
  const before = blocks.slice(0, whole);
  const inside = within<readonly Block[]>(room, { here: (inner) => [...before, ...inner], alone: (inner) => inner, isFirst: whole === 0 });
  if (isToBeCut(inside.isFresh, room.alone([next]))) {
    const cut = cutBlock(next, inside);
    if (cut.taken.length > 0) return { taken: [...before, ...cut.taken], rest: [...cut.rest, ...blocks.slice(whole + 1)] };
  }
  // A heading goes with what it is the heading of.
  const end = whole > 1 && before.at(-1)?.kind === "heading" ? whole - 1 : whole;
  return { taken: blocks.slice(0, end), rest: blocks.slice(end) };
}

function cutBlock(block: Block, room: Outer): Cut {
  switch (block.kind) {
    case "paragraph":
    case "heading": {
      const cut = cutInlines(block.children, (children) => room.here([{ ...block, children }]));
      return cut === undefined ? nothing(block) : { taken: [{ ...block, children: cut.taken }], rest: [{ ...block, children: cut.rest }] };
    }
    case "code":
      return cutCode(block, room);
    case "quote": {
      const quoted = (children: readonly Block[]): readonly Block[] => [{ ...block, children }];
      const { taken, rest } = cutBlocks(block.children, within(room, { here: quoted, alone: quoted, isFirst: true }));
      return taken.length === 0 ? nothing(block) : { taken: quoted(taken), rest: quoted(rest) };
    }
    case "list":
      return cutList(block, room);
    case "table":
      return cutTable(block, room);
    case "rule":
      return nothing(block);
  }
}

const nothing = (block: Block): Cut => ({ taken: [], rest: [block] });

/** Between lines, and within one only if it is longer than a part. Both sides are code of the same language. */
function cutCode(code: Code, room: Outer): Cut {
  const withText = (text: string): readonly Block[] => (text.trim() === "" ? [] : [{ ...code, text }]);
  const text = code.text.replace(BLANK_LINES, "");
  const lines = text.split("\n");
  const whole = mostThatFit(lines.length, (count) => room.here(withText(lines.slice(0, count).join("\n"))));
  const [line = ""] = lines;
  const end = whole > 0 ? 0 : clusterIn(line, charactersThatFit(line.length, (at) => room.here(withText(line.slice(0, at)))));
  if (whole === 0 && end === 0) return nothing(code);
  const taken = whole > 0 ? lines.slice(0, whole).join("\n") : line.slice(0, end);
  return { taken: withText(taken), rest: withText(text.slice(taken.length).replace(BLANK_LINES, "")) };
}

/** Between items, keeping count. The rest of an item that is cut stands without its marker: it is not another item. */
function cutList(list: List, room: Outer): Cut {
  const first = (items: readonly ListItem[]): readonly Block[] => [{ ...list, items }];
  const later = (count: number): readonly Block[] =>
    count >= list.items.length ? [] : [{ ...list, start: list.start + count, items: list.items.slice(count) }];
  const whole = mostThatFit(list.items.length, (count) => room.here(first(list.items.slice(0, count))));
  const before = list.items.slice(0, whole);
  const next = list.items[whole];
  if (next !== undefined && isToBeCut(room.isFresh && whole === 0, room.alone(first([next])))) {
    const inItem = (children: readonly Block[]): ListItem => ({ ...next, children });
    const inside = within<readonly Block[]>(room, { here: (children) => first([...before, inItem(children)]), alone: (children) => first([inItem(children)]), isFirst: whole === 0 });
    const { taken, rest } = cutBlocks(next.children, inside);
    if (taken.length > 0) return { taken: first([...before, inItem(taken)]), rest: [...rest, ...later(whole + 1)] };
  }
  return whole === 0 ? nothing(list) : { taken: first(before), rest: later(whole) };
}

/** Between rows. Each part has the table's head. */
function cutTable(table: Table, room: Outer): Cut {
  const withRows = (rows: Table["rows"]): readonly Block[] => [{ ...table, rows }];
  const whole = mostThatFit(table.rows.length, (count) => room.here(withRows(table.rows.slice(0, count))));
  return whole === 0 ? nothing(table) : { taken: withRows(table.rows.slice(0, whole)), rest: withRows(table.rows.slice(whole)) };
}
