import { describe, expect, test } from "./kit.js";
import type { Block, Inline, MarkdownTree } from "../../domain/messaging/markdown/tree.js";
import { visibleOf } from "../../domain/messaging/markdown/visible-text.js";
import type { Markdown } from "../../ports/markdown.js";

const ANSWER = `# What to do

Here is **what** to *do*, ~~not~~ \`how\`; see [the guide](https://example.org/a_(b)) or https://example.org/c_d_e.
A second line &amp; more\\
and a last.

3. three
   - [x] done
   - [ ] open
4. four

| a | b |
|---|--:|
| 1 | **2** |

\`\`\`ts
const a = "*b*"; // <c>
\`\`\`

> quoted
> > twice

---

![a picture](https://example.org/p.png) 中文 👩‍👩‍👧‍👦 مرحبا
`;

/** What costs parsers their time or their stack, each about so many characters long. */
const TRIALS: readonly (readonly [name: string, text: (length: number) => string])[] = [
  ["quotes in quotes", (length) => `${">".repeat(length)}a`],
  ["spaced quotes", (length) => `${"> ".repeat(length / 2)}a\nb`],
  ["lists in lists", (length) => `${"- ".repeat(length / 2)}a\n${"b\n".repeat(length / 2)}`],
  ["lists by indentation", (length) => Array.from({ length: Math.sqrt(length) }, (_, depth) => `${"  ".repeat(depth)}- a`).join("\n")],
  ["brackets", (length) => `${"[".repeat(length / 2)}a${"]".repeat(length / 2)}`],
  ["links in links", (length) => `${"[".repeat(length / 5)}a${"](u)".repeat(length / 5)}`],
  ["half links", (length) => "[a](".repeat(length / 4)],
  ["stars", (length) => `${"*".repeat(length / 2)}a${"*".repeat(length / 2)}`],
  ["emphasis that opens and closes", (length) => `${"*a ".repeat(length / 6)}${"b*".repeat(length / 6)}`],
  ["emphasis that only opens", (length) => "__a ".repeat(length / 4)],
  ["backticks", (length) => "`a ``b ".repeat(length / 7)],
  ["addresses", (length) => `${"a.".repeat(length / 2)}@`],
  ["tags", (length) => "<a b='".repeat(length / 6)],
  ["comments", (length) => "<!--a".repeat(length / 5)],
  ["underlines", (length) => "a\n-\n".repeat(length / 4)],
  ["blanks", (length) => `a${" ".repeat(length)}b`],
  ["tables that are none", (length) => "|a|b|\n|-|\n".repeat(length / 10)],
];

const inlinesOf = (block: Block): readonly Inline[] => {
  if (block.kind === "paragraph" || block.kind === "heading") return block.children;
  return block.kind === "table" ? [block.head, ...block.rows].flat(2) : [];
};

const blocksOf = (block: Block): readonly Block[] => {
  if (block.kind === "quote") return block.children;
  return block.kind === "list" ? block.items.flatMap(({ children }) => children) : [];
};

const allBlocks = (tree: MarkdownTree): readonly Block[] => tree.flatMap((block) => [block, ...allBlocks(blocksOf(block))]);

const allInlines = (inlines: readonly Inline[]): readonly Inline[] =>
  inlines.flatMap((inline) => [inline, ...("children" in inline ? allInlines(inline.children) : [])]);

const textOf = (tree: MarkdownTree): string =>
  allBlocks(tree).map((block) => (block.kind === "code" ? block.text : inlinesOf(block).map(visibleOf).join(""))).join("\n");

const depthOf = (tree: MarkdownTree): number => 1 + Math.max(0, ...tree.map((block) => depthOf(blocksOf(block))));

