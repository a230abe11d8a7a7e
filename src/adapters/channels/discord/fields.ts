/** An object of which nothing is known yet. What Discord sends is read field by field, so that nothing it may send breaks the reader. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

export const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf).filter((one) => one !== undefined) : [];

/** A text with something in it. */
export const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export const countOf = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined);

const SNOWFLAKE = /^[1-9][0-9]{0,19}$/u;

/** An id of Discord's: a number of 64 bits, written as text since JavaScript would round it. */
export const idOf = (value: unknown): string | undefined => (typeof value === "string" && SNOWFLAKE.test(value) ? value : undefined);

/** Whether one id was given out after another. */
export const isNewer = (id: string, other: string): boolean => (id.length === other.length ? id > other : id.length > other.length);
