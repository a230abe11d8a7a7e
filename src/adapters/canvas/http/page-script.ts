/** How far into a page its head is looked for. */
const HEAD_WITHIN = 64 * 1024;
const HEAD = /<head(?:\s[^>]*)?>/i;
const OPENING = /<!doctype[^>]*>|<html(?:\s[^>]*)?>/gi;

/**
 * A page with a script in its head, ahead of all of the page's own. The rest stays byte for byte: where it is no UTF-8,
 * it is as wrong as before.
 */
export function withScript(page: Buffer, { src, live }: { readonly src: string; readonly live: boolean }): Buffer {
  const start = page.toString("latin1", 0, HEAD_WITHIN);
  const at = endOf(HEAD.exec(start)) ?? endOf([...start.matchAll(OPENING)].at(-1)) ?? 0;
  const script = Buffer.from(`<script src="${src}"${live ? " data-live" : ""}></script>`, "latin1");
  return Buffer.concat([page.subarray(0, at), script, page.subarray(at)]);
}

const endOf = (match: RegExpMatchArray | null | undefined): number | undefined => (match?.index === undefined ? undefined : match.index + match[0].length);
