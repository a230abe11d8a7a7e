const texts = new WeakMap<object, string>();

/** The JSON of an object that is never changed again: made once, however often it is sent. */
export function lastingJson(value: object): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}
