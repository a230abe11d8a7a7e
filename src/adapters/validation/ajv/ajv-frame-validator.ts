import { Ajv, type ValidateFunction } from "ajv";
import type { Schema } from "../../../domain/protocol/define.js";
import type { FrameValidator } from "../../../ports/frame-validator.js";
import { renderErrors } from "./error-text.js";

/** Above this many values an input is told its first error only. */
const MAX_EXPLAINED_VALUES = 512;

const TOO_DEEP = "at root: nested too deeply";

/**
 * Ajv 8 in strict mode. Schemas are constants of the program: each is compiled on its first use, once, and kept.
 *
 * A value is judged by validators that stop at the first error, so that an array of a million wrong items costs one
 * error object. Only what failed and is small is judged again by one that collects all of them for the text.
 */
export class AjvFrameValidator implements FrameValidator {
  readonly #first = new Compiled(false);
  readonly #all = new Compiled(true);

  explain(schema: Schema, value: unknown): string | undefined {
    try {
      const validate = this.#first.of(schema);
      if (validate(value)) return undefined;
      if (!isSmall(value)) return take(validate);
      const validateAll = this.#all.of(schema);
      validateAll(value);
      return take(validateAll);
    } catch (error) {
      // A recursive schema follows the value down; JSON may be nested deeper than the stack.
      if (isStackOverflow(error)) return TOO_DEEP;
      throw error;
    }
  }
}

class Compiled {
  readonly #ajv: Ajv;
  readonly #validators = new WeakMap<Schema, ValidateFunction>();

  constructor(allErrors: boolean) {
    this.#ajv = new Ajv({ strict: true, validateSchema: false, meta: false, allErrors, logger: false });
  }

  of(schema: Schema): ValidateFunction {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const validate = this.#ajv.compile(schema);
    this.#validators.set(schema, validate);
    return validate;
  }
}

/** Ajv hangs its errors on the function; left there, they would keep a refused value's parts alive until the next call. */
function take(validate: ValidateFunction): string {
  const errors = validate.errors ?? [];
  validate.errors = null;
  return renderErrors(errors);
}

function isSmall(value: unknown): boolean {
  const open: unknown[] = [value];
  let seen = 1;
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    const children: readonly unknown[] = Array.isArray(next) ? next : Object.values(next);
    seen += children.length;
    if (seen > MAX_EXPLAINED_VALUES) return false;
    open.push(...children);
  }
  return true;
}

const isStackOverflow = (error: unknown): boolean => error instanceof RangeError && error.message.includes("call stack");
