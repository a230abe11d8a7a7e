import type { TableLimits } from "../../../domain/messaging/abilities.js";
import { isWebUrl } from "../../../domain/messaging/markdown/link-url.js";
import type { Inline } from "../../../domain/messaging/markdown/tree.js";
import { visibleText } from "../../../domain/messaging/markdown/visible-text.js";
import type { TextPiece } from "../../../domain/messaging/outbound.js";

type TablePiece = Extract<TextPiece, { kind: "table" }>;

/** What Slack takes in a table block, of which a message has one. Source: "Table block" of Slack's documentation. */
export const TABLE_LIMITS: TableLimits = { maxRows: 100, maxColumns: 20, maxCharacters: 10_000 };

type Style = "bold" | "italic" | "strike" | "code";
const MARKS = { strong: "bold", emphasis: "italic", strike: "strike" } as const;

/** Slack refuses a cell that says nothing. */
const EMPTY = { type: "text", text: " " };

/** In cells of rich text nothing is markup: what reads as a mention or a link is text, unless it is made one here. */
export const renderTable = ({ rows }: TablePiece): unknown => ({
  type: "table",
  // Unless it is wrapped, a long cell is cut off.
  column_settings: (rows[0] ?? []).map(() => ({ is_wrapped: true })),
  rows: rows.map((row) => row.map(renderCell)),
});

function renderCell(cell: readonly Inline[]): unknown {
  const elements = cell.flatMap((inline) => renderInline(inline, []));
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: elements.length === 0 ? [EMPTY] : elements }] };
}

function renderInline(inline: Inline, styles: readonly Style[]): readonly unknown[] {
  switch (inline.kind) {
    case "text":
      return textOf(inline.text, styles);
    case "code":
      return textOf(inline.text, [...styles, "code"]);
    case "break":
      return textOf(" ", styles);
    case "image":
      return linkTo(inline.url, inline.alt, styles);
    case "link":
      return linkTo(inline.url, visibleText(inline.children), styles);
    default:
      return inline.children.flatMap((child) => renderInline(child, [...styles, MARKS[inline.kind]]));
  }
}

const styled = (styles: readonly Style[]): object => (styles.length === 0 ? {} : { style: Object.fromEntries(styles.map((style) => [style, true])) });

const textOf = (text: string, styles: readonly Style[]): readonly unknown[] => (text === "" ? [] : [{ type: "text", text, ...styled(styles) }]);

/** What leads to no page is not made a link, and says where it would have led. */
function linkTo(url: string, label: string, styles: readonly Style[]): readonly unknown[] {
  if (!isWebUrl(url)) return textOf(label === "" || label === url ? url : `${label} (${url})`, styles);
  return [{ type: "link", url, ...(label === "" || label === url ? {} : { text: label }), ...styled(styles) }];
}
