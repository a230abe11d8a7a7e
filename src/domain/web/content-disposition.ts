/** Longer headers are a stranger's game with patterns. */
const MAX_LENGTH = 4_096;
const PARAMETER = /;\s*(filename\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^";]*)/giu;

/**
 * The file name that a `Content-Disposition` header gives (RFC 6266); the form that says its character set (RFC 8187)
 * wins. A stranger's text: not yet fit to be shown.
 */
export function fileNameOfDisposition(header: string): string | undefined {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of header.slice(0, MAX_LENGTH).matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, unquoted(value.trim()));
  }
  return extended(found.get("filename*") ?? "") ?? (found.get("filename") || undefined);
}

const unquoted = (value: string): string => (value.startsWith("\"") ? value.slice(1, -1).replace(/\\(.)/gsu, "$1") : value);

/** `UTF-8'language'percent-encoded`, or the same in ISO-8859-1. */
function extended(value: string): string | undefined {
  const [, charset = "", encoded = ""] = /^([^']*)'[^']*'(.+)$/u.exec(value) ?? [];
  if (/^iso-8859-1$/iu.test(charset)) return encoded.replace(/%([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return /^utf-8$/iu.test(charset) ? percentDecoded(encoded) : undefined;
}

/** `undefined` for what is not UTF-8. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
