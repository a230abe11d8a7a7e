import type { Schema } from "../domain/protocol/define.js";

export interface FrameValidator {
  /**
   * `undefined` where `value` fits; else what is wrong, as `at <path>: <message>` parts joined by `; `.
   * Compiles a schema on its first use. Never changes `value`.
   */
  explain(schema: Schema, value: unknown): string | undefined;
}
