/** What of a host decides how its paths compare. */
export interface PathRules {
  /** The folder that a leading `~` stands for, with slashes. */
  readonly home: string;
  /** File names that differ in case alone are one file. */
  readonly ignoresCase: boolean;
}

export type PatternProblem = "empty" | "too-long" | "not-absolute" | "not-plain";

const MAX_LENGTH = 1024;
const ABSOLUTE = /^(?:~?\/|[A-Za-z]:\/)/u;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/** Backslashes become slashes where a drive letter says that they are none of a name. */
const withSlashes = (path: string): string => (/^(?:[A-Za-z]:|~)?\\/u.test(path) ? path.replaceAll("\\", "/") : path);

/**
 * What is wrong with a pattern, if anything. It is an absolute path, or one below `~`, of which a part may be `*` for
 * any characters of a name, `?` for one of them, and `**` alone between slashes for any folders. A name alone would be
 * whatever file is found first under it, so it is none.
 */
export function problemOfPattern(pattern: string): PatternProblem | undefined {
  if (pattern.trim() === "") return "empty";
  if (pattern.length > MAX_LENGTH) return "too-long";
  const path = withSlashes(pattern);
  if (!ABSOLUTE.test(path)) return "not-absolute";
  const steps = path.split("/").slice(1);
  return UNSEEN.test(path) || steps.some((step) => step === "" || step === "." || step === "..") ? "not-plain" : undefined;
}

export const isGlob = (pattern: string): boolean => /[*?]/u.test(pattern);

function stepsOf(path: string, { home, ignoresCase }: PathRules): readonly string[] {
  const slashed = withSlashes(path);
  const whole = slashed.startsWith("~/") ? `${withSlashes(home).replace(/\/$/u, "")}${slashed.slice(1)}` : slashed;
  return (ignoresCase ? whole.toLowerCase() : whole).split("/");
}

/** Whether a pattern means this absolute path. One that has a {@link problemOfPattern} means none. Takes time in proportion to the two lengths multiplied, whatever they are. */
export function matchesPath(pattern: string, path: string, rules: PathRules): boolean {
  if (problemOfPattern(pattern) !== undefined) return false;
  return matchesList(stepsOf(pattern, rules), stepsOf(path, rules), { isMany: (step) => step === "**", fits: fitsStep });
}

/** Whether two literal paths are one and the same. */
export const isSamePath = (one: string, other: string, rules: PathRules): boolean => stepsOf(one, rules).join("/") === stepsOf(other, rules).join("/");

const fitsStep = (pattern: string, name: string): boolean =>
  matchesList([...pattern], [...name], { isMany: (sign) => sign === "*", fits: (sign, letter) => sign === "?" || sign === letter });

interface Signs {
  /** Stands for any number, none as well. */
  isMany(sign: string): boolean;
  fits(sign: string, item: string): boolean;
}

/** Both levels are the same walk: on a mismatch, back to the last sign for many, which takes one item more. */
function matchesList(signs: readonly string[], items: readonly string[], { isMany, fits }: Signs): boolean {
  let [sign, item, lastMany, taken] = [0, 0, -1, 0];
  while (item < items.length) {
    const [wanted, given] = [signs[sign], items[item] ?? ""];
    if (wanted !== undefined && isMany(wanted)) {
      lastMany = sign;
      taken = item;
      sign += 1;
    } else if (wanted !== undefined && fits(wanted, given)) {
      sign += 1;
      item += 1;
    } else if (lastMany >= 0) {
      taken += 1;
      item = taken;
      sign = lastMany + 1;
    } else return false;
  }
  return signs.slice(sign).every((left) => isMany(left));
}
