import { describe, expect, test } from "./kit.js";
import type { QrCodes } from "../../ports/qr-codes.js";

/** What every maker of QR codes promises. `read` gives back the text of a picture, as a scanner would. */
export function qrCodesContract(name: string, create: () => QrCodes, read: (png: Buffer) => string | Promise<string>): void {
  describe(`QrCodes: ${name}`, () => {
    const pngOf = async (text: string): Promise<Buffer> => {
      const [, base64 = ""] = /^data:image\/png;base64,([A-Za-z0-9+/]+=*)$/.exec(await create().pngDataUrl(text)) ?? [];
      return Buffer.from(base64, "base64");
    };

    test.each(["a", "oc-pair://eyJ1cmwiOiJ3czovLzE5Mi4wLjIuMToxODc4OSJ9", "x".repeat(600)])("a scanner reads back what was put in: %.40s", async (text) => {
      expect(await read(await pngOf(text))).toBe(text);
    });

    test("what no code can hold is refused", async () => {
      await expect(create().pngDataUrl("x".repeat(3000))).rejects.toThrow();
    });
  });
}
