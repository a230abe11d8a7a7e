import { textOf } from "../../../domain/foreign-fields.js";
import { printable } from "../../../domain/text/printable.js";

export { countOf, fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";

const SNOWFLAKE = /^[1-9][0-9]{0,19}$/u;

const LARGEST = "18446744073709551615";

/**
 * An id of Discord's: a number of 64 bits, written as text since JavaScript would round it. A larger one is none, and
 * everything that is really said would be older than it.
 */
export const idOf = (value: unknown): string | undefined =>
  typeof value === "string" && SNOWFLAKE.test(value) && (value.length < LARGEST.length || value <= LARGEST) ? value : undefined;

const MAX_LINE = 300;

/** What somebody calls himself or filled into a form: one line, so that it does not read as another one of the message. */
export const lineOf = (value: unknown): string | undefined => {
  const line = printable(textOf(value) ?? "", MAX_LINE);
  return line === "" ? undefined : line;
};

/** Whether one id was given out after another. */
export const isNewer = (id: string, other: string): boolean => (id.length === other.length ? id > other : id.length > other.length);
