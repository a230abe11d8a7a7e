import { fieldsOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";

export { fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";

const TIMESTAMP = /^\d{1,12}\.\d{1,9}$/u;

/** Slack names a message by the moment it was sent, in seconds with six decimals: an id first, and text for ever, since a number would round it. */
export const isTimestamp = (text: string | undefined): text is string => text !== undefined && TIMESTAMP.test(text);

export const timestampOf = (value: unknown): string | undefined => {
  const text = textOf(value);
  return isTimestamp(text) ? text : undefined;
};

export const momentOf = (timestamp: string): EpochMs => epochMs(Number(timestamp) * 1_000);

/** The JSON object in a text; `undefined` where it is none. */
export const parseFields = (text: string): Fields | undefined => {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
};
