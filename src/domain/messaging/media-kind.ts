import type { MediaKind } from "./abilities.js";
import { isVagueType, parseMimeType } from "./media-type.js";

/** Pictures that every platform shows as such. Others, SVG and HEIC among them, arrive intact only as files. */
const SHOWN_IMAGES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp"]);

const BY_EXTENSION: Readonly<Record<string, MediaKind>> = {
  png: "image", jpg: "image", jpeg: "image", gif: "image", webp: "image",
  mp3: "audio", m4a: "audio", ogg: "audio", oga: "audio", opus: "audio", wav: "audio", aac: "audio", flac: "audio", amr: "audio",
  mp4: "video", m4v: "video", mov: "video", webm: "video", mkv: "video", "3gp": "video",
};

/**
 * As what a file is sent. Its type decides; where that says nothing, its name's ending does. A recording counts as
 * `voice` only if the sender says so: no file tells by itself.
 */
export function mediaKindOf(mimeType: string | undefined, fileName: string | undefined, { voice = false }: { readonly voice?: boolean } = {}): MediaKind {
  const type = parseMimeType(mimeType ?? "");
  const kind = type === undefined || isVagueType(type) ? kindOfName(fileName ?? "") : kindOfType(type);
  return kind === "audio" && voice ? "voice" : kind;
}

function kindOfType(mimeType: string): MediaKind {
  if (SHOWN_IMAGES.has(mimeType)) return "image";
  if (mimeType.startsWith("audio/") || mimeType === "application/ogg") return "audio";
  return mimeType.startsWith("video/") ? "video" : "file";
}

function kindOfName(fileName: string): MediaKind {
  const extension = /\.([a-z0-9]{1,5})$/iu.exec(fileName)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(BY_EXTENSION, extension) ? (BY_EXTENSION[extension] ?? "file") : "file";
}
