/** The named references that models write; any other stays as it is written. */
const NAMED: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", ensp: "\u2002", emsp: "\u2003", thinsp: "\u2009", shy: "\u00ad",
  copy: "©", reg: "®", trade: "™", deg: "°", plusmn: "±", micro: "µ", para: "¶", sect: "§", middot: "·", bull: "•", hellip: "…",
  ndash: "–", mdash: "—", lsquo: "‘", rsquo: "’", sbquo: "‚", ldquo: "“", rdquo: "”", bdquo: "„", laquo: "«", raquo: "»",
  larr: "←", uarr: "↑", rarr: "→", darr: "↓", harr: "↔", times: "×", divide: "÷", minus: "−", ne: "≠", le: "≤", ge: "≥", asymp: "≈",
  infin: "∞", sum: "∑", radic: "√", pi: "π", frac12: "½", frac14: "¼", frac34: "¾", sup2: "²", sup3: "³", euro: "€", pound: "£", yen: "¥", cent: "¢", check: "✓",
};
const REFERENCE = /&(?:#(?<decimal>\d{1,7})|#[xX](?<hex>[0-9a-fA-F]{1,6})|(?<name>[a-zA-Z][a-zA-Z0-9]{1,7}));/gu;

/** Text with its character references (`&amp;`, `&#8230;`) resolved, each once. */
export function resolved(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (written: string, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? written) : written;
    return character(decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal));
  });
}

const character = (code: number): string => {
  const isText = code === 9 || code === 10 || (code >= 32 && code < 127) || (code >= 160 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff));
  return isText ? String.fromCodePoint(code) : "\u{fffd}";
};
