import type { JsonSchema } from "../../../src/domain/protocol/schema-document.js";
import { canonical } from "../models.js";
import { FIELD_NOTES } from "../notes/fields.js";
import { anchor, code, table } from "./markdown.js";

/** Names of schemas that have a section of their own, by their canonical text. */
export type SharedShapes = ReadonlyMap<string, string>;

interface Row {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly notes: string;
}

/** Deeper than this, a table tells less than the example below it. */
const MAX_DEPTH = 3;

const isObject = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const propertiesOf = (schema: JsonSchema): [string, JsonSchema][] =>
  isObject(schema["properties"]) ? Object.entries(schema["properties"]).filter((entry): entry is [string, JsonSchema] => isObject(entry[1])) : [];

const literal = (value: unknown): string => code(JSON.stringify(value));

const UNITS: readonly (readonly [ending: RegExp, note: string])[] = [
  [/(?:AtMs|At|anchorMs|^atMs|^ts|^timestamp|^onlineSince)$/, "milliseconds since the epoch"],
  [/Ms$/, "milliseconds"],
];

export function typeOf(schema: JsonSchema, shared: SharedShapes): string {
  const name = shared.get(canonical(schema));
  if (name !== undefined) return `[${name}](#${anchor(name)})`;
  if (schema["const"] !== undefined) return literal(schema["const"]);
  if (schema["enum"] !== undefined) return list(schema["enum"]).map(literal).join(" \\| ").replaceAll("\\|", "|");
  if (schema["anyOf"] !== undefined) return [...new Set(list(schema["anyOf"]).filter(isObject).map((branch) => typeOf(branch, shared)))].join(" | ");
  if (schema["type"] === "array") return `${grouped(typeOf(isObject(schema["items"]) ? schema["items"] : {}, shared))}[]`;
  if (isObject(schema["patternProperties"])) return `map of ${typeOf(Object.values(schema["patternProperties"]).filter(isObject)[0] ?? {}, shared)}`;
  return typeof schema["type"] === "string" ? schema["type"] : "any";
}

const grouped = (type: string): string => (type.includes(" ") && !type.startsWith("[") ? `(${type})` : type);

/** `owner`: the definition, so that one field of one thing can be explained by itself. */
function notesOf(owner: string, path: string, schema: JsonSchema): string {
  const key = path.split(".").at(-1) ?? path;
  const told = FIELD_NOTES[`${owner}.${path}`] ?? FIELD_NOTES[key];
  const notes = told === undefined ? [] : [told];
  const [least, most] = [schema["minimum"], schema["maximum"]];
  if (typeof least === "number" && typeof most === "number") notes.push(`${least} to ${most}`);
  else if (typeof least === "number" && least > 0) notes.push(`at least ${least}`);
  else if (typeof most === "number") notes.push(`at most ${most}`);
  if (typeof schema["minLength"] === "number" && schema["type"] === "string") notes.push("not empty");
  if (typeof schema["maxLength"] === "number") notes.push(`at most ${schema["maxLength"]} characters`);
  if (typeof schema["pattern"] === "string") notes.push(`matches ${code(schema["pattern"])}`);
  if (typeof schema["minItems"] === "number") notes.push(`at least ${schema["minItems"]} items`);
  if (typeof schema["maxItems"] === "number") notes.push(`at most ${schema["maxItems"]} items`);
  const unit = schema["type"] === "integer" ? UNITS.find(([ending]) => ending.test(key))?.[1] : undefined;
  if (unit !== undefined && told === undefined) notes.push(unit);
  return notes.join("; ");
}

/** The records inside a schema: itself, the items of a list, the forms of a union. */
function formsOf(schema: JsonSchema, path: string): readonly (readonly [schema: JsonSchema, path: string])[] {
  if (propertiesOf(schema).length > 0) return [[schema, path]];
  if (schema["type"] === "array" && isObject(schema["items"])) return formsOf(schema["items"], `${path}[]`);
  return [];
}

function rowsOf(schema: JsonSchema, shared: SharedShapes, at: { readonly owner: string; readonly path: string; readonly depth: number }): readonly Row[] {
  const required = new Set(list(schema["required"]));
  return propertiesOf(schema).flatMap(([key, value]) => {
    const path = at.path === "" ? key : `${at.path}.${key}`;
    const own: Row = { path, type: typeOf(value, shared), required: required.has(key), notes: notesOf(at.owner, path, value) };
    if (shared.has(canonical(value)) || at.depth + 1 >= MAX_DEPTH) return [own];
    const inner = formsOf(value, path).filter(([form]) => !shared.has(canonical(form)));
    return [own, ...inner.flatMap(([form, formPath]) => rowsOf(form, shared, { owner: at.owner, path: formPath, depth: at.depth + 1 }))];
  });
}

const rendered = (rows: readonly Row[]): string =>
  table(["Field", "Type", "Required", "Notes"], rows.map(({ path, type, required, notes }) => [code(path), type, required ? "yes" : "", notes]));

/** A definition as a table of its fields, or as a sentence where it has none. */
export function renderSchema(owner: string, schema: JsonSchema, shared: SharedShapes): string {
  const name = shared.get(canonical(schema));
  if (name !== undefined && name !== owner) return `A [${name}](#${anchor(name)}).`;
  if (propertiesOf(schema).length > 0) return rendered(rowsOf(schema, shared, { owner, path: "", depth: 0 }));
  if (schema["anyOf"] !== undefined) return renderForms(owner, list(schema["anyOf"]).filter(isObject), shared);
  if (schema["type"] === "object") return "None.";
  return `${typeOf(schema, shared)}.`;
}

function renderForms(owner: string, forms: readonly JsonSchema[], shared: SharedShapes): string {
  const parts = forms.map((form, index) => {
    const name = shared.get(canonical(form));
    if (name !== undefined) return `- [${name}](#${anchor(name)})`;
    return propertiesOf(form).length > 0 ? `Form ${index + 1}:\n\n${rendered(rowsOf(form, shared, { owner, path: "", depth: 0 }))}` : `- ${typeOf(form, shared)}`;
  });
  const isList = parts.every((part) => part.startsWith("- "));
  return `One of:\n\n${parts.join(isList ? "\n" : "\n\n")}`;
}
