export interface PictureFacts {
  readonly format: "jpg" | "png";
  readonly width: number;
  readonly height: number;
}

/** What a picture's own bytes say of it; `undefined` for what is none of these kinds. */
export function pictureFacts(bytes: Buffer): PictureFacts | undefined {
  if (bytes.length > 24 && bytes.readUInt32BE(0) === 0x89504e47) return { format: "png", width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  return bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8 ? jpegFacts(bytes) : undefined;
}

/** Markers that begin a frame; the others between C0 and CF are tables. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegFacts(bytes: Buffer): PictureFacts | undefined {
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (isFrame(marker)) return { format: "jpg", height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    // Fill bytes between two segments.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

export interface FilmFacts {
  readonly format: "mp4" | "webm";
  readonly hasAudio: boolean;
}

export function filmFacts(bytes: Buffer): FilmFacts | undefined {
  if (bytes.length > 12 && bytes.toString("latin1", 4, 8) === "ftyp") return { format: "mp4", hasAudio: bytes.includes("soun") };
  if (bytes.length > 4 && bytes.readUInt32BE(0) === 0x1a45dfa3) return { format: "webm", hasAudio: bytes.includes("A_OPUS") || bytes.includes("A_VORBIS") };
  return undefined;
}
