/** An object of which nothing is known yet. What Telegram sends is read field by field, so that nothing it may send breaks the reader. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

export const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf).filter((one) => one !== undefined) : [];

/** A text with something in it. */
export const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export const countOf = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined);

/** An id as the core keeps it. Telegram's have at most 52 bits, so none of them loses a digit as a JavaScript number. */
export const idOf = (value: unknown): string | undefined => {
  const count = countOf(value);
  return count === undefined ? undefined : String(count);
};
