import type { CDPSession } from "playwright-core";

export type ScriptEnd =
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "threw"; readonly message: string }
  /** The text would have this many characters. */
  | { readonly kind: "too-large"; readonly length: number };

const MAX_ERROR = 600;

/**
 * Turns whatever a script came to into text, inside of the page: what is too long must not leave it, since the driver
 * takes a message into memory whole.
 */
const toText = (maxLength: number): string => `((value) => {
  let text;
  if (value === undefined) text = "";
  else if (typeof value === "string") text = value;
  else if (typeof value === "object") { try { text = JSON.stringify(value); } catch { /* below */ } }
  text ??= String(value);
  return text.length > ${maxLength} ? { length: text.length } : { text };
})`;

/**
 * Runs a script in the page and waits for what it promises. An expression may `await`; of statements the last one's
 * value counts. The page's own security policy does not hold for it.
 */
export async function runScript(cdp: CDPSession, script: string, maxLength: number): Promise<ScriptEnd> {
  const asExpression = `(async () => ${toText(maxLength)}(await (\n${script}\n)))()`;
  const compiled = await cdp.send("Runtime.compileScript", { expression: asExpression, sourceURL: "", persistScript: false });
  const expression = compiled.exceptionDetails === undefined
    ? asExpression
    : `(async () => ${toText(maxLength)}(await (0, eval)(${JSON.stringify(script)})))()`;
  const { result, exceptionDetails } = await cdp.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) {
    const [said = "an error"] = (exceptionDetails.exception?.description ?? exceptionDetails.text).split("\n    at ");
    return { kind: "threw", message: said.slice(0, MAX_ERROR) };
  }
  const { text, length } = result.value as { text?: string; length?: number };
  return text === undefined ? { kind: "too-large", length: length ?? 0 } : { kind: "value", text };
}
