import { createRequire } from "node:module";
import { Language, Parser, type Node } from "web-tree-sitter";

const require = createRequire(import.meta.url);
const ready = Parser.init();

/** A parser of the language's real grammar. */
export async function parserOf(language: "swift" | "kotlin"): Promise<(source: string) => Node> {
  await ready;
  const grammar = await Language.load(require.resolve(`tree-sitter-wasms/out/tree-sitter-${language}.wasm`));
  const parser = new Parser().setLanguage(grammar);
  return (source) => {
    const tree = parser.parse(source);
    if (!tree) throw new Error(`no tree for ${source.length} characters`);
    return tree.rootNode;
  };
}

/** Where the grammar stumbled: line and text. */
export function stumbles(node: Node): string[] {
  if (node.isError || node.isMissing) return [`${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`];
  return node.hasError ? node.children.flatMap((child) => (child ? stumbles(child) : [])) : [];
}

const all = (node: Node, type: string): Node[] => node.descendantsOfType(type).filter((found): found is Node => found !== null);
const child = (node: Node, type: string): Node | undefined => node.children.find((one) => one?.type === type) ?? undefined;

/** A type of the generated code, as the JSON that its encoder and decoder would take. */
export type Decodable =
  | { readonly kind: "record"; readonly fields: ReadonlyMap<string, { readonly type: string; readonly optional: boolean }> }
  | { readonly kind: "union"; readonly key: string; readonly cases: ReadonlyMap<string, string> }
  | { readonly kind: "alias"; readonly type: string };

export type Decodables = ReadonlyMap<string, Decodable>;

/** `T?` and its kin come apart into the type and whether it may be missing. */
const optional = (type: string): { type: string; optional: boolean } => (type.endsWith("?") ? { type: type.slice(0, -1), optional: true } : { type, optional: false });

const unquoted = (text: string): string => JSON.parse(text) as string;

/** Structs with their coding keys, unions with their discriminators, aliases: read from the syntax tree alone. */
export function swiftTypes(root: Node): Decodables {
  const types = new Map<string, Decodable>();
  for (const alias of all(root, "typealias_declaration")) {
    const [name = "", type = ""] = alias.text.replace("public typealias ", "").split(" = ");
    types.set(name, { kind: "alias", type });
  }
  for (const declaration of all(root, "class_declaration")) {
    const name = child(declaration, "type_identifier")?.text ?? "";
    if (name === "CodingKeys" || name === "ErrorCode" || name === "GatewayFrame") continue;
    types.set(name, declaration.text.startsWith("public struct") ? swiftStruct(declaration) : swiftUnion(declaration));
  }
  return types;
}

/** The JSON key behind each case of the `CodingKeys` inside. */
function codingKeys(declaration: Node): Map<string, string> {
  const inner = all(declaration, "class_declaration").find((one) => child(one, "type_identifier")?.text === "CodingKeys");
  const keys = new Map<string, string>();
  for (const entry of inner ? all(inner, "enum_entry") : []) {
    const [, name = "", raw] = /^case (\w+)(?: = (".*"))?$/.exec(entry.text.trim()) ?? [];
    keys.set(name, raw === undefined ? name : unquoted(raw));
  }
  return keys;
}

function swiftStruct(declaration: Node): Decodable {
  const keys = codingKeys(declaration);
  const fields = new Map<string, { type: string; optional: boolean }>();
  for (const property of all(declaration, "property_declaration")) {
    const [, name = "", type = ""] = /^public let (\w+): (.+)$/.exec(property.text.trim()) ?? [];
    const key = keys.get(name);
    if (key === undefined) throw new Error(`${property.text} has no coding key`);
    fields.set(key, optional(type));
  }
  if (fields.size !== keys.size) throw new Error(`coding keys without a property: ${declaration.text.slice(0, 60)}`);
  return { kind: "record", fields };
}

