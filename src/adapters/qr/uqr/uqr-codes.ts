import type { QrCodes } from "../../../ports/qr-codes.js";
import { encodePng } from "./png.js";

/** Pixels per module, and the quiet zone around the code, in modules, that scanners need. */
const SCALE = 6;
const BORDER = 4;

/** QR codes by the `uqr` package, loaded when the first one is drawn. */
export class UqrCodes implements QrCodes {
  async pngDataUrl(text: string): Promise<string> {
    const { encode } = await import("uqr");
    const { data, size } = encode(text, { border: BORDER, ecc: "M" });
    const png = encodePng(size * SCALE, (x, y) => data[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)] === true);
    return `data:image/png;base64,${png.toString("base64")}`;
  }
}