/** What every reader of markdown promises. One that takes more than linear time will be noticed: each trial goes up to 100 kB. */
export function markdownContract(name: string, create: () => Markdown): void {
  describe(`Markdown: ${name}`, () => {
    const parse = (text: string): MarkdownTree => create().parse(text);
    const linksOf = (text: string): readonly string[] =>
      allInlines(allBlocks(parse(text)).flatMap(inlinesOf)).flatMap((inline) => ("url" in inline ? [inline.url] : []));

    test("an answer is read as GitHub reads it", () => {
      expect(parse(ANSWER)).toMatchObject([
        { kind: "heading", level: 1, children: [{ kind: "text", text: "What to do" }] },
        { kind: "paragraph" },
        {
          kind: "list", ordered: true, start: 3,
          items: [
            { children: [{ kind: "paragraph" }, { kind: "list", ordered: false, items: [{ checked: true }, { checked: false }] }] },
            { children: [{ kind: "paragraph", children: [{ kind: "text", text: "four" }] }] },
          ],
        },
        { kind: "table", head: [[{ text: "a" }], [{ text: "b" }]], rows: [[[{ text: "1" }], [{ kind: "strong" }]]] },
        { kind: "code", language: "ts", text: 'const a = "*b*"; // <c>' },
        { kind: "quote", children: [{ kind: "paragraph" }, { kind: "quote" }] },
        { kind: "rule" },
        { kind: "paragraph", children: [{ kind: "image", url: "https://example.org/p.png", alt: "a picture" }, { kind: "text", text: " 中文 👩‍👩‍👧‍👦 مرحبا" }] },
      ]);
    });

    test("the pieces of a line, its breaks and references", () => {
      expect(parse(ANSWER)[1]).toEqual({
        kind: "paragraph",
        children: [
          { kind: "text", text: "Here is " },
          { kind: "strong", children: [{ kind: "text", text: "what" }] },
          { kind: "text", text: " to " },
          { kind: "emphasis", children: [{ kind: "text", text: "do" }] },
          { kind: "text", text: ", " },
          { kind: "strike", children: [{ kind: "text", text: "not" }] },
          { kind: "text", text: " " },
          { kind: "code", text: "how" },
          { kind: "text", text: "; see " },
          { kind: "link", url: "https://example.org/a_(b)", children: [{ kind: "text", text: "the guide" }] },
          { kind: "text", text: " or " },
          { kind: "link", url: "https://example.org/c_d_e", children: [{ kind: "text", text: "https://example.org/c_d_e" }] },
          { kind: "text", text: ".\nA second line & more" },
          { kind: "break" },
          { kind: "text", text: "and a last." },
        ],
      });
    });

    test.each(["<b>*x*</b>", "<div>\n*x*\n</div>", "<script>alert(1)</script>", "a <!-- *b* --> c", "<img src=x onerror=y>", "<a href='javascript:x'>y</a>"])("%j stays text", (html) => {
      expect(textOf(parse(html)).replace(/[\s*]/gu, "")).toBe(html.replace(/[\s*]/gu, ""));
      expect(linksOf(html)).toEqual([]);
    });

    test("links lead to the web, to mail and to a phone, and nowhere else", () => {
      for (const url of ["https://a.b/c?d=e&f", "http://a.b", "mailto:a@b.c", "tel:+123"]) expect(linksOf(`[x](${url})`)).toEqual([url]);
      for (const url of ["javascript:x", "JavaScript&#58;x", "data:text/html,x", "file:///etc/passwd", "slack://x", "/x", "x.md", "//a.b", "https:", "https://"]) {
        expect(linksOf(`[x](${url}) ![x](${url}) <${url}>`)).toEqual([]);
        expect(textOf(parse(`[label](${url})`))).toBe("label");
      }
    });

    test("no URL holds what could end its markup", () => {
      for (const url of linksOf("[x](<https://a.b/ <>\"'`|{}\\*>) <https://a.b/|x> https://a.b/\"|'x")) expect(url).toMatch(/^https:\/\/[^\s<>"'`|{}\\*]*$/u);
    });

    test("what no text holds is taken out", () => {
      const text = textOf(parse("a\u0000\u0007\u001b[31m\ud800b\udc00 \u009b `\udfff` c\td\r\ne\rf"));
      expect(text).not.toMatch(/[^\P{Cc}\t\n]|\p{Cs}/u);
      expect(text.split("\n").map((line) => line.slice(-1))).toEqual(["d", "e", "f"]);
    });

    test("each beginning of an answer is some tree, and its finished blocks stay as they are", () => {
      const whole = parse(ANSWER);
      for (let end = 0; end <= ANSWER.length; end += 1) {
        const tree = parse(ANSWER.slice(0, end));
        if (!ANSWER.slice(0, end).endsWith("\n\n")) continue;
        expect(tree.slice(0, -1)).toEqual(whole.slice(0, Math.max(0, tree.length - 1)));
      }
    });

    test.each(TRIALS)("%s are read to a shallow tree, however many", (_, text) => {
      for (const length of [1_000, 20_000, 100_000]) {
        const tree = parse(text(length));
        expect(depthOf(tree)).toBeLessThan(64);
        expect(textOf(tree).length).toBeLessThanOrEqual(2 * length + 64);
      }
    });
  });
}
