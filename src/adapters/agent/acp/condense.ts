const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;
const MAX_TEXT = 8_000;
const MAX_ALL = 16_000;
const MORE = "…";

/** Cut to `limit` UTF-16 units, never between the halves of a surrogate pair. */
export const cut = (text: string, limit: number): string =>
  (text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/u, "")}${MORE}`);

/**
 * A JSON value small enough to be told to every client and kept in a transcript: long texts cut, long lists and deep
 * nesting left out with a mark where they were.
 */
export const condense = (value: unknown): unknown => copy(value, 0, { left: MAX_ALL });

const copy = (value: unknown, depth: number, room: { left: number }): unknown => {
  if (room.left <= 0) return MORE;
  room.left -= 8;
  if (typeof value === "string") {
    const text = cut(value, Math.min(MAX_TEXT, Math.max(room.left, 2)));
    room.left -= text.length;
    return text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return MORE;
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ENTRIES).map((item) => copy(item, depth + 1, room));
    return value.length > MAX_ENTRIES ? [...items, MORE] : items;
  }
  const entries = Object.entries(value).slice(0, MAX_ENTRIES);
  // fromEntries, since it makes "__proto__" a key like any other.
  return Object.fromEntries(entries.map(([key, item]) => {
    const name = cut(key, 200);
    room.left -= name.length;
    return [name, copy(item, depth + 1, room)];
  }));
};
