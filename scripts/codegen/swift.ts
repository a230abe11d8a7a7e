import { ERROR_CODES } from "../../src/domain/protocol/errors.js";
import type { SchemaDocument } from "../../src/domain/protocol/schema-document.js";
import { CURRENT_PROTOCOL, MIN_PROTOCOL } from "../../src/domain/protocol/version.js";
import { readModels, type Field, type Model, type RecordModel, type Shape, type UnionModel } from "./models.js";

/** Words that can't stand alone as the name of a property. */
const RESERVED = new Set([
  "any", "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
  "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let",
  "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct",
  "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
]);

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * The property of a key: each part between other signs lower-cased as a whole, further parts capitalised
 * (`minProtocol` → `minprotocol`, `fast_seconds` → `fastSeconds`); `_` before a reserved word or a digit.
 */
export function swiftName(key: string): string {
  const [first = "", ...others] = key.split(/[^A-Za-z0-9]+/).filter((part) => part !== "").map((part) => part.toLowerCase());
  const name = first + others.map(capitalise).join("");
  return RESERVED.has(name) || !/^[a-z]/.test(name) ? `_${name}` : name;
}

/** `NOT_LINKED` → `notLinked`. Case names keep their capitals, unlike properties. */
function caseNameOf(value: string): string {
  const [first = "", ...others] = value.split(/[^A-Za-z0-9]+/).filter((part) => part !== "");
  const lower = (part: string): string => (part === part.toUpperCase() ? part.toLowerCase() : part);
  const name = lower(first).charAt(0).toLowerCase() + lower(first).slice(1) + others.map((part) => capitalise(lower(part))).join("");
  return RESERVED.has(name) || !/^[a-z]/.test(name) ? `_${name}` : name;
}

/** Unions, null among them, are open values: an optional can't tell "leave it" from "clear it". */
function typeOf(shape: Shape): string {
  switch (shape.kind) {
    case "string":
      return "String";
    case "integer":
      return "Int";
    case "number":
      return "Double";
    case "boolean":
      return "Bool";
    case "object":
      return "[String: AnyCodable]";
    case "any":
    case "nullable":
      return "AnyCodable";
    case "list":
      return `[${typeOf(shape.item)}]`;
    case "map":
      return `[String: ${typeOf(shape.value)}]`;
    case "named":
      return shape.name;
  }
}

const fieldType = ({ shape, required }: Field): string => `${typeOf(shape)}${required ? "" : "?"}`;

const quote = (text: string): string => JSON.stringify(text);

const block = (head: string, lines: readonly string[]): string => [`${head} {`, ...lines.map((line) => (line === "" ? "" : `    ${line}`)), "}"].join("\n");

const inner = (head: string, lines: readonly string[]): string[] => block(head, lines).split("\n");

const rawCase = (name: string, raw: string): string => (name === raw ? `case ${name}` : `case ${name} = ${quote(raw)}`);

function structOf({ name, fields }: RecordModel): string {
  const head = `public struct ${name}: Codable, Sendable`;
  if (fields.length === 0) return block(head, ["public init() {}"]);
  const properties = fields.map((field) => ({ key: field.key, name: swiftName(field.key), type: fieldType(field), required: field.required }));
  const names = new Set(properties.map((property) => property.name));
  if (names.size !== properties.length) throw new Error(`two properties of ${name} share a name in Swift`);
  const parameters = properties.map((property) => `${property.name}: ${property.type}${property.required ? "" : " = nil"}`);
  return block(head, [
    ...properties.map((property) => `public let ${property.name}: ${property.type}`),
    "",
    "public init(",
    ...parameters.map((parameter, index) => `    ${parameter}${index === parameters.length - 1 ? "" : ","}`),
    ") {",
    ...properties.map((property) => `    self.${property.name} = ${property.name}`),
    "}",
    "",
    ...inner("private enum CodingKeys: String, CodingKey", properties.map((property) => rawCase(property.name, property.key))),
  ]);
}

const enumOf = (name: string, values: readonly string[]): string =>
  block(`public enum ${name}: String, Codable, Sendable`, values.map((value) => rawCase(caseNameOf(value), value)));

interface Branch {
  readonly name: string;
  readonly values: readonly string[];
  readonly payload: string;
}

