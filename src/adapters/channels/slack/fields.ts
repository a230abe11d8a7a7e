import { epochMs, type EpochMs } from "../../../domain/moment.js";

/** An object of which nothing is known yet. What Slack sends is read field by field, so that nothing it may send breaks the reader. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

export const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf).filter((one) => one !== undefined) : [];

/** A text with something in it. */
export const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

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
