export type Mark = "strong" | "emphasis" | "strike";

/** The characters next to a piece of a line, as they are written; empty at the edge of the line's text. */
export interface Neighbours {
  readonly before: string;
  readonly after: string;
}

export interface Marker {
  /** Undefined for a bullet. */
  readonly number?: number;
  /** How many lists it is in. */
  readonly depth: number;
  /** Of a task, whether it is done. */
  readonly checked?: boolean;
  /** It follows another list of its kind, which it must not be taken for a part of. */
  readonly isSecond: boolean;
}

export interface Lead {
  readonly text: string;
  /** How far to the right stands what goes on below it. */
  readonly indent: number;
}

export interface LinkParts {
  readonly url: string;
  /** What stands for it, as written in the dialect and as it is read. Neither is empty. */
  readonly label: string;
  readonly visible: string;
}

/** How one dialect writes each thing. The way through the tree is the same for all of them. */
export interface Form {
  /** Text that is nothing but text, whatever is in it. */
  text(text: string, isLineStart: boolean): string;
  mark(mark: Mark, inner: string, neighbours: Neighbours): string;
  code(text: string, neighbours: Neighbours): string;
  link(link: LinkParts): string;
  image(url: string, alt: string): string;
  readonly lineBreak: string;
  /** Where it is missing, a heading is strong. */
  heading?(inner: string, level: number): string;
  codeBlock(text: string, language?: string): string;
  /** `depth` counts the quotes around it. */
  quote(inner: string, depth: number): string;
  readonly rule: string;
  /** What an item begins with, the box of a task included. */
  marker(marker: Marker): Lead;
  /** `pipes`: tables are native. `columns`: code in a fixed width, where that is narrow enough. `groups`: a list of rows. */
  readonly table: "pipes" | "columns" | "groups";
  /** Whether code and quotes within a list are indented; where they are known by the margin, they are not. */
  readonly indentsBlocks: boolean;
  /** What stands between two blocks of an item. */
  readonly itemGap: string;
}
