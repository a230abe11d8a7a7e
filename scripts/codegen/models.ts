import { pascalCase, type JsonSchema, type SchemaDocument } from "../../src/domain/protocol/schema-document.js";

/** A type as the generators of other languages see it. `nullable` is a value that may be null; absence is the field's. */
export type Shape =
  | { readonly kind: "string" | "integer" | "number" | "boolean" | "object" | "any" }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "map"; readonly value: Shape }
  | { readonly kind: "nullable"; readonly inner: Shape }
  | { readonly kind: "named"; readonly name: string };

export interface Field {
  readonly key: string;
  readonly shape: Shape;
  readonly required: boolean;
}

/** One form of a union: the values of its discriminator and the record that holds it. */
export interface UnionCase {
  readonly name: string;
  readonly record: string;
  readonly values: readonly string[];
}

export interface RecordModel {
  readonly kind: "record";
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface UnionModel {
  readonly kind: "union";
  readonly name: string;
  /** The key whose value tells the cases apart. */
  readonly key: string;
  readonly cases: readonly UnionCase[];
}

export type Model =
  | RecordModel
  | UnionModel
  | { readonly kind: "strings"; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: "alias"; readonly name: string; readonly shape: Shape };

/** Frames get hand-shaped code in every language; the other definitions are all alike. */
const WRITTEN_APART = "GatewayFrame";

/**
 * The models of a schema document, in its order. An inline copy of a named schema becomes that name; an object that
 * nobody named stays a map of open values, as the apps that already compile against these models expect.
 */
export function readModels(document: SchemaDocument): readonly Model[] {
  const names = namesBySchema(document.definitions);
  const models = new Map<string, Model>();
  const add = (model: Model): void => {
    if (models.has(model.name)) throw new Error(`two models are called ${model.name}`);
    models.set(model.name, model);
  };
  for (const [name, schema] of Object.entries(document.definitions)) {
    if (name === WRITTEN_APART) continue;
    for (const model of modelsOf(name, schema, names)) add(model);
  }
  return [...models.values()];
}

type Names = ReadonlyMap<string, string>;

const isObject = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null && !Array.isArray(value);
const schemas = (value: unknown): readonly JsonSchema[] => (Array.isArray(value) ? value.filter(isObject) : []);
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
const propertiesOf = (schema: JsonSchema): [key: string, schema: JsonSchema][] =>
  isObject(schema["properties"]) ? Object.entries(schema["properties"]).filter((entry): entry is [string, JsonSchema] => isObject(entry[1])) : [];

/** The same text for the same schema, however its keys are ordered. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const parts = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${parts.join()}}`;
}

/** What is worth a name: params and results belong to one method each, so nothing else is ever called after them. */
export function namesBySchema(definitions: SchemaDocument["definitions"]): Names {
  const names = new Map<string, string>();
  for (const [name, schema] of Object.entries(definitions)) {
    const isReusable = !/(?:Params|Result)$/.test(name) && (propertiesOf(schema).length > 0 || schema["anyOf"] !== undefined || schema["enum"] !== undefined);
    const text = canonical(schema);
    if (isReusable && !names.has(text)) names.set(text, name);
  }
  return names;
}

function modelsOf(name: string, schema: JsonSchema, names: Names): readonly Model[] {
  if (isRecord(schema)) return [recordOf(name, schema, names)];
  if (schema["enum"] !== undefined) return [{ kind: "strings", name, values: strings(schema["enum"]) }];
  return unionOf(name, schema, names) ?? [{ kind: "alias", name, shape: shapeOf(schema, names, name) }];
}

const isRecord = (schema: JsonSchema): boolean => schema["type"] === "object" && schema["patternProperties"] === undefined && isObject(schema["properties"]);

function recordOf(name: string, schema: JsonSchema, names: Names): RecordModel {
  const required = new Set(strings(schema["required"]));
  const fields = propertiesOf(schema).map(([key, value]) => ({ key, shape: shapeOf(value, names), required: required.has(key) }));
  return { kind: "record", name, fields };
}

/** `self`: the name that is being defined, which must not become an alias of itself. */
function shapeOf(schema: JsonSchema, names: Names, self?: string): Shape {
  const name = names.get(canonical(schema));
  if (name !== undefined && name !== self) return { kind: "named", name };
  if (schema["anyOf"] !== undefined) return eitherOf(schemas(schema["anyOf"]), names);
  switch (schema["type"]) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
      return { kind: schema["type"] };
    case "array":
      return { kind: "list", item: isObject(schema["items"]) ? shapeOf(schema["items"], names) : { kind: "any" } };
    case "object":
      return mapOf(schema, names);
    default:
      return { kind: "any" };
  }
}

function mapOf(schema: JsonSchema, names: Names): Shape {
  const [value] = isObject(schema["patternProperties"]) ? Object.values(schema["patternProperties"]).filter(isObject) : [];
  if (value === undefined) return { kind: "object" };
  const shape = shapeOf(value, names);
  return shape.kind === "any" ? { kind: "object" } : { kind: "map", value: shape };
}

function eitherOf(branches: readonly JsonSchema[], names: Names): Shape {
  const [only, ...others] = branches.filter((branch) => branch["type"] !== "null");
  const isNullable = only !== undefined && others.length === 0 && branches.length > 1;
  return isNullable ? { kind: "nullable", inner: shapeOf(only, names) } : { kind: "any" };
}

/** A union whose branches are records that one key tells apart; `undefined` for any other. */
function unionOf(name: string, schema: JsonSchema, names: Names): readonly Model[] | undefined {
  const branches = schemas(schema["anyOf"]);
  if (branches.length < 2 || !branches.every(isRecord)) return undefined;
  const key = propertiesOf(branches[0] ?? {}).map(([candidate]) => candidate).find((candidate) => tellsApart(candidate, branches));
  if (key === undefined) return undefined;
  const records: Model[] = [];
  const cases = branches.map((branch): UnionCase | undefined => {
    const values = literalsOf(branch, key);
    const known = names.get(canonical(branch));
    const [single] = values;
    if (known === undefined && (values.length !== 1 || single === undefined)) return undefined;
    const record = known ?? `${name}${pascalCase(single ?? "")}`;
    if (known === undefined) records.push(recordOf(record, branch, names));
    return { name: caseName(name, record), record, values };
  });
  const whole = cases.filter((one) => one !== undefined);
  return whole.length === branches.length ? [...records, { kind: "union", name, key, cases: whole }] : undefined;
}

function tellsApart(key: string, branches: readonly JsonSchema[]): boolean {
  const values = branches.map((branch) => (strings(branch["required"]).includes(key) ? literalsOf(branch, key) : []));
  return values.every(({ length }) => length > 0) && new Set(values.flat()).size === values.flat().length;
}

function literalsOf(branch: JsonSchema, key: string): readonly string[] {
  const schema = new Map(propertiesOf(branch)).get(key) ?? {};
  return typeof schema["const"] === "string" ? [schema["const"]] : strings(schema["enum"]);
}

const words = (name: string): string[] => name.match(/[A-Z][a-z0-9]*/g) ?? [name];

/** What the record's name says beyond the union's: `AgentInFlight` of `AgentResult` is `inFlight`. */
function caseName(union: string, record: string): string {
  const [ours, theirs] = [words(union), words(record)];
  const shared = theirs.findIndex((word, index) => word !== ours[index]);
  const rest = theirs.slice(shared < 0 ? 0 : shared).join("");
  return rest.charAt(0).toLowerCase() + rest.slice(1);
}
