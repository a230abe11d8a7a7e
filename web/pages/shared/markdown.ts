import { html, nothing, type TemplateResult } from "lit";
import { MarkedMarkdown } from "../../../src/adapters/markdown/marked/index.js";
import type { Block, Inline, ListItem } from "../../../src/domain/messaging/markdown/tree.js";
import { visibleText } from "../../../src/domain/messaging/markdown/visible-text.js";
import "./copy-button.js";
import { shared } from "./texts/index.js";

const markdown = new MarkedMarkdown();
const { codeBlock } = shared;

/**
 * What others wrote, as elements. It is read the way it is for every channel: HTML in it is text, and links lead to the
 * web, to mail and to telephones. It never passes through the browser's own parser, so nothing in it can become more than
 * what is built here, and what grows while it is shown is changed in its place.
 */
export const renderMarkdown = (text: string): TemplateResult => html`<div class="prose">${blocks(markdown.parse(text))}</div>`;

const blocks = (tree: readonly Block[]): readonly TemplateResult[] => tree.map(block);
const inlines = (pieces: readonly Inline[]): readonly unknown[] => pieces.map(inline);

function block(piece: Block): TemplateResult {
  switch (piece.kind) {
    case "paragraph":
      return html`<p>${inlines(piece.children)}</p>`;
    case "heading":
      return heading(piece);
    case "code":
      return code(piece);
    case "quote":
      return html`<blockquote>${blocks(piece.children)}</blockquote>`;
    case "list":
      return piece.ordered ? html`<ol start=${piece.start}>${piece.items.map(item)}</ol>` : html`<ul>${piece.items.map(item)}</ul>`;
    case "table":
      return table(piece);
    case "rule":
      return html`<hr />`;
  }
}

/** Below the page's own headings, whatever its writer thought of it. */
function heading({ level, children }: Extract<Block, { kind: "heading" }>): TemplateResult {
  const content = inlines(children);
  if (level <= 1) return html`<h3>${content}</h3>`;
  return level === 2 ? html`<h4>${content}</h4>` : html`<h5>${content}</h5>`;
}

const code = ({ language, text }: Extract<Block, { kind: "code" }>): TemplateResult =>
  html`<figure class="code" role="group" aria-label=${codeBlock.label(language)}>
    <figcaption><span>${language ?? codeBlock.plain}</span><copy-button .text=${text} label=${codeBlock.copy}></copy-button></figcaption>
    <pre tabindex="0"><code>${text}</code></pre>
  </figure>`;

const item = ({ checked, children }: ListItem): TemplateResult => {
  const [first, ...rest] = children;
  // A point of a list that is one line is no paragraph.
  const content = first?.kind === "paragraph" ? [inlines(first.children), ...blocks(rest)] : blocks(children);
  return html`<li>${checked === undefined ? nothing : html`<input type="checkbox" disabled .checked=${checked} aria-label=${checked ? codeBlock.done : codeBlock.open} /> `}${content}</li>`;
};

const table = ({ head, rows }: Extract<Block, { kind: "table" }>): TemplateResult =>
  html`<div class="table" tabindex="0" role="region" aria-label=${codeBlock.table}><table>
    <thead><tr>${head.map((cell) => html`<th scope="col">${inlines(cell)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inlines(cell)}</td>`)}</tr>`)}</tbody>
  </table></div>`;

function inline(piece: Inline): unknown {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "strong":
      return html`<strong>${inlines(piece.children)}</strong>`;
    case "emphasis":
      return html`<em>${inlines(piece.children)}</em>`;
    case "strike":
      return html`<s>${inlines(piece.children)}</s>`;
    case "code":
      return html`<code>${piece.text}</code>`;
    case "link":
      return html`<a href=${piece.url} target="_blank" rel="noopener noreferrer">${inlines(piece.children)}</a>`;
    case "image":
      // Loading it would tell its host who reads this, and when.
      return html`<a href=${piece.url} target="_blank" rel="noopener noreferrer">${piece.alt === "" ? codeBlock.picture : piece.alt}</a>`;
    case "break":
      return html`<br />`;
  }
}

/** The same without its marks, in one line: for previews, titles, and those who listen. */
export const plainText = (text: string): string => markdown.parse(text).map(plainBlock).join(" ").replace(/\s+/g, " ").trim();

function plainBlock(piece: Block): string {
  switch (piece.kind) {
    case "paragraph":
    case "heading":
      return visibleText(piece.children);
    case "code":
      return piece.text;
    case "quote":
      return piece.children.map(plainBlock).join(" ");
    case "list":
      return piece.items.map(({ children }) => children.map(plainBlock).join(" ")).join(", ");
    case "table":
      return [piece.head, ...piece.rows].map((row) => row.map((cell) => visibleText(cell)).join(" ")).join(", ");
    case "rule":
      return "";
  }
}
