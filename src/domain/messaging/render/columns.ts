/** The widest table that is shown in columns: about what a phone shows of a fixed width, held sideways. */
const MAX_COLUMNS = 60;
const GAP = "  ";
/** Takes two cells of a fixed width: East Asian letters, and pictures. */
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Takes none: combining marks, joiners, variation selectors. */
const NARROW = /[\p{M}\p{Cf}]/u;
const JOINER = "\u200d";

/** How many cells of a fixed width a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  let isJoined = false;
  for (const character of text) {
    if (!isJoined && !NARROW.test(character)) width += WIDE.test(character) ? 2 : 1;
    isJoined = character === JOINER;
  }
  return width;
}

/** A table set in columns of a fixed width, its first row ruled off; undefined if it is too wide for that. */
export function inColumns(rows: readonly (readonly string[])[]): string | undefined {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 1, widthOf(cell))));
  if (widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) > MAX_COLUMNS) return undefined;
  const [head = [], ...body] = rows.map((row) => setRow(row, widths));
  return [head, widths.map((width) => "-".repeat(width)).join(GAP), ...body].join("\n");
}

const setRow = (row: readonly string[], widths: readonly number[]): string =>
  widths.map((width, at) => padded(row[at] ?? "", width)).join(GAP).trimEnd();

const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));
