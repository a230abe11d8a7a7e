/** Control sequences of terminals: CSI, then the string kinds (OSC, DCS, SOS, PM, APC) up to their end, then two-character escapes. */
const ESCAPES = new RegExp(
  [
    "(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]?",
    "(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u0080-\\u009f]*(?:\\u0007|\\u001b\\\\|\\u009c)",
    "\\u001b[ -/]*[0-~]?",
  ].join("|"),
  "gu",
);
/** Breaks read as a space: taking them away would glue two words together. */
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
/**
 * What a reader does not see but a terminal or a page obeys: controls, format characters (bidi, zero-width, tags),
 * halves of surrogate pairs, and the blank letters and marks that Unicode files elsewhere.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\u115f\u1160\u17b4\u17b5\u3164\uffa0]|\u034f|\u180b|\u180c|\u180d|\u180f|[\u{e0100}-\u{e01ef}]|\p{Cs}/gu;

/** What most names are: ASCII without controls, and trimmed already. */
const PLAIN = /^(?:[!-~](?:[ -~]*[!-~])?)?$/u;

/**
 * Text that a stranger chose, made safe to show in a terminal, a log or a page's list: one line without control or
 * escape sequences, bidi overrides or zero-width characters, trimmed, and at most `maxLength` UTF-16 units long
 * (the last one is `…` where something was cut off). May be empty.
 *
 * Letters that look alike stay as they are: the result is for the eye, never for comparing.
 */
export function printable(text: string, maxLength: number): string {
  const plain = PLAIN.test(text) ? text : text.replace(ESCAPES, "").replace(BREAKS, " ").replace(UNSEEN, "").trim();
  if (plain.length <= maxLength) return plain;
  const cut = plain.slice(0, Math.max(maxLength - 1, 0));
  return maxLength < 1 ? "" : `${cut.replace(/\p{Cs}$/u, "")}…`;
}
