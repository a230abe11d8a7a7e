import type { ChannelAbilities } from "../../domain/messaging/abilities.js";
import type { Inline, MarkdownTree } from "../../domain/messaging/markdown/tree.js";
import type { OutboundPart, RenderedText } from "../../domain/messaging/outbound.js";
import { settledDraft } from "../../domain/messaging/markdown/draft.js";
import { renderTree } from "../../domain/messaging/render/dialects.js";
import { renderLayout } from "../../domain/messaging/render/layout.js";
import { cutParts, renderMessage } from "../../domain/messaging/render/render-message.js";
import type { Markdown } from "../../ports/markdown.js";
import type { AccountName, ChannelBook } from "./channel-book.js";

/** What a channel that is gone could show. */
const PLAIN: ChannelAbilities["text"] = { limit: 4_000, unit: "utf16", dialect: "plain" };

/** Texts as messages of a channel: in its dialect, cut to its length. */
export class ReplyRenderer {
  readonly #deps: { readonly book: ChannelBook; readonly markdown: Markdown };

  constructor(deps: { book: ChannelBook; markdown: Markdown }) {
    this.#deps = deps;
  }

  /** What an agent or an operator wrote, as Markdown. Empty for a text that shows nothing. */
  markdown(account: AccountName, text: string): readonly OutboundPart[] {
    return this.#parts(account, this.#deps.markdown.parse(text));
  }

  /** The first message of a text that is still being written. */
  draft(account: AccountName, text: string): OutboundPart | undefined {
    const limits = this.#deps.book.get(account)?.abilities.text ?? PLAIN;
    const [first] = cutParts(this.#deps.markdown.parse(settledDraft(text)), limits);
    return first && asPart(first, limits);
  }

  /** A text as it is, whatever characters are in it. */
  plain(account: AccountName, text: string): readonly OutboundPart[] {
    return this.#parts(account, literal(text));
  }

  /** The text beside a file; what does not fit becomes messages of its own. */
  caption(account: AccountName, text: string): { readonly caption?: RenderedText; readonly rest: readonly OutboundPart[] } {
    const { media, text: limits } = this.#deps.book.get(account)?.abilities ?? { text: PLAIN };
    const parts = this.markdown(account, text);
    if (parts.length === 0 || media === undefined) return { rest: parts };
    const [first] = renderMessage(this.#deps.markdown.parse(text), { ...limits, limit: media.captionLimit });
    const fits = parts.length === 1 && first !== undefined && renderMessage(this.#deps.markdown.parse(text), { ...limits, limit: media.captionLimit }).length === 1;
    return fits ? { caption: first, rest: [] } : { rest: parts };
  }

  #parts(account: AccountName, tree: MarkdownTree): readonly OutboundPart[] {
    const limits = this.#deps.book.get(account)?.abilities.text ?? PLAIN;
    return [...cutParts(tree, limits)].map((part) => asPart(part, limits));
  }
}

function asPart(tree: MarkdownTree, { dialect, tables }: ChannelAbilities["text"]): OutboundPart {
  const layout = tables && renderLayout(tree, dialect, tables);
  return { body: { kind: "text", text: renderTree(tree, dialect), ...(layout === undefined ? {} : { layout }) } };
}

function literal(text: string): MarkdownTree {
  return text.split(/\n{2,}/).map((paragraph) => ({
    kind: "paragraph",
    children: paragraph.split("\n").flatMap((line, nth): Inline[] => [...(nth === 0 ? [] : [{ kind: "break" as const }]), { kind: "text", text: line }]),
  }));
}
