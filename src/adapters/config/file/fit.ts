import type { TSchema } from "@sinclair/typebox";
import type { ConfigIssue } from "../../../ports/config-source.js";

export interface Fitted {
  /** What fits the schema: wrong values are left out, so that the rest can still be judged. */
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
}

/** The part of JSON Schema that the configuration's schema is made of. */
interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: boolean | Shape;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
}

interface Report {
  readonly issues: ConfigIssue[];
  readonly warnings: ConfigIssue[];
}

type Fit = { readonly fits: true; readonly value: unknown } | { readonly fits: false };
const NO: Fit = { fits: false };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names a place in the file as an operator would write it: `agents.list[0].id`. */
export const pathTo = (parent: string, key: string | number): string => {
  if (typeof key === "number") return `${parent}[${key}]`;
  const name = /^[A-Za-z_$][\w$-]*$/.test(key) ? key : JSON.stringify(key.slice(0, 64));
  return parent === "" ? name : `${parent}.${name}`;
};

/**
 * Holds a value against a schema. A wrong value is an issue that says what was expected and what kind of thing was
 * found, never the value itself, since it may be a secret in the wrong place; an unknown key is a warning.
 */
export function fitToSchema(schema: TSchema, value: unknown): Fitted {
  const report: Report = { issues: [], warnings: [] };
  const fitted = fit(schema as Shape, { value, path: "" }, report);
  return { value: fitted.fits ? fitted.value : {}, ...report };
}

interface Found {
  readonly value: unknown;
  readonly path: string;
}

function fit(shape: Shape, found: Found, report: Report): Fit {
  if (shape.anyOf !== undefined) return fitOneOf(shape.anyOf, found, report);
  if (shape.type === "object") return fitObject(shape, found, report);
  if (shape.type === "array") return fitArray(shape, found, report);
  if (holds(shape, found.value)) return { fits: true, value: found.value };
  return refuse([shape], found, report);
}

function fitOneOf(shapes: readonly Shape[], found: Found, report: Report): Fit {
  // Inside the one alternative of the right kind, the complaint can name the exact key.
  const alike = shapes.filter((shape) => shape.const === undefined && shape.type === kindOf(found.value));
  if (alike.length === 1 && alike[0] !== undefined) return fit(alike[0], found, report);
  if (shapes.some((shape) => holds(shape, found.value))) return { fits: true, value: found.value };
  return refuse(shapes, found, report);
}

function fitObject(shape: Shape, found: Found, report: Report): Fit {
  if (!isRecord(found.value)) return refuse([shape], found, report);
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(found.value)) {
    const inner = shapeOfKey(shape, key);
    const path = pathTo(found.path, key);
    if (inner === undefined) {
      report.warnings.push({ path, message: "This gateway does not know this key, so it has no effect." });
      continue;
    }
    const fitted = fit(inner, { value, path }, report);
    if (fitted.fits) kept[key] = fitted.value;
  }
  const missing = (shape.required ?? []).filter((key) => !Object.hasOwn(found.value as object, key));
  for (const key of missing) {
    const expected = describe(shape.properties?.[key] ?? {});
    report.issues.push({ path: pathTo(found.path, key), message: `Expected ${expected}, found nothing.` });
  }
  return (shape.required ?? []).every((key) => Object.hasOwn(kept, key)) ? { fits: true, value: kept } : NO;
}

function shapeOfKey(shape: Shape, key: string): Shape | undefined {
  if (shape.properties !== undefined && Object.hasOwn(shape.properties, key)) return shape.properties[key];
  const pattern = Object.entries(shape.patternProperties ?? {}).find(([source]) => new RegExp(source, "u").test(key));
  if (pattern !== undefined) return pattern[1];
  if (shape.additionalProperties === true) return {};
  return typeof shape.additionalProperties === "object" ? shape.additionalProperties : undefined;
}

function fitArray(shape: Shape, found: Found, report: Report): Fit {
  if (!Array.isArray(found.value)) return refuse([shape], found, report);
  const kept: unknown[] = [];
  for (const [index, value] of found.value.entries()) {
    const fitted = fit(shape.items ?? {}, { value, path: pathTo(found.path, index) }, report);
    if (fitted.fits) kept.push(fitted.value);
  }
  return { fits: true, value: kept };
}

function holds(shape: Shape, value: unknown): boolean {
  if (shape.const !== undefined) return value === shape.const;
  switch (shape.type) {
    case undefined:
      return true;
    case "string":
      return typeof value === "string" && value.length >= (shape.minLength ?? 0)
        && (shape.pattern === undefined || new RegExp(shape.pattern, "u").test(value));
    case "integer":
      return Number.isSafeInteger(value) && (value as number) >= (shape.minimum ?? -Infinity)
        && (value as number) <= (shape.maximum ?? Infinity);
    default:
      return shape.type === kindOf(value);
  }
}

function refuse(shapes: readonly Shape[], found: Found, report: Report): Fit {
  const expected = shapes.map(describe);
  const last = expected.pop();
  const list = expected.length === 0 ? last : `${expected.join(", ")} or ${last}`;
  const wrong = shapes.some((shape) => (shape.type ?? typeof shape.const) === kindOf(found.value)
    || (shape.type === "integer" && kindOf(found.value) === "number"));
  report.issues.push({ path: found.path, message: `Expected ${list}, found ${nameOf(found.value, wrong)}.` });
  return NO;
}

const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
};

function nameOf(value: unknown, sameKind: boolean): string {
  if (value === "") return "an empty text";
  const kind = kindOf(value);
  if (sameKind) return kind === "number" ? "another number" : "another text";
  return { string: "a text", number: "a number", boolean: "true or false", array: "a list", object: "a section" }[kind] ?? kind;
}

function describe(shape: Shape): string {
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.description !== undefined) return shape.description;
  switch (shape.type) {
    case "string": return "a text";
    case "boolean": return "true or false";
    case "array": return "a list";
    case "object": return "a section";
    case "integer": {
      if (shape.maximum !== undefined) return `a whole number from ${shape.minimum ?? 0} to ${shape.maximum}`;
      return shape.minimum === undefined ? "a whole number" : `a whole number of at least ${shape.minimum}`;
    }
    default: return "another value";
  }
}
