const MAX_URL = 2_048;
const WEB = /^https?:\/\/[^\s/?#]/iu;
const CONTACT = /^(?:mailto|tel):[^\s]/iu;
/** What could end a link's markup in some dialect, and what no URL may hold. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\s<>"'`{}|\\^*]/gu;

/** A link that leads out to the web, rather than to a mail program or a phone. */
export const isWebUrl = (url: string): boolean => WEB.test(url);

/**
 * The URL of a link that may be shown, with whatever could break out of a dialect's markup percent-encoded.
 * Undefined for all but http, https, mailto and tel, since what leads into an app or a script is not a link from a
 * model; and for more than 2048 characters.
 */
export function linkUrl(url: string): string | undefined {
  const trimmed = url.trim();
  if (trimmed.length > MAX_URL || !(WEB.test(trimmed) || CONTACT.test(trimmed))) return undefined;
  return trimmed.replace(UNSAFE, percentEncoded);
}

function percentEncoded(char: string): string {
  try {
    return encodeURIComponent(char).replace(/['*]/gu, (kept) => (kept === "*" ? "%2A" : "%27"));
  } catch {
    // Half of a surrogate pair.
    return "%EF%BF%BD";
  }
}
