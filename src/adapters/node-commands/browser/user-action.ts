import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import { printable } from "../../../domain/text/printable.js";

/** Something that a person did on the canvas, for the assistant to know. */
export interface UserAction {
  readonly id: string;
  readonly message: string;
}

const MAX_NAME = 120;
const MAX_CONTEXT = 8_000;
const MAX_TEXT = 64_000;

/** Reads what a page of the canvas posts; `undefined` for what is no action, or too much of one to be told. */
export function readUserAction(text: string): UserAction | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const action = fieldsOf(fieldsOf(parsed(text))?.["userAction"]);
  const id = textOf(action?.["id"]);
  const name = textOf(action?.["name"]);
  if (!action || id === undefined || id.length > MAX_NAME || name === undefined) return undefined;
  const context = JSON.stringify(action["context"] ?? {});
  if (context.length > MAX_CONTEXT) return undefined;
  const where = [["surface", "surfaceId"], ["component", "sourceComponentId"]].flatMap(([label = "", key = ""]) => {
    const value = textOf(action[key]);
    return value === undefined ? [] : [`${label} ${quoted(value)}`];
  });
  return { id, message: `The person used the canvas: action ${[quoted(name), ...where].join(", ")}. What it stands for, as JSON: ${context}` };
}

const quoted = (text: string): string => JSON.stringify(printable(text, MAX_NAME));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
