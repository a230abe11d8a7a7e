import { Tokenizer, type Links, type Tokens } from "marked";
import { bareUrl, isTable, NEVER, PARAGRAPH, plainText } from "./grammar.js";

/** Levels of quotes and lists, and of emphasis and links. Nobody reads more; without an end each costs a level of the stack. */
const MAX_BLOCK_DEPTH = 16;
const MAX_INLINE_DEPTH = 8;
/** How often each character of a run may be looked at in vain, on average. */
const VAIN_LOOKS = 100;

/**
 * The package's grammar with an end to nesting and to vain work: a rule that looks for its closing mark up to the end
 * of the text, finds none, and is asked again at the next character would take quadratic time. What was refused stays text.
 */
export class GuardedTokenizer extends Tokenizer {
  #blocks = 0;
  #inlines = 0;
  #looks = 0;

  /**
   * Takes out headings that are made by a line of `=` or `-` below them: while an answer arrives, each list after a
   * paragraph would be one for a moment. To be called once a lexer has handed over its rules.
   */
  simplify(): void {
    this.rules = { ...this.rules, block: { ...this.rules.block, lheading: NEVER, paragraph: PARAGRAPH } };
  }

  /** Opens the budget for one run of inline text. */
  admit(length: number): void {
    this.#looks = length * VAIN_LOOKS;
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    return this.#nested(() => super.blockquote(src));
  }

  override list(src: string): Tokens.List | undefined {
    return this.#nested(() => super.list(src));
  }

  override table(src: string): Tokens.Table | undefined {
    return isTable(src) ? super.table(src) : undefined;
  }

  /** HTML is text like any other. */
  override html(): undefined {
    return undefined;
  }

  override tag(): undefined {
    return undefined;
  }

  override link(src: string): Tokens.Link | Tokens.Image | undefined {
    return this.#inline(src, "[!", () => super.link(src));
  }

  override reflink(src: string, links: Links): Tokens.Link | Tokens.Image | Tokens.Text | undefined {
    if (isEmpty(links)) return undefined;
    return this.#inline(src, "[!", () => super.reflink(src, links));
  }

  override emStrong(src: string, maskedSrc: string, prevChar?: string): Tokens.Em | Tokens.Strong | undefined {
    return this.#inline(src, "*_", () => super.emStrong(src, maskedSrc, prevChar));
  }

  override del(src: string, maskedSrc: string, prevChar?: string): Tokens.Del | undefined {
    return this.#inline(src, "~", () => super.del(src, maskedSrc, prevChar));
  }

  override codespan(src: string): Tokens.Codespan | undefined {
    return this.#inline(src, "`", () => super.codespan(src));
  }

  override url(src: string): Tokens.Link | undefined {
    const href = bareUrl(src);
    if (href === undefined) return undefined;
    return { type: "link", raw: href, text: href, href, autolink: true, tokens: [{ type: "text", raw: href, text: href }] };
  }

  override inlineText(src: string): Tokens.Text | undefined {
    const raw = plainText(src);
    return { type: "text", raw, text: raw };
  }

  #nested<T>(attempt: () => T | undefined): T | undefined {
    if (this.#blocks >= MAX_BLOCK_DEPTH) return undefined;
    this.#blocks += 1;
    const token = attempt();
    this.#blocks -= 1;
    return token;
  }

  #inline<T>(src: string, marks: string, attempt: () => T | undefined): T | undefined {
    if (!marks.includes(src.charAt(0)) || this.#looks < 0 || this.#inlines >= MAX_INLINE_DEPTH) return undefined;
    this.#inlines += 1;
    const token = attempt();
    this.#inlines -= 1;
    if (token === undefined) this.#looks -= src.length;
    return token;
  }
}

const isEmpty = (links: Links): boolean => {
  for (const _ in links) return false;
  return true;
};
