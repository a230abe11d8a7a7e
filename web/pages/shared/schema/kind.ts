/** A JSON Schema as plain data: what the gateway's own schemas use of it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** How a value of a schema is entered. */
export type Kind =
  | { readonly kind: "choice"; readonly options: readonly unknown[] }
  | { readonly kind: "flag" }
  | { readonly kind: "number" }
  | { readonly kind: "text" }
  | { readonly kind: "list"; readonly item: Schema }
  | { readonly kind: "object"; readonly properties: readonly (readonly [name: string, schema: Schema, isRequired: boolean])[] }
  | { readonly kind: "record"; readonly item: Schema }
  | { readonly kind: "union"; readonly variants: readonly Schema[] }
  /** Anything at all: as JSON. */
  | { readonly kind: "json" };

export function kindOf(schema: Schema): Kind {
  if ("const" in schema) return { kind: "choice", options: [schema.const] };
  if (schema.enum !== undefined) return { kind: "choice", options: schema.enum };
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return kindOfUnion(variants);
  switch (schema.type) {
    case "boolean": return { kind: "flag" };
    case "integer": case "number": return { kind: "number" };
    case "string": return { kind: "text" };
    case "null": return { kind: "choice", options: [null] };
    case "array": return schema.items === undefined || isAnything(schema.items) ? { kind: "json" } : { kind: "list", item: schema.items };
    case "object": return kindOfObject(schema);
    default: return { kind: "json" };
  }
}

function kindOfUnion(variants: readonly Schema[]): Kind {
  if (variants.every((variant) => "const" in variant || variant.type === "null")) return { kind: "choice", options: variants.map((variant) => ("const" in variant ? variant.const : null)) };
  return variants.length === 1 && variants[0] !== undefined ? kindOf(variants[0]) : { kind: "union", variants };
}

function kindOfObject(schema: Schema): Kind {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length > 0) return { kind: "object", properties: properties.map(([name, inner]) => [name, inner, schema.required?.includes(name) === true]) };
  const item = Object.values(schema.patternProperties ?? {})[0] ?? (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
  if (item !== undefined && !isAnything(item)) return { kind: "record", item };
  return schema.additionalProperties === false ? { kind: "object", properties: [] } : { kind: "json" };
}

const isAnything = (schema: Schema): boolean => Object.keys(schema).every((key) => key === "title" || key === "description");

/** What a new value begins as: with nothing that nobody chose but what is fixed. */
export function blankOf(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  const kind = kindOf(schema);
  switch (kind.kind) {
    case "choice": return kind.options[0];
    case "flag": return false;
    case "number": return undefined;
    case "text": return "";
    case "list": return [];
    case "record": return {};
    case "object": return Object.fromEntries(kind.properties.filter(([, , isRequired]) => isRequired).map(([name, inner]) => [name, blankOf(inner)]).filter(([, value]) => value !== undefined));
    case "union": return kind.variants[0] === undefined ? undefined : blankOf(kind.variants[0]);
    case "json": return undefined;
  }
}

/** The variant of a union that a value is of, as far as its form says; -1 where it is none. */
export function variantOf(variants: readonly Schema[], value: unknown): number {
  const fixed = variants.findIndex((variant) => hasShape(variant, value) && hasConsts(variant, value));
  return fixed >= 0 ? fixed : variants.findIndex((variant) => hasShape(variant, value));
}

function hasShape(schema: Schema, value: unknown): boolean {
  if ("const" in schema) return schema.const === value;
  const kind = kindOf(schema);
  switch (kind.kind) {
    case "choice": return kind.options.includes(value);
    case "flag": return typeof value === "boolean";
    case "number": return typeof value === "number";
    case "text": return typeof value === "string";
    case "list": return Array.isArray(value);
    case "object": case "record": return isRecord(value);
    case "union": return kind.variants.some((variant) => hasShape(variant, value));
    case "json": return value !== undefined;
  }
}

/** Whether what is fixed in the variant is so in the value: what tells variants apart. */
const hasConsts = (schema: Schema, value: unknown): boolean =>
  Object.entries(schema.properties ?? {}).every(([name, inner]) => !("const" in inner) || (isRecord(value) && value[name] === inner.const));

/** What a variant is called: by its title, what is fixed in it, or its type. */
export function variantName(schema: Schema): string {
  if (schema.title !== undefined) return schema.title;
  if ("const" in schema) return String(schema.const);
  const fixed = Object.values(schema.properties ?? {}).find((inner) => "const" in inner);
  if (fixed !== undefined) return String(fixed.const);
  const names = Object.keys(schema.properties ?? {});
  return names.length > 0 ? names.slice(0, 3).join(", ") : TYPE_NAMES[kindOf(schema).kind];
}

const TYPE_NAMES: Readonly<Record<Kind["kind"], string>> = { choice: "one of a few", flag: "yes or no", number: "a number", text: "a text", list: "a list", object: "an object", record: "names and values", union: "one of several", json: "JSON" };

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The place of something within: `gateway.auth`, `list[0].id`. As the gateway's own issues have it. */
export const pathTo = (path: string, key: string | number): string => (typeof key === "number" ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`);
