export interface Entity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
}

export type ParsedHtml = { readonly text: string; readonly entities: readonly Entity[] } | { readonly error: string };

interface OpenTag {
  readonly name: string;
  readonly at: number;
  readonly attributes: ReadonlyMap<string, string>;
}

class ParseError extends Error {}

const TYPES: Readonly<Record<string, string>> = {
  a: "text_link", b: "bold", strong: "bold", i: "italic", em: "italic", u: "underline", ins: "underline", s: "strikethrough", strike: "strikethrough",
  del: "strikethrough", "tg-spoiler": "spoiler", span: "spoiler", code: "code", pre: "pre", blockquote: "blockquote", "tg-emoji": "custom_emoji",
};
const CHARACTERS: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** The HTML of Telegram's messages, refused in Telegram's own words: an unknown tag, one that is not closed, one too many. */
export function parseTelegramHtml(html: string): ParsedHtml {
  try {
    return new HtmlReader(html).read();
  } catch (error) {
    if (error instanceof ParseError) return { error: error.message };
    throw error;
  }
}

class HtmlReader {
  readonly #html: string;
  readonly #open: OpenTag[] = [];
  readonly #entities: Entity[] = [];
  #text = "";
  #at = 0;

  constructor(html: string) {
    this.#html = html;
  }

  read(): ParsedHtml {
    while (this.#at < this.#html.length) {
      const char = this.#html[this.#at];
      if (char === "&") this.#readCharacter();
      else if (this.#html.startsWith("</", this.#at)) this.#readEnd();
      else if (char === "<") this.#readStart();
      else {
        this.#text += char;
        this.#at += 1;
      }
    }
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) throw new ParseError(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
    return { text: this.#text, entities: this.#entities.toSorted((one, other) => one.offset - other.offset || other.length - one.length) };
  }

  #readCharacter(): void {
    const [whole, name, decimal, hex] = /^&(?:([a-z]+)|#([0-9]{1,7})|#x([0-9a-f]{1,6}));?/iu.exec(this.#html.slice(this.#at)) ?? [];
    const code = decimal === undefined ? (hex === undefined ? undefined : Number.parseInt(hex, 16)) : Number(decimal);
    const char = name === undefined ? (code === undefined || code === 0 || code > 0x10_ff_ff ? undefined : String.fromCodePoint(code)) : CHARACTERS[name];
    this.#text += char ?? "&";
    this.#at += char === undefined ? 1 : (whole ?? "&").length;
  }

  #readStart(): void {
    const from = bytesOf(this.#html.slice(0, this.#at));
    const [whole = "", written = ""] = /^<([^\s>]*)/u.exec(this.#html.slice(this.#at)) ?? [];
    this.#at += whole.length;
    if (this.#at >= this.#html.length) throw new ParseError(`Unclosed start tag at byte offset ${from}`);
    const name = written.toLowerCase();
    if (!Object.hasOwn(TYPES, name)) throw new ParseError(`Unsupported start tag "${name}" at byte offset ${from}`);
    this.#open.push({ name, at: this.#text.length, attributes: this.#readAttributes(name, from) });
  }

  #readAttributes(tag: string, from: number): ReadonlyMap<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      this.#at += /^\s*/u.exec(this.#html.slice(this.#at))?.[0].length ?? 0;
      if (this.#html[this.#at] === ">") break;
      const [whole, name = "", , quoted, single, token] = /^([^\s=>]*)\s*(=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?/u.exec(this.#html.slice(this.#at)) ?? [];
      if (whole === undefined || this.#at + whole.length >= this.#html.length) throw new ParseError(`Unclosed start tag "${tag}" at byte offset ${from}`);
      if (name === "") throw new ParseError(`Empty attribute name in the tag "${tag}" at byte offset ${from}`);
      attributes.set(name.toLowerCase(), quoted ?? single ?? token ?? "");
      this.#at += whole.length;
    }
    this.#at += 1;
    return attributes;
  }

  #readEnd(): void {
    const from = bytesOf(this.#html.slice(0, this.#at));
    const open = this.#open.pop();
    if (open === undefined) throw new ParseError(`Unexpected end tag at byte offset ${from}`);
    const [whole, name = ""] = /^<\/([^>]*?)\s*>/u.exec(this.#html.slice(this.#at)) ?? [];
    if (whole === undefined) throw new ParseError(`Unclosed end tag at byte offset ${from}`);
    if (name !== "" && name.toLowerCase() !== open.name) throw new ParseError(`Unmatched end tag at byte offset ${from}, expected "</${open.name}>", found "</${name}>"`);
    this.#at += whole.length;
    const length = this.#text.length - open.at;
    const url = open.attributes.get("href");
    if (length > 0) this.#entities.push({ type: TYPES[open.name] ?? open.name, offset: open.at, length, ...(url === undefined ? {} : { url }) });
  }
}
