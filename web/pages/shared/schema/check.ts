import { Validator, type OutputUnit } from "@cfworker/json-schema";
import { schemaForm } from "../texts/schema-form.js";
import { isRecord, pathTo, type Schema } from "./kind.js";

export interface Issue {
  /** `gateway.auth.mode`, `list[0].id`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** What is wrong with a value, by the place where it is, each place once. Nothing is evaluated: the page's policy forbids that. */
export function check(schema: Schema, value: unknown): readonly Issue[] {
  const { errors, valid } = new Validator(schema as ConstructorParameters<typeof Validator>[0], "7", false).validate(value === undefined ? null : value);
  if (valid) return [];
  // What a whole says of its parts is said by the parts.
  const told = errors.filter(({ keyword }) => !WRAPPING.has(keyword));
  const issues = new Map<string, string>();
  for (const unit of told.length > 0 ? told : errors) {
    const path = pathOf(unit.instanceLocation, value, unit);
    if (!issues.has(path)) issues.set(path, messageOf(unit));
  }
  return withoutParents([...issues].map(([path, message]) => ({ path, message })));
}

const WRAPPING = new Set(["properties", "items", "patternProperties", "allOf", "$ref", "additionalProperties"]);

/** `#/list/0/id` as a path. A missing key belongs to the place where it is missing. */
function pathOf(pointer: string, value: unknown, unit: OutputUnit): string {
  let at: unknown = value;
  let path = "";
  for (const part of pointer.split("/").slice(1)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    const isIndex = Array.isArray(at);
    path = pathTo(path, isIndex ? Number(key) : key);
    at = isIndex ? (at as readonly unknown[])[Number(key)] : isRecord(at) ? at[key] : undefined;
  }
  const missing = unit.keyword === "required" ? /"([^"]+)"/.exec(unit.error)?.[1] : undefined;
  return missing === undefined ? path : pathTo(path, missing);
}

function messageOf({ keyword, error }: OutputUnit): string {
  const { wrong } = schemaForm;
  const quoted = /"([^"]+)"\.?$/.exec(error)?.[1] ?? "";
  const figure = /(-?[\d.]+)\)?\.?$/.exec(error)?.[1]?.replace(/\.$/, "") ?? "";
  switch (keyword) {
    case "required": return wrong.missing;
    case "type": return wrong.type(quoted);
    case "minLength": return wrong.short(figure);
    case "maxLength": return wrong.long(figure);
    case "minimum": return wrong.low(figure);
    case "maximum": return wrong.high(figure);
    case "minItems": return wrong.few(figure);
    case "maxItems": return wrong.many(figure);
    case "pattern": return wrong.pattern;
    case "enum": case "const": case "anyOf": case "oneOf": return wrong.none;
    case "false": return wrong.unknown;
    default: return error;
  }
}

/** Of a union, every variant complains: the deepest complaint is about what was meant. */
const withoutParents = (issues: readonly Issue[]): readonly Issue[] =>
  issues.filter(({ path }) => !issues.some((other) => other.path !== path && (other.path.startsWith(`${path}.`) || other.path.startsWith(`${path}[`) || (path === "" && other.path !== ""))));
