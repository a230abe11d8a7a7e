const MAX_CHARS = 512;
/** Shorter secrets are hidden only where they are the whole value, since ordinary words hold them by chance. */
const MIN_SEARCHED = 8;
const HIDDEN = "[redacted]";

// Controls (with ESC, which starts a terminal's commands), format characters that turn or hide text, line separators and
// lone surrogates: a name of a peer's choosing must neither forge a line nor repaint the terminal that shows it.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One value as a log may hold it: no secret, at most 512 characters, each one visible. */
export function safeText(text: string, secrets: readonly string[]): string {
  if (secrets.includes(text)) return HIDDEN;
  return escape(cut(withoutSecrets(text, secrets.filter((secret) => secret.length >= MIN_SEARCHED))));
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const longest = secrets.reduce((most, secret) => Math.max(most, secret.length), 0);
  const window = text.slice(0, MAX_CHARS + longest + 1);
  // The longest first: one may hold another.
  const replaced = secrets.toSorted((a, b) => b.length - a.length).reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), window);
  // The window may end within a secret, of which a part would show.
  return window.length < text.length ? `${replaced.slice(0, Math.max(0, replaced.length - longest))}…` : replaced;
}

function cut(text: string): string {
  if (text.length <= MAX_CHARS) return text;
  const end = text.charCodeAt(MAX_CHARS - 1) >> 10 === 0xd8_00 >> 10 ? MAX_CHARS - 1 : MAX_CHARS;
  return `${text.slice(0, end)}…`;
}

const escape = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16);
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
  });
