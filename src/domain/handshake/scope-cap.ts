/**
 * What a proxy in front lets through at most: the scopes that its `x-openclaw-scopes` header names, separated by commas.
 * An empty header lets nothing through; without one there is no cap. Since it only ever narrows, nobody needs to be
 * trusted who sends it.
 */
export function readScopeCap(headers: Readonly<Record<string, string>>): readonly string[] | undefined {
  return headers["x-openclaw-scopes"]?.split(",").map((scope) => scope.trim()).filter((scope) => scope !== "");
}
