import { describe, expect, test } from "./kit.js";
import type { CanvasFiles } from "../../ports/canvas-files.js";

const MAX = 1_000;

/** What every place for the canvas's files promises. `create` opens an empty one. */
export function canvasFilesContract(name: string, create: () => CanvasFiles | Promise<CanvasFiles>): void {
  describe(`CanvasFiles: ${name}`, () => {
    test("where nothing was written, there is nothing", async () => {
      const files = await create();
      expect(await files.list(10)).toEqual([]);
      expect(await files.read(["index.html"], MAX)).toEqual({ kind: "missing" });
      expect(await files.remove(["index.html"])).toBe(false);
    });

    test("what was written last is read back, and listed by path", async () => {
      const files = await create();
      expect(await files.write(["b", "page.html"], "first")).toBe("written");
      expect(await files.write(["b", "page.html"], "zwei, ü")).toBe("written");
      expect(await files.write(["a.txt"], "")).toBe("written");
      expect(await files.read(["b", "page.html"], MAX)).toEqual({ kind: "text", text: "zwei, ü" });
      expect(await files.list(10)).toEqual([{ path: "a.txt", bytes: 0 }, { path: "b/page.html", bytes: 8 }]);
      expect(await files.list(1)).toHaveLength(1);
    });

    test("what is larger than asked for is not read", async () => {
      const files = await create();
      await files.write(["big"], "x".repeat(MAX + 1));
      expect(await files.read(["big"], MAX)).toEqual({ kind: "too-large", bytes: MAX + 1 });
      expect(await files.read(["big"], MAX + 1)).toMatchObject({ kind: "text" });
    });

    test("a file is no folder, and a folder no file", async () => {
      const files = await create();
      await files.write(["a"], "file");
      await files.write(["b", "c"], "file");
      expect(await files.write(["a", "below"], "x")).toBe("blocked");
      expect(await files.write(["b"], "x")).toBe("blocked");
      expect(await files.read(["b"], MAX)).toEqual({ kind: "missing" });
      expect(await files.read(["a", "below"], MAX)).toEqual({ kind: "missing" });
      expect(await files.remove(["b"])).toBe(false);
      expect(await files.list(10)).toEqual([{ path: "a", bytes: 4 }, { path: "b/c", bytes: 4 }]);
    });

    test("what was removed is gone", async () => {
      const files = await create();
      await files.write(["a"], "file");
      expect(await files.remove(["a"])).toBe(true);
      expect(await files.remove(["a"])).toBe(false);
      expect(await files.list(10)).toEqual([]);
    });
  });
}
