import { fieldsOf } from "../../../domain/foreign-fields.js";
import type { ToolAnswer } from "../../../ports/agent-runtime.js";

/** A text with more in it than blanks, among what a model gave. */
export const text = (args: unknown, name: string): string | undefined => {
  const value = fieldsOf(args)?.[name];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
};

/** `result` is a whole sentence that says to the model what to do instead. */
export const wrong = (result: string): ToolAnswer => ({ result, isError: true });

export const right = (result: unknown): ToolAnswer => ({ result, isError: false });
