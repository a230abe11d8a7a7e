/** An object of which nothing is known yet. What a provider sends is read field by field, so that nothing it may send breaks the reader. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

/** The objects in a list; none where it is no list. */
export const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf).filter((one) => one !== undefined) : [];

/** A text with something in it. */
export const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export const countOf = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined);

export const hasTexts = (fields: Fields, ...names: readonly string[]): boolean => names.every((name) => typeof fields[name] === "string");

/** Whole numbers, all of them. */
export const hasNumbers = (fields: Fields, ...names: readonly string[]): boolean => names.every((name) => Number.isSafeInteger(fields[name]));
