import type { Block, ListItem } from "../markdown/tree.js";
import { isSeen } from "../markdown/visible-text.js";
import type { Form, Lead } from "./form.js";
import { oneLine } from "./form-parts.js";
import { writeInlines } from "./inline-writer.js";
import { tableInColumns, tableInGroups, type Table } from "./table.js";

type List = Block & { readonly kind: "list" };

interface Place {
  readonly form: Form;
  /** What each line begins with, where it is indented. */
  readonly pad: string;
  readonly lists: number;
  readonly quotes: number;
}

interface Written {
  readonly block: Block;
  readonly text: string;
}

/** A tree in a form. */
export const writeBlocks = (blocks: readonly Block[], form: Form): string => joined(writeAll(blocks, { form, pad: "", lists: 0, quotes: 0 }));

const joined = (blocks: readonly Written[]): string => blocks.map(({ text }) => text).join("\n\n");

/** Each block with the pad before all of its lines; what shows nothing is left out. */
function writeAll(blocks: readonly Block[], place: Place): readonly Written[] {
  const written: Written[] = [];
  let previous: Block | undefined;
  let isSecond = false;
  for (const block of blocks) {
    isSecond = follows(block, previous) && !isSecond;
    const text = block.kind === "list" ? writeList(block, place, isSecond) : writeBlock(block, place);
    if (text.trim() !== "") written.push({ block, text });
    previous = block;
  }
  return written;
}

const follows = (block: Block, previous: Block | undefined): boolean =>
  block.kind === "list" && previous?.kind === "list" && block.ordered === previous.ordered;

function writeBlock(block: Exclude<Block, List>, place: Place): string {
  const { form, pad } = place;
  switch (block.kind) {
    case "paragraph":
      return indented(withoutBlankEnd(writeInlines(block.children, form)), pad);
    case "heading":
      return indented(writeHeading(block, form), pad);
    case "code":
      return block.text.trim() === "" ? "" : indented(form.codeBlock(withoutBlankEnds(block.text), block.language), form.indentsBlocks ? pad : "");
    case "quote": {
      const inner = joined(writeAll(block.children, { form, pad: "", lists: 0, quotes: place.quotes + 1 }));
      return inner === "" ? "" : indented(form.quote(inner, place.quotes), form.indentsBlocks ? pad : "");
    }
    case "table":
      return writeTable(block, place);
    case "rule":
      return pad + form.rule;
  }
}

function writeHeading({ children, level }: Block & { readonly kind: "heading" }, form: Form): string {
  const inner = writeInlines(children, form, form.heading === undefined ? ["strong"] : []);
  if (inner.trim() === "") return "";
  return form.heading === undefined ? form.mark("strong", inner, { before: "", after: "" }) : form.heading(inner, level);
}

/** The list's lines, one item below the other. */
function writeList(list: List, place: Place, isSecond: boolean): string {
  const items = list.items.map((item, at) => {
    const number = list.ordered ? list.start + at : undefined;
    const task = item.checked === undefined ? {} : { checked: item.checked };
    const lead = place.form.marker({ ...(number === undefined ? {} : { number }), ...task, depth: place.lists, isSecond });
    return writeItem(item, lead, place);
  });
  return items.join("\n");
}

function writeItem(item: ListItem, lead: Lead, place: Place): string {
  const { form } = place;
  const pad = place.pad + " ".repeat(lead.indent);
  let written = place.pad + lead.text;
  for (const [at, { block, text }] of writeAll(item.children, { ...place, pad, lists: place.lists + 1 }).entries()) {
    if (at > 0) written += gapBefore(block, form) + text;
    // What stands at the margin cannot begin beside the marker.
    else written = text.startsWith(pad) ? written + text.slice(pad.length) : `${written.trimEnd()}\n${text}`;
  }
  return written.trimEnd();
}

/** A list that can interrupt a paragraph needs no blank line before it. */
function gapBefore(block: Block, form: Form): string {
  const interrupts = block.kind === "list" && (!block.ordered || block.start === 1) && isSeen(block.items[0]?.children ?? []);
  return interrupts ? "\n" : form.itemGap;
}

function writeTable(table: Table, place: Place): string {
  const { form, pad } = place;
  if (form.table === "pipes") return indented(writePipes(table, form), pad);
  const columns = form.table === "columns" ? tableInColumns(table) : undefined;
  if (columns === undefined) return joined(writeAll(tableInGroups(table), place));
  return indented(form.codeBlock(columns), form.indentsBlocks ? pad : "");
}

function writePipes(table: Table, form: Form): string {
  // A pipe is a cell's end even within code.
  const row = (cells: Table["head"]): string =>
    `| ${cells.map((cell) => oneLine(writeInlines(cell, form)).replace(/(?<!\\)\|/gu, "\\|")).join(" | ")} |`;
  return [row(table.head), `|${" --- |".repeat(table.head.length)}`, ...table.rows.map(row)].join("\n");
}

/** The first line keeps its indentation. */
const withoutBlankEnds = (text: string): string => text.replace(/^(?:[ \t]*\n)+/u, "").trimEnd();

const indented = (text: string, pad: string): string => (pad === "" ? text : text.replace(/^(?=[^\n])/gmu, pad));

/** What is neither seen nor takes room at a text's end: blanks, and the noncharacters by which a form remembers its styles. */
const UNSEEN = /[\s\ufdd0-\ufdef]/u;

/** Code may be nothing but a blank, which ends the text where code has no marks of its own. Signs of a form stay. */
function withoutBlankEnd(text: string): string {
  let end = text.length;
  while (end > 0 && UNSEEN.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end) + text.slice(end).replace(/\s/gu, "");
}
