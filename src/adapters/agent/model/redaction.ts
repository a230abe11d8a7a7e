const MARK = "[redacted]";

// Keys of well-known shapes, whoever they belong to, and whatever follows the names of the usual headers.
const KEY_SHAPES: readonly RegExp[] = [
  /\b(?:sk|pk|rk|xai|gsk|key|api)[-_][\w*.-]{6,}/giu,
  /\b(?:bearer|basic)\s+[\w.~+/=*-]{6,}/giu,
  /\b(?:x-)?api[-_]?key["']?\s*[:=]\s*["']?[\w.~+/=*-]{4,}/giu,
  /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/gu,
];

const TOKEN_LIKE = /[\w.~+/=-]{8,}/gu;

/**
 * Provider text made fit to be shown: secrets (whole, or a stretch of eight characters and more) replaced, control and
 * formatting characters removed, white space joined, at most `limit` UTF-16 units.
 */
export const cleanText = (text: string, secrets: readonly string[], limit = 200): string => {
  // Enough for any limit asked for here, and it bounds the work that a hostile answer can cause.
  const start = text.slice(0, 8_192);
  // Before anything else: a secret that is broken up by invisible characters must not come together afterwards.
  let clean = start.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replace(/\p{Cf}+/gu, "");
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, MARK);
  for (const shape of KEY_SHAPES) clean = clean.replace(shape, MARK);
  clean = clean.replace(TOKEN_LIKE, (run) => (secrets.some((secret) => sharesStretch(run, secret)) ? MARK : run));
  clean = clean.replace(/\s+/gu, " ").trim();
  if (clean.length <= limit) return clean;
  // Not between the halves of a surrogate pair.
  return `${clean.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/u, "")}…`;
};

const STRETCH = 8;

const sharesStretch = (run: string, secret: string): boolean => {
  for (let at = 0; at + STRETCH <= run.length; at += 1) {
    if (secret.includes(run.slice(at, at + STRETCH))) return true;
  }
  return false;
};
