/** The longest type and subtype that RFC 6838 allows, with the slash. */
const MAX_LENGTH = 255;
const MIME_TYPE = /^[\t ]*([a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+)[\t ]*(?:;|,|$)/iu;

/** The type and subtype of a media type in lower case, its parameters left out; `undefined` for what is none. */
export function parseMimeType(text: string): string | undefined {
  const found = MIME_TYPE.exec(text.slice(0, MAX_LENGTH + 1))?.[1];
  return found === undefined || found.length > MAX_LENGTH ? undefined : found.toLowerCase();
}

/** Types by which a server says that it does not know. */
const VAGUE: ReadonlySet<string> = new Set([
  "application/octet-stream", "binary/octet-stream", "application/download", "application/force-download", "application/x-download",
  "application/unknown", "application/x-unknown", "unknown/unknown",
]);

export const isVagueType = (mimeType: string | undefined): boolean => mimeType === undefined || VAGUE.has(mimeType);

/** How many bytes {@link sniffMimeType} looks at. */
export const SNIFF_BYTES = 64;

/* oxlint-disable no-control-regex -- control characters are how these formats are told from text */
/** Beginnings of files, in Latin-1. A format's marks are where its specification puts them. */
const SIGNATURES: readonly (readonly [mimeType: string, pattern: RegExp])[] = [
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
  ["audio/wav", /^RIFF[^]{4}WAVE/],
  ["application/pdf", /^%PDF-/],
  ["video/ogg", /^OggS[^]{24}\x80theora/],
  ["audio/ogg", /^OggS/],
  ["audio/mp4", /^[^]{4}ftypM4[AB] /],
  ["video/quicktime", /^[^]{4}ftypqt {2}/],
  ["image/avif", /^[^]{4}ftypavi[fs]/],
  ["image/heic", /^[^]{4}ftyp(?:hei[cmsx]|mif1)/],
  ["video/3gpp", /^[^]{4}ftyp3g/],
  ["video/mp4", /^[^]{4}ftyp/],
  ["video/webm", /^\x1aE\xdf\xa3[^]*webm/],
  ["audio/amr", /^#!AMR(?:-WB)?\n/],
  ["audio/flac", /^fLaC/],
  // With a tag; or a frame of layer III, with a bit rate that exists.
  ["audio/mpeg", /^ID3|^\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]/],
  ["audio/aac", /^\xff[\xf0\xf1\xf8\xf9]/],
  ["application/zip", /^PK\x03\x04/],
];
/* oxlint-enable no-control-regex */

/** What a file is by its first bytes, for the kinds that people send each other. `undefined` says nothing about it. */
export function sniffMimeType(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, SNIFF_BYTES));
  return SIGNATURES.find(([, pattern]) => pattern.test(text))?.[0];
}
