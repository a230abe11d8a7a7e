import { countOf } from "../../../domain/foreign-fields.js";

export { countOf, fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";

/** An id as the core keeps it. Telegram's have at most 52 bits, so none of them loses a digit as a JavaScript number. */
export const idOf = (value: unknown): string | undefined => {
  const count = countOf(value);
  return count === undefined ? undefined : String(count);
};
