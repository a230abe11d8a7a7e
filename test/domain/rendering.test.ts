import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { MarkedMarkdown } from "../../src/adapters/markdown/marked/index.js";
import type { Dialect, TextUnit } from "../../src/domain/messaging/abilities.js";
import { settledDraft } from "../../src/domain/messaging/markdown/draft.js";
import { sectionsOf } from "../../src/domain/messaging/markdown/sections.js";
import type { Block, MarkdownTree } from "../../src/domain/messaging/markdown/tree.js";
import { visibleText } from "../../src/domain/messaging/markdown/visible-text.js";
import type { RenderedText } from "../../src/domain/messaging/outbound.js";
import { widthOf } from "../../src/domain/messaging/render/columns.js";
import { renderTree } from "../../src/domain/messaging/render/dialects.js";
import { cutParts, renderMessage, renderParts } from "../../src/domain/messaging/render/render-message.js";
import { renderSignalStyles } from "../../src/domain/messaging/render/signal.js";

const DIALECTS: readonly Dialect[] = ["plain", "markdown", "telegram-html", "slack-mrkdwn", "discord-markdown", "whatsapp", "signal"];
const ZERO_WIDTH = "\u200b";

const parse = (text: string): MarkdownTree => new MarkedMarkdown().parse(text);
const rendered = (text: string, dialect: Dialect): string => renderTree(parse(text), dialect).text;
const fixture = (name: string): string => readFileSync(join(process.cwd(), "test", "fixtures", "answer", name), "utf8");
const ANSWER = fixture("answer.md");

/** Markdown, and what some dialects show for it. */
type Row = readonly [markdown: string, shown: Partial<Record<Dialect, string>>];

