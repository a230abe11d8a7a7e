import fc from "fast-check";

/** The part of JSON Schema that the catalogue is written in. */
export interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: boolean;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** Values worth trying under a property's name, since they lead on into the handler: four times in five. */
export type Hints = Readonly<Record<string, readonly unknown[]>>;

const NAMES = ["__proto__", "constructor", "prototype", "toString", "x", "key", "\u202e", ""] as const;
const TEXTS = [
  "__proto__", "constructor", "main", "global", "unknown", "agent:main:main", "agent:nobody:x", "../../etc/passwd", "/new", "/stop", "Node: x",
  "\u0000", "\r\n", "\u001b[2J", "\u202e", "\ud800", "null", "-1", "1e999", "😀".repeat(40), "x".repeat(5_000),
] as const;

/** Values that fit the schema, the strange ones among them. */
export function fitting(shape: Shape, hints: Hints = {}): fc.Arbitrary<unknown> {
  if (shape.anyOf) return fc.oneof(...shape.anyOf.map((one) => fitting(one, hints)));
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  switch (shape.type) {
    case "string":
      return text(shape);
    case "integer":
      return integer(shape);
    case "number":
      return fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -1, 1e308, -1e308, 2 ** 53));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(fitting(shape.items ?? {}, hints), { minLength: shape.minItems ?? 0, maxLength: Math.min(shape.maxItems ?? 4, 4) });
    case "object":
      return object(shape, hints);
    case undefined:
      return fc.jsonValue({ maxDepth: 3 });
    default:
      throw new Error(`no values are made for the type ${shape.type}`);
  }
}

// Making an arbitrary of texts takes far longer than drawing from it.
const texts = new Map<string, fc.Arbitrary<string>>();

function text(shape: Shape): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = Infinity, pattern } = shape;
  const key = JSON.stringify([minLength, maxLength, pattern]);
  const made = texts.get(key) ?? newText({ minLength, maxLength, ...(pattern === undefined ? {} : { pattern }) });
  texts.set(key, made);
  return made;
}

function newText({ minLength, maxLength, pattern }: { minLength: number; maxLength: number; pattern?: string }): fc.Arbitrary<string> {
  const upTo = Math.min(maxLength, Math.max(minLength, 24));
  const any = pattern === undefined
    ? fc.oneof(fc.string({ minLength, maxLength: upTo }), fc.string({ unit: "binary", minLength, maxLength: upTo }), fc.constantFrom(...TEXTS))
    : fc.stringMatching(new RegExp(pattern, "u"), { maxLength: Math.min(maxLength, 40) });
  // Ajv counts code points.
  return any.filter((one) => [...one].length >= minLength && [...one].length <= maxLength && (pattern === undefined || new RegExp(pattern, "u").test(one)));
}

function integer({ minimum = -(2 ** 53), maximum = 2 ** 53 }: Shape): fc.Arbitrary<number> {
  const edges = [minimum, maximum, 0, 1, 2 ** 31, 1e15, 1e300].filter((edge) => edge >= minimum && edge <= (maximum === 2 ** 53 ? Infinity : maximum));
  return fc.oneof(fc.constantFrom(...edges), fc.maxSafeInteger().filter((one) => one >= minimum && one <= maximum), fc.integer({ min: Math.max(minimum, 0), max: Math.min(maximum, Math.max(minimum, 0) + 100) }));
}

function object(shape: Shape, hints: Hints): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], patternProperties = {} } = shape;
  const known = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, withHints(name, inner, hints)])),
    { requiredKeys: [...required] },
  ) as fc.Arbitrary<Record<string, unknown>>;
  const [free] = Object.values(patternProperties);
  const others = free
    ? fc.dictionary(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(...NAMES.filter((name) => name !== ""))), fitting(free, hints), { maxKeys: 4 })
    : shape.additionalProperties === false ? fc.constant({}) : fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 });
  // Not spread: that would lose a key `__proto__`.
  return fc.tuple(others, known).map(([more, own]) => merged(more, own));
}