function swiftUnion(declaration: Node): Decodable {
  const [key = ""] = codingKeys(declaration).values();
  const payloads = new Map([...declaration.text.matchAll(/^ {4}case (\w+)\((\w+)\)$/gm)].map(([, name = "", type = ""]) => [name, type]));
  const cases = new Map<string, string>();
  for (const [, values = "", name = ""] of declaration.text.matchAll(/case (".*"): self = \.(\w+)\(/g)) {
    for (const value of values.split(", ")) cases.set(unquoted(value), payloads.get(name) ?? "");
  }
  return { kind: "union", key, cases };
}

/** The same for Kotlin: classes with their serial names, sealed interfaces with the classes that implement them. */
export function kotlinTypes(root: Node): Decodables {
  const types = new Map<string, Decodable>();
  for (const alias of all(root, "type_alias")) {
    const [name = "", type = ""] = alias.text.replace("typealias ", "").split(" = ");
    types.set(name, { kind: "alias", type });
  }
  const classes = all(root, "class_declaration");
  for (const declaration of [...classes, ...all(root, "object_declaration")]) {
    const name = child(declaration, "type_identifier")?.text ?? "";
    if (/^(?:@Serializable\n)?(?:@SerialName\(".*"\)\n)?(?:data class|object) /.test(declaration.text) && !name.endsWith("Serializer")) types.set(name, kotlinClass(declaration));
  }
  for (const declaration of classes) {
    const name = child(declaration, "type_identifier")?.text ?? "";
    if (declaration.text.includes("sealed interface") && name !== "GatewayFrame") types.set(name, kotlinUnion(name, declaration, root));
  }
  return types;
}

function kotlinClass(declaration: Node): Decodable {
  const fields = new Map<string, { type: string; optional: boolean }>();
  for (const parameter of all(declaration, "class_parameter")) {
    const [, annotation, name = "", type = "", fallback] = /^((?:@\S+ )*)(?:override )?val `?(\w+)`?: (.+?)( = .+)?$/s.exec(parameter.text.trim()) ?? [];
    const [, serialName] = /@SerialName\((".*")\)/.exec(annotation ?? "") ?? [];
    // Without a default, the key has to be there, be it with null.
    fields.set(serialName === undefined ? name : unquoted(serialName), { type, optional: fallback !== undefined });
  }
  return { kind: "record", fields };
}

function kotlinUnion(name: string, declaration: Node, root: Node): Decodable {
  const cases = new Map<string, string>();
  const [, discriminator] = /@JsonClassDiscriminator\((".*")\)/.exec(declaration.text) ?? [];
  if (discriminator !== undefined) {
    for (const [, serialName = "", type = ""] of root.text.matchAll(new RegExp(`@SerialName\\((".*")\\)\\n(?:data class|object) (\\w+)(?:\\([^)]*\\))? : ${name}\\n`, "g"))) {
      cases.set(unquoted(serialName), type);
    }
    return { kind: "union", key: unquoted(discriminator), cases };
  }
  const serializer = all(root, "object_declaration").find((one) => child(one, "type_identifier")?.text === `${name}Serializer`)?.text ?? "";
  const [, key = '""'] = /element\.jsonObject\[(".*?")\]/.exec(serializer) ?? [];
  for (const [, values = "", type = ""] of serializer.matchAll(/^ +(".*") -> (\w+)\.serializer\(\)$/gm)) {
    for (const value of values.split(", ")) cases.set(unquoted(value), type);
  }
  return { kind: "union", key: unquoted(key), cases };
}

interface Dialect {
  readonly types: Decodables;
  readonly string: string;
  readonly integer: string;
  readonly double: string;
  readonly boolean: string;
  /** Anything at all, and any object. */
  readonly any: string;
  readonly object: string;
  readonly list: RegExp;
  readonly map: RegExp;
  /** Whether the library takes the discriminator out before the class sees it. */
  readonly discriminatorApart: boolean;
}

export const swiftDialect = (types: Decodables): Dialect => ({
  types, string: "String", integer: "Int", double: "Double", boolean: "Bool", any: "AnyCodable", object: "[String: AnyCodable]",
  list: /^\[((?!String: ).+)\]$/, map: /^\[String: (.+)\]$/, discriminatorApart: false,
});

export const kotlinDialect = (types: Decodables): Dialect => ({
  types, string: "String", integer: "Long", double: "Double", boolean: "Boolean", any: "JsonElement", object: "JsonObject",
  list: /^List<(.+)>$/, map: /^Map<String, (.+)>$/, discriminatorApart: true,
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** What in the value a model of this type could not hold; empty where it fits. */
export function misfits(dialect: Dialect, type: string, value: unknown, at = "$"): string[] {
  const { any, object, types } = dialect;
  const wrong = (): string[] => [`${at}: ${JSON.stringify(value)?.slice(0, 60)} is no ${type}`];
  if (type.endsWith("?")) return value === null ? [] : misfits(dialect, type.slice(0, -1), value, at);
  if (type === any) return [];
  if (type === object) return isObject(value) ? [] : wrong();
  if (type === dialect.string) return typeof value === "string" ? [] : wrong();
  if (type === dialect.integer) return Number.isSafeInteger(value) ? [] : wrong();
  if (type === dialect.double) return typeof value === "number" ? [] : wrong();
  if (type === dialect.boolean) return typeof value === "boolean" ? [] : wrong();
  const item = dialect.list.exec(type)?.[1];
  if (item !== undefined) return Array.isArray(value) ? value.flatMap((one, index) => misfits(dialect, item, one, `${at}[${index}]`)) : wrong();
  const entry = dialect.map.exec(type)?.[1];
  if (entry !== undefined) return isObject(value) ? Object.entries(value).flatMap(([key, one]) => misfits(dialect, entry, one, `${at}.${key}`)) : wrong();
  const model = types.get(type);
  if (model === undefined) return [`${at}: there is no type ${type}`];
  if (model.kind === "alias") return misfits(dialect, model.type, value, at);
  if (!isObject(value)) return wrong();
  if (model.kind === "record") return fieldMisfits(dialect, { type, fields: model.fields }, value, at);
  const form = model.cases.get(String(value[model.key]));
  if (form === undefined) return [`${at}: ${type} has no case for ${model.key} ${JSON.stringify(value[model.key])}`];
  const record = types.get(form);
  const inside = dialect.discriminatorApart && record?.kind === "record" && !record.fields.has(model.key) ? withoutKey(value, model.key) : value;
  return misfits(dialect, form, inside, at);
}

function withoutKey(value: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const { [key]: _taken, ...rest } = value;
  return rest;
}

type Fields = Extract<Decodable, { kind: "record" }>["fields"];

function fieldMisfits(dialect: Dialect, record: { type: string; fields: Fields }, value: Readonly<Record<string, unknown>>, at: string): string[] {
  const missing = [...record.fields].filter(([key, field]) => !field.optional && !(key in value)).map(([key]) => `${at}.${key}: missing, and ${record.type} needs it`);
  const wrong = Object.entries(value).flatMap(([key, one]) => {
    const field = record.fields.get(key);
    if (field === undefined) return [`${at}.${key}: no field of ${record.type}`];
    return field.optional && one === null ? [] : misfits(dialect, field.type, one, `${at}.${key}`);
  });
  return [...missing, ...wrong];
}
