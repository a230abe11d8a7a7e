/** What a value may be. Written as data, so that one list serves to judge messages and to find the references in them. */
export type Shape =
  | { readonly kind: "text" | "number" | "whole" | "flag" | "anything" }
  /** The id of another component. */
  | { readonly kind: "ref" }
  | { readonly kind: "color" }
  | { readonly kind: "one-of"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape; readonly least: number; readonly most: number }
  | { readonly kind: "record"; readonly required: Shapes; readonly optional: Shapes; readonly isOpen: boolean }
  /** A record with exactly one of these keys. */
  | { readonly kind: "choice"; readonly of: Shapes }
  /** A shape that holds itself, so many levels deep. */
  | { readonly kind: "nested"; readonly levels: number; readonly within: (deeper: Shape | undefined) => Shape };

export type Shapes = Readonly<Record<string, Shape>>;

export const text: Shape = { kind: "text" };
export const number: Shape = { kind: "number" };
export const whole: Shape = { kind: "whole" };
export const flag: Shape = { kind: "flag" };
export const ref: Shape = { kind: "ref" };
export const color: Shape = { kind: "color" };
export const oneOf = (...values: readonly string[]): Shape => ({ kind: "one-of", values });
export const list = (of: Shape, { least = 0, most = 1_000 } = {}): Shape => ({ kind: "list", of, least, most });
export const record = (required: Shapes, optional: Shapes = {}, isOpen = false): Shape => ({ kind: "record", required, optional, isOpen });
export const choice = (of: Shapes): Shape => ({ kind: "choice", of });
export const nested = (levels: number, within: (deeper: Shape | undefined) => Shape): Shape => ({ kind: "nested", levels, within });

/** What is wrong, and where: `key` leads to it, as in `components[2].id`; empty for the whole. `message` is a whole sentence. */
export interface Fault {
  readonly key: string;
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
export const keyIn = (key: string, inner: string): string => (inner === "" || inner.startsWith("[") ? `${key}${inner}` : key === "" ? inner : `${key}.${inner}`);

/** The first thing that is wrong with a value, in the order in which it was written. */
export function faultOf(shape: Shape, value: unknown, key = ""): Fault | undefined {
  const expected = (what: string): Fault => ({ key, message: `Expected ${what}, found ${nameOf(value)}.` });
  switch (shape.kind) {
    case "anything":
      return undefined;
    case "text":
      return typeof value === "string" ? undefined : expected("a text");
    case "ref":
      return typeof value === "string" && value !== "" ? undefined : expected("the id of a component");
    case "number":
      return typeof value === "number" ? undefined : expected("a number");
    case "whole":
      return Number.isInteger(value) ? undefined : expected("a whole number");
    case "flag":
      return typeof value === "boolean" ? undefined : expected("true or false");
    case "color":
      return typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value) ? undefined : expected("a color such as \"#00bfff\"");
    case "one-of":
      return typeof value === "string" && shape.values.includes(value) ? undefined : expected(`one of ${shape.values.map((one) => `"${one}"`).join(", ")}`);
    case "list":
      return Array.isArray(value) ? listFault(shape, value, key) : expected("a list");
    case "record":
      return isRecord(value) ? recordFault(shape, value, key) : expected("an object");
    case "choice":
      return isRecord(value) ? choiceFault(shape.of, value, key) : expected(`an object with one of ${namesOf(shape.of)}`);
    case "nested":
      return faultOf(unfold(shape), value, key);
  }
}

export const unfold = ({ levels, within }: Extract<Shape, { kind: "nested" }>): Shape => within(levels > 1 ? nested(levels - 1, within) : undefined);

function listFault({ of, least, most }: Extract<Shape, { kind: "list" }>, value: readonly unknown[], key: string): Fault | undefined {
  if (value.length < least) return { key, message: "The list is empty." };
  if (value.length > most) return { key, message: `The list has ${value.length} entries; more than ${most} are not taken at once.` };
  return firstFault(value.map((one, at) => () => faultOf(of, one, `${key}[${at}]`)));
}

function recordFault({ required, optional, isOpen }: Extract<Shape, { kind: "record" }>, value: Fields, key: string): Fault | undefined {
  const missing = Object.keys(required).find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { key: keyIn(key, missing), message: "This key is missing." };
  return firstFault(Object.keys(value).map((name) => () => {
    const shape = own(required, name) ?? own(optional, name);
    if (shape !== undefined) return faultOf(shape, value[name], keyIn(key, name));
    return isOpen ? undefined : { key: keyIn(key, shown(name)), message: `This key is not known here; there are ${namesOf({ ...required, ...optional })}.` };
  }));
}

function choiceFault(of: Shapes, value: Fields, key: string): Fault | undefined {
  const names = Object.keys(value);
  const unknown = names.find((name) => own(of, name) === undefined);
  if (unknown !== undefined) return { key: keyIn(key, shown(unknown)), message: `This key is not known here; there are ${namesOf(of)}.` };
  if (names.length !== 1) return { key, message: `Expected exactly one of ${namesOf(of)}, found ${names.length === 0 ? "none" : names.join(" and ")}.` };
  return firstFault(names.map((name) => () => {
    const shape = own(of, name);
    return shape && faultOf(shape, value[name], keyIn(key, name));
  }));
}

function firstFault(judges: readonly (() => Fault | undefined)[]): Fault | undefined {
  for (const judge of judges) {
    const fault = judge();
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const own = (shapes: Shapes, name: string): Shape | undefined => (Object.hasOwn(shapes, name) ? shapes[name] : undefined);
const namesOf = (shapes: Shapes): string => Object.keys(shapes).join(", ") || "none";
const nameOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : typeof value === "string" ? "another text" : `a ${typeof value}`);

/** An unknown key is somebody's text: enough of it to be found by. */
const shown = (name: string): string => (/^[\w.-]{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64)));