const merged = (...parts: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> => {
  const whole: Record<string, unknown> = {};
  for (const part of parts) for (const [name, value] of Object.entries(part)) Object.defineProperty(whole, name, { value, enumerable: true, configurable: true, writable: true });
  return whole;
};

const withHints = (name: string, shape: Shape, hints: Hints): fc.Arbitrary<unknown> => {
  const hinted = Object.hasOwn(hints, name) ? hints[name] : undefined;
  if (hinted === undefined || hinted.length === 0) return fitting(shape, hints);
  // A duration is only ever taken from the hints: the test waits for it.
  const known = fc.constantFrom(...hinted);
  return name.endsWith("Ms") ? known : fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: fitting(shape, hints) });
};

export interface Misfit {
  /** What is wrong, for the message of a failing test. */
  readonly why: string;
  readonly value: unknown;
}

const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  string: ["text"],
  number: [1.5, -7],
  boolean: [true],
  null: [null],
  array: [[], [1]],
  object: [{}, { a: 1 }],
};

/** Kinds of JSON that the schema takes. An integer is a number. */
function kindsOf(shape: Shape): ReadonlySet<string> {
  if (shape.anyOf) return new Set(shape.anyOf.flatMap((one) => [...kindsOf(one)]));
  if (shape.const !== undefined) return new Set([shape.const === null ? "null" : typeof shape.const]);
  if (shape.enum) return new Set(["string"]);
  if (shape.type === "integer") return new Set(["number"]);
  return new Set(shape.type === undefined ? Object.keys(SAMPLES) : [shape.type]);
}

/**
 * Every way in which `value`, which fits, is made not to fit by one change: of another kind, out of its range, without a
 * part that must be there, with one that may not. Wrong by how they are made: nothing has to judge them.
 */
export function misfits(shape: Shape, value: unknown, at = ""): readonly Misfit[] {
  const kinds = kindsOf(shape);
  const others = Object.entries(SAMPLES).filter(([kind]) => !kinds.has(kind)).flatMap(([kind, samples]) => samples.map((sample) => ({ why: `${at || "the whole"} is a ${kind}`, value: sample })));
  if (shape.anyOf) return others;
  const parts = shape.type === "array" ? itemMisfits(shape, at) : isRecord(value) && shape.type === "object" ? partMisfits(shape, value, at) : [];
  return [...others, ...rangeMisfits(shape, at), ...parts];
}

function itemMisfits({ items, minItems = 0, maxItems }: Shape, at: string): readonly Misfit[] {
  const wrong = items === undefined ? [] : misfits(items, undefined, `${at}/0`).map(({ why, value }) => ({ why, value: [value] }));
  return [
    ...wrong,
    ...(minItems > 0 ? [{ why: `${at} has too few items`, value: [] }] : []),
    ...(maxItems === undefined ? [] : [{ why: `${at} has too many items`, value: Array.from({ length: maxItems + 1 }, () => "x") }]),
  ];
}

function rangeMisfits({ type, enum: words, minimum, maximum, minLength, maxLength, pattern }: Shape, at: string): readonly Misfit[] {
  const found: Misfit[] = [];
  if (words) found.push({ why: `${at} is another word`, value: "constructor" });
  if (type === "integer") found.push({ why: `${at} is a fraction`, value: 1.5 });
  if (minimum !== undefined) found.push({ why: `${at} is too small`, value: minimum - 1 });
  if (maximum !== undefined) found.push({ why: `${at} is too large`, value: maximum + 1 });
  if (minLength !== undefined && minLength > 0) found.push({ why: `${at} is too short`, value: "x".repeat(minLength - 1) });
  if (maxLength !== undefined) found.push({ why: `${at} is too long`, value: "x".repeat(maxLength + 1) });
  if (pattern !== undefined) found.push({ why: `${at} has other characters`, value: "\u0000" });
  return found;
}

function partMisfits(shape: Shape, value: Readonly<Record<string, unknown>>, at: string): readonly Misfit[] {
  const { properties = {}, required = [] } = shape;
  const without = (name: string): unknown => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  const missing = required.map((name) => ({ why: `${at}/${name} is missing`, value: without(name) }));
  const unknown = shape.additionalProperties === false ? NAMES.filter((name) => !Object.hasOwn(properties, name)).map((name) => ({ why: `${at}/${name} is unknown`, value: merged(value, { [name]: 1 }) })) : [];
  const inner = Object.entries(properties).flatMap(([name, part]) =>
    misfits(part, value[name], `${at}/${name}`).map((wrong) => ({ why: wrong.why, value: merged(value, { [name]: wrong.value }) })),
  );
  return [...missing, ...unknown, ...inner];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
