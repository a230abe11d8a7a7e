const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/u;
/** What a reader does not see, or sees as something else: controls, line ends, format characters, halves of pairs. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u;
const AMBIGUOUS = /[\s'"\\]/u;
const NAMED: Readonly<Record<string, string>> = { "\n": String.raw`\n`, "\r": String.raw`\r`, "\t": String.raw`\t`, "\\": String.raw`\\`, "'": String.raw`\'` };

/**
 * A command as a person reads it: the words as a shell would take them, so that no two lists of words read alike, on one
 * line, with nothing in it that an eye does not see.
 */
export const renderCommand = (argv: readonly string[]): string => argv.map(renderWord).join(" ");

function renderWord(word: string): string {
  if (PLAIN_WORD.test(word)) return word;
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${Array.from(word, escaped).join("")}'`;
}

function escaped(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  if (!UNSEEN.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  const digits = point.toString(16);
  return point > 0xffff ? String.raw`\U${digits.padStart(8, "0")}` : String.raw`\u${digits.padStart(4, "0")}`;
}

/** The shells that clients put around a line of text. Only these: `sh` from a folder of somebody's is any program. */
const SHELLS: readonly (readonly string[])[] = [
  ["/bin/sh", "-c"], ["/bin/sh", "-lc"], ["/bin/bash", "-c"], ["/bin/bash", "-lc"], ["/bin/zsh", "-c"], ["/bin/zsh", "-lc"],
  ["cmd.exe", "/d", "/s", "/c"],
];

/** Whether these words are a shell that is given this text to run. */
const isShellLine = (argv: readonly string[], text: string): boolean =>
  SHELLS.some((shell) => argv.length === shell.length + 1 && shell.every((word, nth) => argv[nth] === word) && argv.at(-1) === text);

/**
 * Whether running these words is what the text says. Clients that know no list of words send a text: as the shell's line,
 * as words between spaces where no word could be read otherwise, or as {@link renderCommand} writes it.
 */
export const saysTheSame = (argv: readonly string[], text: string): boolean =>
  isShellLine(argv, text) || renderCommand(argv) === text || (argv.join(" ") === text && argv.every((word) => word !== "" && !AMBIGUOUS.test(word) && !UNSEEN.test(word)));