const LINES: readonly Row[] = [
  ["**a** *b* ~~c~~ `d`", {
    plain: "a b c d",
    "telegram-html": "<b>a</b> <i>b</i> <s>c</s> <code>d</code>",
    "slack-mrkdwn": "*a* _b_ ~c~ `d`",
    "discord-markdown": "**a** _b_ ~~c~~ `d`",
    whatsapp: "*a* _b_ ~c~ `d`",
    markdown: "**a** *b* ~~c~~ `d`",
  }],
  ["***a*** **b _c_ **d** e**", {
    "telegram-html": "<i><b>a</b></i> <b>b <i>c</i> d e</b>",
    "slack-mrkdwn": "_*a*_ *b _c_ d e*",
  }],
  ["# a **b** c", { "telegram-html": "<b>a b c</b>", "slack-mrkdwn": "*a b c*", "discord-markdown": "**a b c**", whatsapp: "*a b c*", plain: "a b c", markdown: "# a **b** c" }],
  ["一**二**三 a**b**c", {
    "slack-mrkdwn": `一${ZERO_WIDTH}*二*${ZERO_WIDTH}三 a${ZERO_WIDTH}*b*${ZERO_WIDTH}c`,
    whatsapp: "一二三 abc",
    "discord-markdown": "一**二**三 a**b**c",
    "telegram-html": "一<b>二</b>三 a<b>b</b>c",
  }],
  ["**a\nb** c\\\nd", { "slack-mrkdwn": "*a*\n*b* c\nd", whatsapp: "*a*\n*b* c\nd", "telegram-html": "<b>a\nb</b> c\nd", markdown: "**a**\n**b** c  \nd" }],
  ["a & b < c > d \" &amp;lt;", {
    plain: 'a & b < c > d " &lt;',
    "telegram-html": 'a &amp; b &lt; c &gt; d " &amp;lt;',
    "slack-mrkdwn": 'a &amp; b &lt; c &gt; d " &amp;lt;',
    markdown: 'a & b \\< c \\> d " \\&lt;',
  }],
  ["<!channel> <!here|x> <@U012AB> <#C1> <https://evil.example|bank> @channel", {
    "slack-mrkdwn": "&lt;!channel&gt; &lt;!here|x&gt; &lt;@U012AB&gt; &lt;#C1&gt; <https://evil.example%7Cbank> @channel",
  }],
  ["<@123> <#1> <:a:1> ||b|| \\_c\\_ d\\*e [f\\](https://g.h) @everyone", {
    "discord-markdown": "\\<@123> \\<#1> \\<:a:1> \\|\\|b\\|\\| \\_c\\_ d\\*e \\[f\\](https://g.h) @everyone",
  }],
  ["\\# a\n\\> b\n\\- c\n1\\. d\n2 - e #f", { "discord-markdown": "\\# a\n\\> b\n\\- c\n1\\. d\n2 - e #f", markdown: "\\# a\n\\> b\n\\- c\n1\\. d\n2 - e #f" }],
  ["**a** - b", { "discord-markdown": "**a** - b" }],
  ["[a *b*](https://x.y/z_(1)?q=1&r=\"2\")", {
    plain: "a b (https://x.y/z_(1)?q=1&r=%222%22)",
    "telegram-html": '<a href="https://x.y/z_(1)?q=1&amp;r=%222%22">a <i>b</i></a>',
    "slack-mrkdwn": "<https://x.y/z_(1)?q=1&amp;r=%222%22|a b>",
    "discord-markdown": "[a _b_](https://x.y/z_%281%29?q=1&r=%222%22)",
    whatsapp: "a _b_ (https://x.y/z_(1)?q=1&r=%222%22)",
    markdown: "[a *b*](https://x.y/z_\\(1\\)?q=1&r=%222%22)",
  }],
  ["https://x.y/a_b_c, (see https://x.y/d(e)).", {
    plain: "https://x.y/a_b_c, (see https://x.y/d(e)).",
    "telegram-html": "https://x.y/a_b_c, (see https://x.y/d(e)).",
    "slack-mrkdwn": "<https://x.y/a_b_c>, (see <https://x.y/d(e)>).",
    "discord-markdown": "https://x.y/a_b_c, (see https://x.y/d(e)).",
    markdown: "<https://x.y/a_b_c>, (see <https://x.y/d(e)>).",
  }],
  ["[mail](mailto:a@b.c) [call](tel:+1) <d@e.f>", {
    plain: "mail (a@b.c) call (+1) d@e.f",
    "telegram-html": "mail (a@b.c) call (+1) d@e.f",
    "slack-mrkdwn": "<mailto:a@b.c|mail> <tel:+1|call> <mailto:d@e.f|d@e.f>",
    "discord-markdown": "mail (a@b.c) call (+1) d@e.f",
    markdown: "[mail](mailto:a@b.c) [call](tel:+1) <d@e.f>",
  }],
  ["[https://bank.example](https://evil.example) [x](javascript:y) [z](/w)", {
    "discord-markdown": "https://bank.example (https://evil.example) x z",
    whatsapp: "https://bank.example (https://evil.example) x z",
  }],
  ["![a](https://x.y/p.png) ![](https://x.y/q.png) ![b](data:x)", {
    plain: "a (https://x.y/p.png) https://x.y/q.png b",
    "telegram-html": '<a href="https://x.y/p.png">a</a> https://x.y/q.png b',
    "slack-mrkdwn": "<https://x.y/p.png|a> <https://x.y/q.png> b",
    markdown: "![a](https://x.y/p.png) ![](https://x.y/q.png) b",
  }],
  ["`` a`b `` ```` ``` ````", {
    "slack-mrkdwn": `a\`b \`${ZERO_WIDTH}\`${ZERO_WIDTH}\``,
    "discord-markdown": `\`\` a\`b \`\` \`\` \`${ZERO_WIDTH}\`${ZERO_WIDTH}\` \`\``,
    markdown: "``a`b`` ```` ``` ````",
  }],
  ["[a `b`](https://x.y)", { "telegram-html": '<a href="https://x.y">a b</a>', "discord-markdown": "[a b](https://x.y)" }],
];

