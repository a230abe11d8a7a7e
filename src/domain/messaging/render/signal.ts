import type { Block } from "../markdown/tree.js";
import { writeBlocks } from "./block-writer.js";
import type { Form, Mark } from "./form.js";
import { PLAIN } from "./plain.js";

/** Signal's text: its styles travel beside it, see {@link renderSignalStyles}. */
export const SIGNAL: Form = PLAIN;

/** A text and its styles as signal-cli takes them: `start:length:STYLE`, in UTF-16 units. */
export interface StyledText {
  readonly text: string;
  readonly styles: readonly string[];
}

const STYLES = ["BOLD", "ITALIC", "STRIKETHROUGH", "MONOSPACE"] as const;
type Style = (typeof STYLES)[number];

const MARKS: Readonly<Record<Mark, Style>> = { strong: "BOLD", emphasis: "ITALIC", strike: "STRIKETHROUGH" };
/** Noncharacters, which no text may hold: one opens and one closes each style while the text is being laid out. */
const FIRST = 0xfdd0;
const SIGNS = /[\ufdd0-\ufdef]/gu;

const styled = (style: Style, inner: string): string => {
  const at = FIRST + 2 * STYLES.indexOf(style);
  return `${String.fromCharCode(at)}${inner}${String.fromCharCode(at + 1)}`;
};

const SIGNED: Form = {
  ...PLAIN,
  text: (text) => text.replace(SIGNS, ""),
  mark: (mark, inner) => styled(MARKS[mark], inner),
  code: (text) => styled("MONOSPACE", text.replace(SIGNS, "")),
  image: (url, alt) => PLAIN.image(url, alt.replace(SIGNS, "")),
  codeBlock: (text) => styled("MONOSPACE", text.replace(SIGNS, "")),
};

/** A tree as {@link SIGNAL} writes it, and where its styles are. */
export function renderSignalStyles(tree: readonly Block[]): StyledText {
  const signed = writeBlocks(tree, SIGNED);
  const opened: Partial<Record<Style, number>> = {};
  const styles: string[] = [];
  let text = "";
  let read = 0;
  for (const sign of signed.matchAll(SIGNS)) {
    text += signed.slice(read, sign.index);
    read = sign.index + 1;
    const offset = sign[0].charCodeAt(0) - FIRST;
    const style = STYLES[offset >> 1] ?? "BOLD";
    const start = opened[style];
    if (offset % 2 === 0) opened[style] = text.length;
    else if (start !== undefined && start < text.length) styles.push(`${start}:${text.length - start}:${style}`);
  }
  return { text: text + signed.slice(read), styles };
}
