import { createRequire } from "node:module";
import { crc32, inflateSync } from "node:zlib";
import { UqrCodes } from "../../src/adapters/qr/uqr/index.js";
import { qrCodesContract } from "../../src/testing/contracts/qr-codes.js";

type Scan = (data: Uint8ClampedArray, width: number, height: number) => { readonly data: string } | null;

const { default: scan } = createRequire(import.meta.url)("jsqr") as { readonly default: Scan };

/** Reads a PNG of one bit per pixel without filters, its checksums included, and scans it. */
function read(png: Buffer): string | undefined {
  const parts = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    if (crc32(body) !== png.readUInt32BE(at + 8 + length)) throw new Error("a checksum is wrong");
    parts.set(body.subarray(0, 4).toString("latin1"), body.subarray(4));
    at += length + 12;
  }
  const size = parts.get("IHDR")?.readUInt32BE(0) ?? 0;
  const rows = inflateSync(parts.get("IDAT") ?? Buffer.alloc(0));
  const stride = 1 + Math.ceil(size / 8);
  const pixels = new Uint8ClampedArray(size * size * 4);
  for (let index = 0; index < size * size; index += 1) {
    const [x, y] = [index % size, Math.floor(index / size)];
    const lit = ((rows[y * stride + 1 + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1;
    pixels.set([lit * 255, lit * 255, lit * 255, 255], index * 4);
  }
  return scan(pixels, size, size)?.data;
}

qrCodesContract("uqr", () => new UqrCodes(), (png) => read(png) ?? "nothing was read");
