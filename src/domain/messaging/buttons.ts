import type { Button } from "./outbound.js";

/** As much as every platform brings back. */
const MAX_DATA_BYTES = 64;
const MAX_URL_LENGTH = 2_048;

/** A button as a program asks for it. */
export interface ButtonAsk {
  readonly text: string;
  readonly data?: string | undefined;
  readonly url?: string | undefined;
}

/** The buttons, or why they are none: a clause for whoever asked. */
export function readButtons(rows: readonly (readonly ButtonAsk[])[]): readonly (readonly Button[])[] | { readonly problem: string } {
  for (const { text, data, url } of rows.flat()) {
    if (text.trim() === "") return { problem: "a button needs a text" };
    if ((data === undefined) === (url === undefined)) return { problem: "a button has either data, which comes back when it is pressed, or a url" };
    if (data !== undefined && (data === "" || utf8Length(data) > MAX_DATA_BYTES)) return { problem: `a button's data has 1 to ${MAX_DATA_BYTES} bytes` };
    if (url !== undefined && (!/^https:\/\/[^\s/]/iu.test(url) || url.length > MAX_URL_LENGTH)) return { problem: "a button's url begins with https://" };
  }
  return rows.map((row) => row.map(({ text, data, url }) => ({ label: text.trim(), ...(data === undefined ? {} : { data }), ...(url === undefined ? {} : { url }) })));
}

const utf8Length = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
};