const encodeCases = (branches: readonly Branch[]): string[] =>
  branches.map(({ name }) => `case let .${name}(value): try value.encode(to: encoder)`);

const decodeCases = (branches: readonly Branch[]): string[] =>
  branches.map(({ name, values, payload }) => `case ${values.map(quote).join(", ")}: self = .${name}(try ${payload}(from: decoder))`);

function unionOf({ name, key, cases }: UnionModel): string {
  const branches = cases.map((one): Branch => ({ name: caseNameOf(one.name), values: one.values, payload: one.record }));
  const property = swiftName(key);
  return block(`public enum ${name}: Codable, Sendable`, [
    ...branches.map((branch) => `case ${branch.name}(${branch.payload})`),
    "",
    ...inner("private enum CodingKeys: String, CodingKey", [rawCase(property, key)]),
    "",
    ...inner("public init(from decoder: Decoder) throws", [
      "let container = try decoder.container(keyedBy: CodingKeys.self)",
      `let form = try container.decode(String.self, forKey: .${property})`,
      "switch form {",
      ...decodeCases(branches),
      "default:",
      `    throw DecodingError.dataCorruptedError(forKey: .${property}, in: container, debugDescription: "unknown ${key}: \\(form)")`,
      "}",
    ]),
    "",
    ...inner("public func encode(to encoder: Encoder) throws", ["switch self {", ...encodeCases(branches), "}"]),
  ]);
}

/** A frame of a later release is kept as it came instead of failing the connection. */
function frameOf(): string {
  const branches: Branch[] = [
    { name: "req", values: ["req"], payload: "RequestFrame" },
    { name: "res", values: ["res"], payload: "ResponseFrame" },
    { name: "event", values: ["event"], payload: "EventFrame" },
  ];
  return block("public enum GatewayFrame: Codable, Sendable", [
    ...branches.map((branch) => `case ${branch.name}(${branch.payload})`),
    "case unknown(type: String, raw: [String: AnyCodable])",
    "",
    ...inner("private enum CodingKeys: String, CodingKey", ["case type"]),
    "",
    ...inner("public init(from decoder: Decoder) throws", [
      "let container = try decoder.container(keyedBy: CodingKeys.self)",
      "let type = try container.decode(String.self, forKey: .type)",
      "switch type {",
      ...decodeCases(branches),
      "default:",
      "    let raw = try decoder.singleValueContainer().decode([String: AnyCodable].self)",
      "    self = .unknown(type: type, raw: raw)",
      "}",
    ]),
    "",
    ...inner("public func encode(to encoder: Encoder) throws", [
      "switch self {",
      ...encodeCases(branches),
      "case let .unknown(_, raw):",
      "    var container = encoder.singleValueContainer()",
      "    try container.encode(raw)",
      "}",
    ]),
  ]);
}

function declare(model: Model): string {
  switch (model.kind) {
    case "record":
      return structOf(model);
    case "strings":
      return enumOf(model.name, model.values);
    case "union":
      return unionOf(model);
    case "alias":
      return `public typealias ${model.name} = ${model.shape.kind === "nullable" ? `${typeOf(model.shape.inner)}?` : typeOf(model.shape)}`;
  }
}

const ORDER: readonly Model["kind"][] = ["strings", "record", "alias", "union"];

/** Swift models of the whole protocol. Open values are of a type `AnyCodable`, which stands in a file beside this one. */
export function renderSwift(document: SchemaDocument): string {
  const models = readModels(document);
  const inOrder = ORDER.flatMap((kind) => models.filter((model) => model.kind === kind));
  const parts = [
    "// Generated from the protocol catalogue by `npm run generate`: do not edit.",
    "// swiftlint:disable file_length identifier_name type_body_length",
    "",
    "import Foundation",
    "",
    `public let GATEWAY_PROTOCOL_VERSION = ${CURRENT_PROTOCOL}`,
    `public let GATEWAY_MIN_PROTOCOL_VERSION = ${MIN_PROTOCOL}`,
    `public let GATEWAY_MIN_NODE_PROTOCOL_VERSION = ${MIN_PROTOCOL}`,
    "",
    enumOf("ErrorCode", ERROR_CODES),
    ...inOrder.map((model) => `\n${declare(model)}`),
    "",
    frameOf(),
  ];
  return `${parts.join("\n")}\n`;
}
