export { countOf, fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";

const SNOWFLAKE = /^[1-9][0-9]{0,19}$/u;

/** An id of Discord's: a number of 64 bits, written as text since JavaScript would round it. */
export const idOf = (value: unknown): string | undefined => (typeof value === "string" && SNOWFLAKE.test(value) ? value : undefined);

/** Whether one id was given out after another. */
export const isNewer = (id: string, other: string): boolean => (id.length === other.length ? id > other : id.length > other.length);
