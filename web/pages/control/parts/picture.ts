import { own } from "../../shared/own.js";
import { isRecord } from "../../shared/schema/kind.js";

const FORMATS: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", webp: "image/webp" };

/** The picture in a command's answer, as an address that an image takes; `undefined` where there is none. */
export function pictureOf(payload: unknown): string | undefined {
  if (!isRecord(payload)) return undefined;
  const { format, base64 } = payload;
  const type = typeof format === "string" ? own(FORMATS, format.toLowerCase()) : undefined;
  return type !== undefined && typeof base64 === "string" && /^[\w+/=-]+$/.test(base64) ? `data:${type};base64,${base64}` : undefined;
}

/** The same answer without what only a picture shows. */
export const withoutPicture = (payload: unknown): unknown =>
  isRecord(payload) && typeof payload["base64"] === "string" ? { ...payload, base64: `… ${Math.round((payload["base64"].length * 3) / 4_096)} KiB` } : payload;
