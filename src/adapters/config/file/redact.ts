import { isSecretName } from "../../../domain/secret-name.js";

export const REDACTED = "__REDACTED__";

/** `maxTokens` counts tokens; `token` is one. Only for numbers, which nobody is sent by mistake otherwise. */
const SECRET_NUMBER_NAME = /(token|password|passphrase|secret|api[-_]?key|private[-_]?key|pin)$/i;
/** Everything under these is hidden: what headers and variables hold cannot be told by their names. */
const SECRET_SECTIONS: ReadonlySet<string> = new Set(["headers", "env"]);
/** Shorter ones are words that other texts hold by chance. */
const MIN_SEARCHED = 8;

/** Every text in a configuration that {@link redact} would hide, for those that must recognise one elsewhere. */
export function secretsIn(value: unknown): readonly string[] {
  const found = new Set<string>();
  visit(value, { key: "", hidden: false }, (text) => void found.add(text));
  return [...found];
}

/** A copy with every secret replaced, also where one of `known` appears within another text. */
export function redact(value: unknown, known: readonly string[] = []): unknown {
  const searched = [...known, ...secretsIn(value)].filter((text) => text.length >= MIN_SEARCHED);
  const cleaned = (text: string): string =>
    searched.some((secret) => text.includes(secret)) ? REDACTED : text.replace(/(:\/\/)[^/?#\s@]+@/g, `$1${REDACTED}@`);
  return copy(value, { key: "", hidden: false }, cleaned);
}

/** Whether a comment of a file's text may hold a secret, such as a token that was switched off by it. */
export const isTelling = (raw: string): boolean => (raw.match(/\/\/.*|\/\*[\s\S]*?\*\//g) ?? []).some(isSecretName);

interface Place {
  readonly key: string;
  readonly hidden: boolean;
}

const within = (place: Place, key: string): Place =>
  ({ key, hidden: place.hidden || isSecretName(key) || SECRET_SECTIONS.has(key) });

const isSecret = (value: unknown, place: Place): value is string | number =>
  (typeof value === "string" && value !== "" && place.hidden)
  || (typeof value === "number" && SECRET_NUMBER_NAME.test(place.key));

function visit(value: unknown, place: Place, tell: (secret: string) => void): void {
  if (isSecret(value, place)) tell(String(value));
  else if (Array.isArray(value)) for (const item of value) visit(item, place, tell);
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) visit(item, within(place, key), tell);
  }
}

function copy(value: unknown, place: Place, cleaned: (text: string) => string): unknown {
  if (isSecret(value, place)) return REDACTED;
  if (typeof value === "string") return cleaned(value);
  if (Array.isArray(value)) return value.map((item) => copy(item, place, cleaned));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, within(place, key), cleaned)]));
}
