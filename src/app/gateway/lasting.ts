const texts = new WeakMap<object, string>();

const BEYOND_ASCII = /[\u0080-\uffff]/g;

/**
 * The JSON of an object that is never changed again: made once, however often it is sent. All of it is ASCII: a single
 * character beyond it would have every frame that it is part of encoded, where it is otherwise copied.
 */
export function lastingJson(value: object): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value).replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  texts.set(value, text);
  return text;
}
