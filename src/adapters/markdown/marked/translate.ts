import type { MarkedToken, Token, Tokens } from "marked";
import { isWebUrl, linkUrl } from "../../../domain/messaging/markdown/link-url.js";
import type { Block, Inline, ListItem, MarkdownTree } from "../../../domain/messaging/markdown/tree.js";
import { visibleText } from "../../../domain/messaging/markdown/visible-text.js";
import { resolved } from "./character-references.js";

/** Begins only where the blanks do: tried again at each of them, a long row of blanks would take quadratic time. */
const BREAK = /(?<![ \t])[ \t]*\n[ \t]*/gu;

/** The package's tokens as the tree of the core. Recursion ends where the tokenizer ended nesting. */
export const renderTree = (tokens: readonly Token[]): MarkdownTree => (tokens as readonly MarkedToken[]).flatMap(blockOf);

function blockOf(token: MarkedToken): readonly Block[] {
  switch (token.type) {
    case "paragraph":
    case "text":
      return paragraphOf(inlinesOf(token.tokens ?? []));
    case "heading":
      return [{ kind: "heading", level: token.depth, children: trimmed(inlinesOf(token.tokens)) }];
    case "code":
      return [codeOf(token)];
    case "blockquote":
      return [{ kind: "quote", children: renderTree(token.tokens) }];
    case "list":
      return [{ kind: "list", ordered: token.ordered, start: Number(token.start), items: token.items.map(itemOf) }];
    case "table":
      return [{ kind: "table", head: token.header.map(cellOf), rows: token.rows.map((row) => row.map(cellOf)) }];
    case "hr":
      return [{ kind: "rule" }];
    default:
      return [];
  }
}

const paragraphOf = (inlines: readonly Inline[]): readonly Block[] => {
  const children = trimmed(inlines);
  return children.length === 0 ? [] : [{ kind: "paragraph", children }];
};

function codeOf(token: Tokens.Code): Block {
  const language = /^\S+/u.exec(token.lang ?? "")?.[0];
  return { kind: "code", ...(language === undefined ? {} : { language }), text: token.text.replace(/\n+$/u, "") };
}

const itemOf = (item: Tokens.ListItem): ListItem => ({
  ...(item.task ? { checked: item.checked === true } : {}),
  children: renderTree(item.tokens),
});

const cellOf = (cell: Tokens.TableCell): readonly Inline[] => trimmed(inlinesOf(cell.tokens));

const inlinesOf = (tokens: readonly Token[]): readonly Inline[] => fused((tokens as readonly MarkedToken[]).flatMap(inlineOf));

function inlineOf(token: MarkedToken): readonly Inline[] {
  switch (token.type) {
    case "text":
      // The package's own resolving leaves `&` as `&amp;`, ready for a page; what was written is in `raw`.
      return [{ kind: "text", text: resolved(token.raw) }];
    case "escape":
      return [{ kind: "text", text: token.text }];
    case "strong":
      return [{ kind: "strong", children: inlinesOf(token.tokens) }];
    case "em":
      return [{ kind: "emphasis", children: inlinesOf(token.tokens) }];
    case "del":
      return [{ kind: "strike", children: inlinesOf(token.tokens) }];
    case "codespan":
      return [{ kind: "code", text: token.text.trim() || token.text }];
    case "br":
      return [{ kind: "break" }];
    case "link":
      return linkOf(token);
    case "image":
      return imageOf(token);
    default:
      return [];
  }
}

function linkOf(token: Tokens.Link): readonly Inline[] {
  const children = inlinesOf(token.tokens);
  const url = linkUrl(token.autolink === true ? token.href : resolved(token.href));
  if (url === undefined) return children;
  // A bare URL reads as it is followed, whatever had to be encoded in it.
  if (token.autolink === true && token.text === token.href) return [{ kind: "link", url, children: [{ kind: "text", text: url }] }];
  return [{ kind: "link", url, children: visibleText(children).trim() === "" ? [{ kind: "text", text: url }] : children }];
}

function imageOf(token: Tokens.Image): readonly Inline[] {
  const url = linkUrl(resolved(token.href));
  const alt = resolved(token.text);
  if (url !== undefined && isWebUrl(url)) return [{ kind: "image", url, alt }];
  return alt === "" ? [] : [{ kind: "text", text: alt }];
}

/** Neighbouring texts as one, without the blanks around its line ends. */
function fused(inlines: readonly Inline[]): readonly Inline[] {
  const all: Inline[] = [];
  for (const inline of inlines) {
    const last = all.at(-1);
    if (inline.kind === "text" && last?.kind === "text") all[all.length - 1] = { kind: "text", text: last.text + inline.text };
    else all.push(inline);
  }
  return all.map((inline) => (inline.kind === "text" ? { kind: "text", text: inline.text.replace(BREAK, "\n") } : inline));
}

/** Without blanks and breaks at either end. */
function trimmed(inlines: readonly Inline[]): readonly Inline[] {
  const isBlank = (inline: Inline | undefined): boolean => inline?.kind === "break" || (inline?.kind === "text" && inline.text.trim() === "");
  let [start, end] = [0, inlines.length];
  while (start < end && isBlank(inlines[start])) start += 1;
  while (end > start && isBlank(inlines[end - 1])) end -= 1;
  return inlines.slice(start, end).map((inline, at, { length }) => {
    if (inline.kind !== "text" || (at > 0 && at < length - 1)) return inline;
    const text = at === 0 ? inline.text.trimStart() : inline.text;
    return { kind: "text", text: at === length - 1 ? text.trimEnd() : text };
  });
}
