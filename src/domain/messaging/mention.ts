const MAX_TEXT = 8_192;
const MAX_NAMES = 16;
const MAX_NAME = 64;
/** A text that is made of nothing but near misses is no call. */
const MAX_MISSES = 500;

const WORD = /[\p{L}\p{N}\p{M}_]/u;
/** Written without blanks between words, so that a name can stand anywhere. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * Whether a text calls somebody by one of these names: as a whole word, without case, however its characters are
 * composed. Sixteen names of up to 64 characters are looked for in the first 8,192 characters; names are compared as
 * texts and never become a pattern, so that none of them can be made slow.
 */
export function mentions(text: string, names: readonly string[]): boolean {
  const folded = fold(text.slice(0, MAX_TEXT));
  return names.slice(0, MAX_NAMES).some((name) => name.length <= MAX_NAME && holdsWord(folded, fold(name.trim())));
}

const fold = (text: string): string => text.normalize("NFKC").toLowerCase().normalize("NFKC");

function holdsWord(text: string, name: string): boolean {
  if (name === "") return false;
  let misses = 0;
  for (let at = text.indexOf(name); at >= 0 && misses < MAX_MISSES; at = text.indexOf(name, at + 1), misses += 1) {
    const end = at + name.length;
    if (isEdge(lastOf(text, at), firstOf(name, 0)) && isEdge(firstOf(text, end), lastOf(name, name.length))) return true;
  }
  return false;
}

/** Whether a word ends between a name's outer character and its neighbour. */
const isEdge = (neighbour: string, own: string): boolean => !WORD.test(neighbour) || !WORD.test(own) || UNSPACED.test(own);

const firstOf = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) ?? 0x20);

/** The character that ends before `at`. */
function lastOf(text: string, at: number): string {
  const whole = at >= 2 ? text.codePointAt(at - 2) ?? 0 : 0;
  return whole > 0xffff ? String.fromCodePoint(whole) : firstOf(text, at - 1);
}
