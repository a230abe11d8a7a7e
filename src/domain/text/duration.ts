export const DURATION_PATTERN = "^[0-9]{1,9}(ms|s|m|h|d)$";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `"30m"` in milliseconds; `undefined` for all that is not exactly a whole number and a unit. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined;
  const unit = text.replace(/^[0-9]+/, "");
  const size = UNIT_MS[unit];
  return size === undefined ? undefined : Number.parseInt(text, 10) * size;
}
