import type { MarkdownTree } from "../domain/messaging/markdown/tree.js";

export interface Markdown {
  /**
   * Total: any text is some tree, in time linear in its length. HTML stays text. Links and images lead to `http`, `https`,
   * `mailto` and `tel` only; what would lead elsewhere is its label. No text in it has a control character but tabs and
   * line ends, nor half of a surrogate pair. Nesting ends at a depth that a reader may follow by recursion.
   */
  parse(text: string): MarkdownTree;
}