const BLOCKS: readonly Row[] = [
  ["- a\n  - b\n    - c\n      - d\n- e", {
    plain: "• a\n  ◦ b\n    ▪ c\n      ▪ d\n• e",
    whatsapp: "- a\n  - b\n    - c\n      - d\n- e",
    markdown: "- a\n  - b\n    - c\n      - d\n- e",
  }],
  ["9. a\n10. b\n    1. c", { "telegram-html": "9. a\n10. b\n    1. c", markdown: "9. a\n10. b\n    1. c" }],
  ["- [ ] a\n- [x] b\n\n1. [x] c", { plain: "☐ a\n☑ b\n\n1. ☑ c", "discord-markdown": "- ☐ a\n- ☑ b\n\n1. ☑ c", markdown: "- [ ] a\n- [x] b\n\n1. [x] c" }],
  ["- a\n\n  b\n  ```js\n  c\n  ```\n- d", {
    plain: "• a\n  b\n  c\n• d",
    "slack-mrkdwn": "• a\n  b\n```\nc\n```\n• d",
    "telegram-html": '• a\n  b\n<pre><code class="language-js">c</code></pre>\n• d',
    markdown: "- a\n\n  b\n\n  ```js\n  c\n  ```\n- d",
  }],
  ["- a\n\n* b", { markdown: "- a\n\n* b", plain: "• a\n\n• b" }],
  ["```c++ title\n<a> & `b`\n\n\n  ```x\n```", {
    "telegram-html": '<pre><code class="language-c++">&lt;a&gt; &amp; `b`\n\n\n  ```x</code></pre>',
    "slack-mrkdwn": `\`\`\`\n&lt;a&gt; &amp; \`b\`\n\n\n  \`${ZERO_WIDTH}\`${ZERO_WIDTH}\`x\n\`\`\``,
    "discord-markdown": `\`\`\`c++\n<a> & \`b\`\n\n\n  \`${ZERO_WIDTH}\`${ZERO_WIDTH}\`x\n\`\`\``,
    markdown: "````c++\n<a> & `b`\n\n\n  ```x\n````",
  }],
  ['```a"><b>\nc\n```', { "telegram-html": "<pre>c</pre>", "discord-markdown": "```\nc\n```", markdown: "```\nc\n```" }],
  ["> a\n>\n> > b\n> > c\n\nd", {
    plain: "> a\n>\n> > b\n> > c\n\nd",
    "telegram-html": "<blockquote>a\n\n&gt; b\n&gt; c</blockquote>\n\nd",
    "discord-markdown": "> a\n>\n> > b\n> > c\n\nd",
  }],
  ["a\n\n***\n\nb", { plain: "a\n\n──────────\n\nb", markdown: "a\n\n___\n\nb" }],
  ["| a | 中文 |\n|--|:-:|\n| 😀 | b\\|c |\n| d |", {
    "slack-mrkdwn": "```\na   中文\n--  ----\n😀  b|c\nd\n```",
    "discord-markdown": "```\na   中文\n--  ----\n😀  b|c\nd\n```",
    "telegram-html": "<pre>a   中文\n--  ----\n😀  b|c\nd</pre>",
    plain: "• 😀: b|c\n• d",
    whatsapp: "- *😀*: b|c\n- *d*",
    markdown: "| a | 中文 |\n| --- | --- |\n| 😀 | b\\|c |\n| d |  |",
  }],
  [`| a | b | c |\n|-|-|-|\n| d | ${"e".repeat(60)} | f |\n| | g | |`, {
    "telegram-html": `• <b>d</b>:\n  b: ${"e".repeat(60)}\n  c: f\n• b: g`,
    "discord-markdown": `- **d**:\n  b: ${"e".repeat(60)}\n  c: f\n- b: g`,
  }],
  ["| a | b |\n|-|-|\n| [c](https://x.y) | ~~d~~ |", { "slack-mrkdwn": "• *<https://x.y|c>*: ~d~", "telegram-html": '• <b><a href="https://x.y">c</a></b>: <s>d</s>' }],
  ["| a | b |\n|-|-|", { "slack-mrkdwn": "```\na  b\n-  -\n```", plain: "a | b" }],
  ["", { plain: "", "telegram-html": "", "slack-mrkdwn": "" }],
];

describe("each dialect", () => {
  const cases = [...LINES, ...BLOCKS].flatMap(([markdown, shown]) => Object.entries(shown).map(([dialect, text]) => [markdown, dialect as Dialect, text] as const));
  test.each(cases)("%j in %s", (markdown, dialect, text) => {
    expect(rendered(markdown, dialect)).toBe(text);
  });

  test.each(DIALECTS.filter((dialect) => dialect !== "signal"))("a whole answer in %s", (dialect) => {
    expect(`${rendered(ANSWER, dialect)}\n`).toBe(fixture(`${dialect}.txt`));
  });

  test("a tree that no parser made is written as safely as one", () => {
    const tree: MarkdownTree = [{ kind: "paragraph", children: [
      { kind: "link", url: "javascript:alert(1)", children: [{ kind: "text", text: "a" }] },
      { kind: "link", url: "https://x.y/>|\"<!channel>", children: [{ kind: "text", text: " " }] },
      { kind: "image", url: "file:///etc/passwd", alt: "b" },
    ] }];
    expect(renderTree(tree, "slack-mrkdwn").text).toBe("a<https://x.y/%3E%7C%22%3C!channel%3E>b");
    expect(renderTree(tree, "telegram-html").text).toBe("ahttps://x.y/%3E%7C%22%3C!channel%3Eb");
  });

  test("columns are measured as a terminal does", () => {
    expect(["abc", "中文", "ｆ", "é", "e\u0301", "😀", "👩‍👩‍👧‍👦", "한글", "", "\u200b"].map(widthOf)).toEqual([3, 4, 2, 1, 1, 2, 2, 4, 0, 0]);
  });
});

