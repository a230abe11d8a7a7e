import { StateFileError } from "./state-file-error.js";

/** An object as JSON.parse makes it. Read it by key; never assign into it, since a key may be `__proto__`. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** The entries of a file that holds one object. */
export function parseStateObject(file: string, text: string): readonly (readonly [string, unknown])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own error quotes the text, which holds secrets.
    throw new StateFileError(file, "damaged", { detail: "not valid JSON" });
  }
  if (!isJsonObject(value)) throw new StateFileError(file, "damaged", { detail: "expected a JSON object" });
  return Object.entries(value);
}

/** The members of an object but for `known`, if there are any; what a newer or older gateway keeps there is handed back as it came. */
export function unknownMembers(value: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const names = Object.keys(value).filter((name) => !known.has(name));
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, value[name]]));
}
