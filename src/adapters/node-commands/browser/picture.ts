import type { CDPSession } from "playwright-core";
import type { SnapshotWish } from "./params.js";

export type Picture =
  | { readonly kind: "taken"; readonly format: "png" | "jpeg"; readonly base64: string; readonly width: number; readonly height: number }
  | { readonly kind: "too-large" };

/** Of base64: what a message to a model or a small gateway still takes. */
const MAX_LENGTH = 5_000_000;
const TRIES = 5;
const SMALLER = 0.7;

/**
 * The visible part of the page, no wider than was asked for. One that is too large is taken again, smaller each time and
 * a JPEG also coarser, rather than refused.
 */
export async function takePicture(cdp: CDPSession, { format, maxWidth, quality }: SnapshotWish): Promise<Picture> {
  const { cssVisualViewport: view } = await cdp.send("Page.getLayoutMetrics");
  const { clientWidth: width, clientHeight: height, pageX: x, pageY: y } = view;
  let scale = maxWidth === undefined ? 1 : Math.min(1, maxWidth / width);
  let coarseness = quality;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const { data } = await cdp.send("Page.captureScreenshot", {
      format,
      clip: { x, y, width, height, scale },
      ...(format === "jpeg" ? { quality: Math.max(1, Math.round(coarseness)) } : {}),
    });
    if (data.length <= MAX_LENGTH) return { kind: "taken", format, base64: data, width: Math.round(width * scale), height: Math.round(height * scale) };
    scale *= SMALLER;
    coarseness *= SMALLER;
  }
  return { kind: "too-large" };
}