describe("Signal's styles", () => {
  const spans = (text: string): string[] => {
    const styled = renderSignalStyles(parse(text));
    return styled.styles.map((style) => {
      const [start = 0, length = 0] = style.split(":").map(Number);
      return `${style.replace(/^.*:/u, "")}=${styled.text.slice(start, start + length)}`;
    });
  };

  test("are counted in UTF-16, beside the plain text", () => {
    expect(renderSignalStyles(parse("👍 **a *b*** ~~c~~ `d`\n\n- e\n  - **f**"))).toEqual({
      text: "👍 a b c d\n\n• e\n  ◦ f",
      styles: ["5:1:ITALIC", "3:3:BOLD", "7:1:STRIKETHROUGH", "9:1:MONOSPACE", "20:1:BOLD"],
    });
  });

  test("cover headings, code and what is quoted", () => {
    expect(spans("# h **i**\n\n```\nj\n  k\n```\n\n> **l**\n> m")).toEqual(["BOLD=h i", "MONOSPACE=j\n  k", "BOLD=l"]);
  });

  test("cannot be forged", () => {
    const text = "a\ufdd0b\ufdd1c";
    const code: Block = { kind: "code", text };
    expect(renderSignalStyles([{ kind: "paragraph", children: [{ kind: "text", text }, { kind: "code", text }] }, code])).toEqual({
      text: "abcabc\n\nabc", styles: ["3:3:MONOSPACE", "8:3:MONOSPACE"],
    });
  });

  test("travel with each message of an answer, counted anew after a cut", () => {
    const parts = renderMessage(parse(`${"word ".repeat(12)}\n\n**bold** end`), { dialect: "signal", limit: 62, unit: "utf16" });
    expect(parts.map(({ styles }) => styles)).toEqual([undefined, ["0:4:BOLD"]]);
    expect(renderTree(parse("**a**"), "plain").styles).toBeUndefined();
  });

  test("are of the text that the dialect gives", () => {
    fc.assert(fc.property(markdownish, (text) => {
      const tree = parse(text);
      const { text: shown, styles } = renderSignalStyles(tree);
      expect(shown).toBe(renderTree(tree, "signal").text);
      for (const style of styles) {
        const [start = -1, length = 0] = style.split(":").map(Number);
        expect(start >= 0 && length > 0 && start + length <= shown.length).toBe(true);
      }
    }), { numRuns: 200 });
  });
});

const PIECES = [
  "word ", "Longer sentence here. ", "一个没有空格的句子。", "مرحبا ", "👩‍👩‍👧‍👦", "e\u0301", "a_b_c ", "x", "**", "*", "_", "~~", "`", "```\n", "```ts\n", "~~~\n", "[", "](https://a.b/c)", "](", "![p](https://a.b/p.png) ",
  "https://a.b/c_d ", "<@U1>", "<!channel>", "<b>", "& ", "&lt;", "\\", "|", "\n", "\n\n", "\n- ", "\n  - ", "\n    ", "\n3. ", "\n- [x] ", "\n> ", "\n> > ", "\n# ", "\n---\n", "\n\n| a | b |\n|---|---|\n| c | d |\n", "\n| e | **f** |\n", "@everyone ", " ", "\t", "\ud83d", "\u200b",
] as const;
const markdownish = fc.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom<string>(...PIECES) }, { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) }), { maxLength: 80 }).map((pieces) => pieces.join(""));
/** Without characters that readers of markdown take for punctuation or not, each as it likes. */
const tame = fc.array(fc.constantFrom<string>(...PIECES.filter((piece) => !/[\u200b\ud83d]/.test(piece))), { maxLength: 80 }).map((pieces) => pieces.join(""));
const limits = fc.record({ dialect: fc.constantFrom(...DIALECTS), limit: fc.integer({ min: 40, max: 400 }), unit: fc.constantFrom<TextUnit>("utf16", "bytes", "codepoints") });

const lengthIn = (text: string, unit: TextUnit): number =>
  unit === "utf16" ? text.length : unit === "bytes" ? Buffer.byteLength(text) : [...text].length;

