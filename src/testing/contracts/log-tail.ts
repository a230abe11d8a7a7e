import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import type { LogPage, LogTail } from "../../ports/log-tail.js";

export interface LogTailRig {
  readonly tail: LogTail;
  write(line: string): void;
  dispose(): Promise<void>;
}

export function logTailContract(name: string, rig: () => Promise<LogTailRig>): void {
  describe(`LogTail: ${name}`, () => {
    let at: LogTailRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());
    const read = (cursor?: number, bounds: { limit?: number; maxBytes?: number } = {}): Promise<LogPage> =>
      at.tail.read({ limit: 100, maxBytes: 10_000, ...bounds, ...(cursor === undefined ? {} : { cursor }) });

    test("a log without lines is an empty page", async () => {
      expect(await read()).toMatchObject({ lines: [], cursor: 0, size: 0, truncated: false, reset: false });
    });

    test("the cursor of a page leads to what came after it", async () => {
      at.write("one");
      at.write("zwölf\n");
      const first = await read();
      expect(first).toMatchObject({ lines: ["one", "zwölf"], cursor: 11, size: 11, truncated: false, reset: false });
      expect(await read(first.cursor)).toMatchObject({ lines: [], cursor: 11, truncated: false });
      at.write("three");
      expect(await read(first.cursor)).toMatchObject({ lines: ["three"], cursor: 17, truncated: false, reset: false });
    });

    test("too many lines or bytes leave out the oldest, and say so", async () => {
      for (let index = 0; index < 9; index += 1) at.write(`line ${index}`);
      expect(await read(undefined, { limit: 2 })).toMatchObject({ lines: ["line 7", "line 8"], cursor: 63, truncated: true });
      expect(await read(7, { limit: 2 })).toMatchObject({ lines: ["line 7", "line 8"], cursor: 63, truncated: true });
      expect(await read(undefined, { maxBytes: 20 })).toMatchObject({ lines: ["line 7", "line 8"], truncated: true });
      expect(await read(undefined, { maxBytes: 21 })).toMatchObject({ lines: ["line 6", "line 7", "line 8"], truncated: true });
      expect(await read(49, { maxBytes: 14, limit: 2 })).toMatchObject({ lines: ["line 7", "line 8"], truncated: false });
    });

    test("a cursor inside a line goes on with the next", async () => {
      for (const line of ["first", "second", "third"]) at.write(line);
      expect((await read(3)).lines).toEqual(["second", "third"]);
    });

    test("a cursor past the end begins anew", async () => {
      at.write("rotated");
      expect(await read(500)).toMatchObject({ lines: ["rotated"], cursor: 8, reset: true, truncated: false });
    });

    test("a line longer than a page is passed by, not waited for", async () => {
      at.write("x".repeat(500));
      const page = await read(0, { maxBytes: 100 });
      expect(page).toMatchObject({ lines: [], cursor: 501, truncated: true });
      at.write("after");
      expect((await read(page.cursor, { maxBytes: 100 })).lines).toEqual(["after"]);
    });
  });
}
