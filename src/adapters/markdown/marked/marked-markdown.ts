import { getDefaults, Lexer } from "marked";
import type { MarkdownTree } from "../../../domain/messaging/markdown/tree.js";
import { sectionsOf } from "../../../domain/messaging/markdown/sections.js";
import type { Markdown } from "../../../ports/markdown.js";
import { GuardedTokenizer } from "./guarded-tokenizer.js";
import { renderTree } from "./translate.js";

/** A run of inline text longer than this is read in pieces: within one, a search may cost the square of its length. */
const MAX_RUN = 4_096;
const HALF_PAIR = /\p{Cs}/gu;
/** Controls, and what Unicode keeps for a program's own use. */
const UNTEXTUAL = /[^\P{Cc}\t\n]|[\ufdd0-\ufdef]/gu;

/** Markdown as GitHub reads it, by the `marked` package's lexer. Headings are those with `#`. */
export class MarkedMarkdown implements Markdown {
  parse(text: string): MarkdownTree {
    const tokenizer = new GuardedTokenizer();
    const lexer = new Lexer({ ...getDefaults(), tokenizer });
    tokenizer.simplify();
    for (const section of sectionsOf(readable(text))) {
      if (section.flat === true) lexer.tokens.push({ type: "paragraph", raw: section.text, text: section.text, tokens: lexer.inline(section.text) });
      else lexer.blockTokens(section.text, lexer.tokens);
    }
    for (const { src, tokens } of lexer.inlineQueue) {
      for (const run of runsOf(src)) {
        tokenizer.admit(run.length);
        lexer.inlineTokens(run, tokens);
      }
    }
    return renderTree(lexer.tokens);
  }
}

const readable = (text: string): string => text.replace(/\r\n?/gu, "\n").replace(HALF_PAIR, "\u{fffd}").replace(UNTEXTUAL, "");

function* runsOf(text: string): Generator<string> {
  let rest = text;
  while (rest.length > MAX_RUN) {
    const blank = Math.max(rest.lastIndexOf(" ", MAX_RUN), rest.lastIndexOf("\n", MAX_RUN));
    // Without a blank, anywhere but within a surrogate pair.
    const end = blank > 0 ? blank : MAX_RUN - (/^[\ud800-\udbff]/.test(rest.charAt(MAX_RUN - 1)) ? 1 : 0);
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
  yield rest;
}