const ALLOWED = new Set(["b", "i", "s", "code", "pre", "a", "blockquote"]);

/** Reads Telegram's HTML as strictly as it can be read, and gives back the text in it. */
function readHtml(html: string): string {
  const open: string[] = [];
  let text = "";
  for (const [token] of html.matchAll(/<[^<>]*>|&[^;\s]*;|[^<&]+|[<&]/gu)) {
    const [, slash, tag, attributes = ""] = /^<(\/?)([a-z]+)((?: [a-z]+="[^"<>]*")?)>$/u.exec(token) ?? [];
    if (tag !== undefined) {
      if (!ALLOWED.has(tag)) throw new Error(`no such tag: ${token}`);
      if (slash === "/") {
        if (open.pop() !== tag) throw new Error(`${token} closes nothing in ${html}`);
      } else {
        if (["a", "blockquote", "pre"].includes(tag) && open.includes(tag)) throw new Error(`${token} within itself`);
        if (attributes !== "" && !/^ href="(?:https?:[^&]|(?:https?:.*(?:&amp;)))|^ class="language-[\w+#.-]+"$/u.test(attributes)) throw new Error(`a strange attribute: ${token}`);
        open.push(tag);
      }
    } else if (token.startsWith("<")) throw new Error(`a stray mark: ${token}`);
    else if (token.startsWith("&")) text += { "&amp;": "&", "&lt;": "<", "&gt;": ">" }[token] ?? `?${token}?`;
    else text += token;
  }
  if (open.length > 0) throw new Error(`left open: ${open.join(" ")} in ${html}`);
  return text;
}

const sizeOf = (text: string, dialect: Dialect, unit: TextUnit): number => lengthIn(dialect === "telegram-html" ? readHtml(text) : text, unit);

/** All that is read in a tree, one after the other, without blanks. */
const lettersOf = (tree: readonly Block[]): string => tree.map((block) => {
  if (block.kind === "paragraph" || block.kind === "heading") return visibleText(block.children);
  if (block.kind === "code") return block.text;
  if (block.kind === "quote") return lettersOf(block.children);
  if (block.kind === "table") return [block.head, ...block.rows].flat().map(visibleText).join("");
  return block.kind === "list" ? block.items.map(({ children }) => lettersOf(children)).join("") : "";
}).join("").replace(/[\s\p{Cf}]/gu, "");
const isFenced = (text: string): boolean => (text.match(/```/gu) ?? []).length % 2 === 0;

describe("any text, cut to any size", () => {
  const partsOf = (text: string, options: { readonly dialect: Dialect; readonly limit: number; readonly unit: TextUnit }): readonly RenderedText[] => renderMessage(parse(text), options);

  test("each part is within its limit, with its form and without, and shows something", () => {
    fc.assert(fc.property(markdownish, limits, (text, options) => {
      for (const part of partsOf(text, options)) {
        expect(sizeOf(part.text, options.dialect, options.unit)).toBeLessThanOrEqual(options.limit);
        expect(lengthIn(part.plain, options.unit)).toBeLessThanOrEqual(options.limit);
        expect(part.plain).toMatch(/[^\s\p{Cf}]/u);
        expect(part.text.trimEnd()).toBe(part.text);
        expect(`${part.text}${part.plain}`).not.toMatch(/\p{Cs}/u);
      }
    }), { numRuns: 400 });
  });

  test.each(["word ` `", "**word ` `**", "a ` `\n\nb ` `", "` ` word"])("code of nothing but a blank leaves none at the end: %j", (text) => {
    for (const dialect of ["plain", "signal"] as const) {
      for (const part of partsOf(text, { dialect, limit: 40, unit: "utf16" })) for (const line of part.text.split("\n")) expect(line.trimEnd()).toBe(line);
    }
    const { text: styled, styles } = renderSignalStyles(parse(text));
    expect(styled).toBe(partsOf(text, { dialect: "signal", limit: 4_000, unit: "utf16" }).map((part) => part.text).join(""));
    for (const style of styles) {
      const [start = 0, length = 0] = style.split(":").map(Number);
      expect(length > 0 && start + length <= styled.length).toBe(true);
    }
  });

  test("what is read is all there, in order", () => {
    // Without tables: their heads are told again.
    fc.assert(fc.property(markdownish.map((text) => text.replaceAll("|", " ")), limits, (text, options) => {
      const whole = parse(text);
      expect([...cutParts(whole, options)].map(lettersOf).join("")).toBe(lettersOf(whole));
    }), { numRuns: 300 });
  });

  test("no word is cut that fits into a part", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}[.!?]?$/u), { minLength: 30, maxLength: 200 });
    fc.assert(fc.property(words, limits, (list, options) => {
      const text = list.map((word, at) => (at % 7 === 3 ? `**${word}**` : at % 11 === 5 ? `[${word}](https://a.b)` : word)).join(" ");
      const found = [...cutParts(parse(text), options)].flatMap((part) => renderTree(part, "plain").plain.replace(/ \(https:\/\/a\.b\)/gu, "").split(/\s+/u));
      expect(found).toEqual(list);
    }), { numRuns: 200 });
  });

  test("Slack sees no mention, command or date, and its fences are whole", () => {
    fc.assert(fc.property(markdownish, limits, (text, options) => {
      for (const part of partsOf(text, { ...options, dialect: "slack-mrkdwn" })) {
        expect(part.text.replace(/<(?:https?|mailto|tel):[^<>|]+(?:\|[^<>]*)?>/gu, "")).not.toContain("<");
        expect(isFenced(part.text)).toBe(true);
      }
    }), { numRuns: 300 });
  });

  test("Discord sees no mention, and its fences are whole; so are WhatsApp's", () => {
    fc.assert(fc.property(markdownish, limits, (text, options) => {
      for (const { text: shown } of partsOf(text, { ...options, dialect: "discord-markdown" })) {
        const outsideCode = shown.replace(/```[\s\S]*?```/gu, "").replace(/(?<!\\)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/gu, "");
        expect(outsideCode).not.toMatch(/(?<!\\)(?:\\\\)*<[@#:!]/u);
        expect(isFenced(shown.replaceAll("\\`", ""))).toBe(true);
      }
      for (const part of partsOf(text, { ...options, dialect: "whatsapp" })) expect(isFenced(part.text)).toBe(true);
    }), { numRuns: 300 });
  });

  test("markdown that is written is read as the same text", () => {
    fc.assert(fc.property(tame, (text) => {
      const tree = parse(text);
      expect(lettersOf(parse(renderTree(tree, "markdown").text))).toBe(lettersOf(tree));
    }), { numRuns: 400 });
  });

  test("a tiny limit is a mistake", () => {
    expect(() => renderMessage([], { dialect: "plain", limit: 39, unit: "utf16" })).toThrow(RangeError);
  });
});

describe("where an answer is cut", () => {
  const texts = (text: string, limit: number, dialect: Dialect = "plain", firstLimit = limit): readonly string[] =>
    renderMessage(parse(text), { dialect, limit, firstLimit, unit: "utf16" }).map((part) => part.text);

  test("nothing gives nothing", () => {
    for (const text of ["", " \n\t", "\u200b", "---", "```\n```", "- \n- ", "[](data:x)"]) expect(texts(text, 100)).toEqual([]);
  });

  test("between blocks, and a heading goes with what it heads", () => {
    const block = "word ".repeat(6).trim();
    expect(texts(`${block}\n\n${block}\n\n# Head\n\n${block}`, 70)).toEqual([`${block}\n\n${block}`, `Head\n\n${block}`]);
    expect(texts(`${block}\n\n---\n\n${block}\n\n---`, 40)).toEqual([block, block]);
  });

  test("at lines, sentences, clauses and words, in this order", () => {
    expect(texts("One two three four five six.\nSeven eight nine ten, eleven twelve thirteen.", 42)).toEqual(["One two three four five six.", "Seven eight nine ten, eleven twelve", "thirteen."]);
    expect(texts("One two three four five? Six seven eight nine ten eleven.", 40)).toEqual(["One two three four five?", "Six seven eight nine ten eleven."]);
    expect(texts("One two three four five six, seven eight nine ten.", 40)).toEqual(["One two three four five six,", "seven eight nine ten."]);
    expect(texts("一二三四五六七八九十".repeat(5), 40)).toEqual(["一二三四五六七八九十".repeat(4), "一二三四五六七八九十"]);
    expect(texts("一二三四五六七八九十。".repeat(5), 50)).toEqual(["一二三四五六七八九十。".repeat(4), "一二三四五六七八九十。"]);
  });

  test("within a word only if it is longer than a part, and never within what is seen as one character", () => {
    const family = "👩‍👩‍👧‍👦";
    expect(texts(`${"a".repeat(39)}${family.repeat(4)}`, 45)).toEqual(["a".repeat(39), family.repeat(4)]);
    expect(texts("e\u0301".repeat(50), 41)).toEqual(["e\u0301".repeat(20), "e\u0301".repeat(20), "e\u0301".repeat(10)]);
    expect(texts(`a${"\u0301".repeat(100)}`, 40).join("")).toBe(`a${"\u0301".repeat(100)}`);
  });

  test("marks and links are whole on both sides", () => {
    const text = "**one two three four *five six seven eight nine ten*** eleven";
    expect(texts(text, 40, "telegram-html")).toEqual(["<b>one two three four <i>five six seven eight</i></b>", "<b><i>nine ten</i></b> eleven"]);
    expect(texts(text, 40, "discord-markdown")).toEqual(["**one two three four _five six seven_**", "**_eight nine ten_** eleven"]);
    expect(texts("[one two three four five six seven](https://a.b)", 40, "telegram-html")).toEqual(['<a href="https://a.b">one two three four five</a>', '<a href="https://a.b">six seven</a>']);
  });

  test("code that fits into a part is not cut; what does not is, at its lines, and keeps its language", () => {
    const short = "```ts\nlet a = 1;\nlet b = 2;\n```";
    expect(texts(`Some words before it.\n\n${short}`, 45, "discord-markdown")).toEqual(["Some words before it.", short]);
    const line = "const value = compute();";
    expect(texts(`\`\`\`ts\n${line}\n  ${line}\n\n${line}\n\`\`\``, 64, "discord-markdown")).toEqual([`\`\`\`ts\n${line}\n  ${line}\n\`\`\``, `\`\`\`ts\n${line}\n\`\`\``]);
    expect(texts(`\`\`\`\n${"x".repeat(70)}\n\`\`\``, 40, "telegram-html")).toEqual([`<pre>${"x".repeat(40)}</pre>`, `<pre>${"x".repeat(30)}</pre>`]);
  });

  test("lists at their items, with their numbers; what is left of an item is not another one", () => {
    expect(texts("7. one two three\n8. four five six\n9. seven eight nine\n10. ten", 40)).toEqual(["7. one two three\n8. four five six", "9. seven eight nine\n10. ten"]);
    expect(texts(`1. a\n2. ${"word ".repeat(12)}\n3. b`, 40)).toEqual([`1. a\n2. ${"word ".repeat(6).trim()}`, `${"word ".repeat(6).trim()}\n\n3. b`]);
  });

  test("quotes stay quotes, tables keep their head, rows too wide for a part become lists", () => {
    expect(texts(`> ${"word ".repeat(12)}`, 40)).toEqual([`> ${"word ".repeat(7).trim()}`, `> ${"word ".repeat(5).trim()}`]);
    const table = "| aaa | bbb |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |";
    expect(texts(table, 42, "slack-mrkdwn")).toEqual(["```\naaa  bbb\n---  ---\n1    2\n3    4\n```", "```\naaa  bbb\n---  ---\n5    6\n```"]);
    expect(texts(`| ${"a".repeat(25)} | b |\n|---|---|\n| c | d |`, 40, "slack-mrkdwn")).toEqual(["• *c*: d"]);
  });

  test("a link that is longer than a part loses its URL, not its label", () => {
    expect(texts(`[here](https://a.b/${"c".repeat(100)}) and there`, 40, "slack-mrkdwn")).toEqual(["here and there"]);
  });

  test("the first part may be shorter, and parts are made as they are asked for", () => {
    expect(texts("word ".repeat(30), 100, "plain", 50).map(({ length }) => length)).toEqual([49, 99]);
    const parts = renderParts(parse("word ".repeat(1_000)), { dialect: "plain", limit: 100, unit: "utf16" });
    expect(parts.next().value?.text).toBe("word ".repeat(20).trim());
  });

  test("bytes are counted as such", () => {
    expect(renderMessage(parse("é".repeat(40)), { dialect: "plain", limit: 60, unit: "bytes" }).map((part) => Buffer.byteLength(part.text))).toEqual([60, 20]);
    const lengths = renderMessage(parse("😀".repeat(60)), { dialect: "plain", limit: 50, unit: "codepoints" }).map((part) => [...part.text].length);
    expect(lengths.map((length) => length > 42)).toEqual([true, false]);
    expect(lengths).toHaveLength(2);
  });
});

describe("an answer that is still arriving", () => {
  const shown = (draft: string): string => renderTree(parse(settledDraft(draft)), "telegram-html").text;

  test.each([
    ["a **b", "a <b>b</b>"], ["a **b c*", "a <b>b c</b>"], ["a **", "a"], ["a *b **c", "a <i>b <b>c</b></i>"], ["a `b", "a <code>b</code>"], ["a ``b`", "a <code>b</code>"], ["a `", "a"],
    ["a ~~b", "a <s>b</s>"], ["a ~1", "a ~1"], ["a_b", "a_b"], ["2 * 3", "2 * 3"], ["a \\*b", "a *b"],
    ["a [b", "a b"], ["a [b](", "a b"], ["a [b](https://c", "a b"], ["a [b](https://c_d*e", "a b"], ["a ![b", "a"], ["a ![b](https://c", "a"], ["a `[b", "a <code>[b</code>"],
    ["a\n\n-", "a"], ["a\n-", "a"], ["a\n\n#", "a"], ["a\n\n##", "a"], ["a\n\n1.", "a"], ["1. a\n2", "1. a"], ["- a\n- [", "• a"], ["- a\n- [x]", "• a"], ["- **a\n- b", "• **a\n• b"],
    ["a\n\n```", "a"], ["a\n\n```ts", "a"], ["```ts\nb", '<pre><code class="language-ts">b</code></pre>'], ["```\nb\n``", "<pre>b</pre>"], ["```\nb **c\n```", "<pre>b **c</pre>"], ["> **a", "<blockquote><b>a</b></blockquote>"],
  ])("%j shows as %j", (draft, text) => {
    expect(shown(draft)).toBe(text);
  });

  test("each beginning of an answer can be shown, and its finished blocks stay", () => {
    const whole = parse(ANSWER);
    for (let end = 0; end <= ANSWER.length; end += 1) {
      const draft = ANSWER.slice(0, end);
      const tree = parse(settledDraft(draft));
      expect(() => readHtml(renderTree(tree, "telegram-html").text)).not.toThrow();
      if (draft.endsWith("\n\n")) expect(tree.slice(0, -1)).toEqual(whole.slice(0, Math.max(0, tree.length - 1)));
    }
    expect(parse(settledDraft(ANSWER))).toEqual(whole);
  });

  test("any text can be a draft, and none of its words is lost", () => {
    fc.assert(fc.property(markdownish, (text) => {
      const words = (tree: readonly Block[]): readonly string[] => lettersOf(tree).match(/word|sentence/gu) ?? [];
      const whole = words(parse(text));
      expect(whole.length - words(parse(settledDraft(text))).length).toBeLessThanOrEqual(1);
    }), { numRuns: 300 });
  });
});

describe("a long text in sections", () => {
  const block = fc.constantFrom("A paragraph of words.", "- a\n- b\n  - c", "1. a\n\n   b\n2. c", "```ts\na\n\n\nb\n```", "> a\n> b", "| a | b |\n|---|---|\n| c | d |", "# Head", "~~~\n```\n\n# a\n~~~");

  test("read one by one they are the whole, and joined they are the text", () => {
    fc.assert(fc.property(fc.array(block, { maxLength: 40 }), fc.integer({ min: 1, max: 200 }), (blocks, size) => {
      const text = blocks.join("\n\n");
      const sections = sectionsOf(text, size).map((section) => section.text);
      expect(sections.join("\n")).toBe(text);
      expect(lettersOf(sections.flatMap(parse))).toBe(lettersOf(parse(text)));
      const isCode = ({ kind }: Block): boolean => kind === "code" || kind === "table";
      expect(sections.flatMap(parse).filter(isCode)).toEqual(parse(text).filter(isCode));
    }), { numRuns: 300 });
  });

  test("each is short, as far as blocks are; a line of nothing but nesting stands alone", () => {
    const lengths = sectionsOf(`${"A paragraph.\n\n".repeat(1_000)}${"- item\n".repeat(1_000)}`, 500).map(({ text }) => text.length);
    expect(Math.max(...lengths)).toBeLessThan(1_100);
    expect(sectionsOf(`a\n${"> ".repeat(30)}b\nc`)).toEqual([{ text: "a" }, { text: `${"> ".repeat(30)}b`, flat: true }, { text: "c" }]);
    expect(sectionsOf(`\`\`\`\n${"> ".repeat(30)}b\n\`\`\`\n${"- ".repeat(30)}`)).toHaveLength(1);
  });
});
