/** How much is left of a part's length once it holds the candidate as well; below 0 where it does not fit in. */
export type Spare<T> = (candidate: T) => number;

/** How much room there is for something: in this part, after what it holds already, and in a part of its own. */
export interface Room<T> {
  readonly here: Spare<T>;
  readonly alone: Spare<T>;
  /** Whether this part holds nothing yet. */
  readonly isFresh: boolean;
}

/** Near enough: a few more characters are not worth another try. */
const TOLERANCE = 8;
const MAX_GUESSES = 6;

interface Tried {
  readonly count: number;
  readonly spare: number;
}

/** The largest count of things that fits, where each smaller one does too. */
export const mostThatFit = (count: number, spareOf: (count: number) => number): number => search(count, spareOf, { first: 1, tolerance: 0 });

/** The same for characters, nearly. */
export function charactersThatFit(length: number, spareOf: (length: number) => number): number {
  return search(length, spareOf, { first: Math.min(length, spareOf(0)), tolerance: TOLERANCE });
}

/** Looks where the limit would be if each took as much room as those tried before did; from some guesses on, in the middle. */
function search(count: number, spareOf: (count: number) => number, { first, tolerance }: { readonly first: number; readonly tolerance: number }): number {
  const none = spareOf(0);
  if (none < 0) return 0;
  let low: Tried = { count: 0, spare: none };
  let high: Tried = { count: count + 1, spare: Number.NEGATIVE_INFINITY };
  let guess = first;
  for (let guesses = 0; high.count - low.count > 1 && low.spare > tolerance; guesses += 1) {
    guess = Math.min(Math.max(guess, low.count + 1), high.count - 1);
    const tried = { count: guess, spare: spareOf(guess) };
    if (tried.spare >= 0) low = tried;
    else high = tried;
    guess = guesses < MAX_GUESSES ? between(low, high, none) : (low.count + high.count) >> 1;
  }
  return low.count;
}

function between(low: Tried, high: Tried, none: number): number {
  if (high.spare !== Number.NEGATIVE_INFINITY) return low.count + Math.floor(((high.count - low.count) * low.spare) / (low.spare - high.spare));
  const each = (none - low.spare) / low.count;
  return each > 0 ? low.count + Math.floor(low.spare / each) : low.count * 2;
}
