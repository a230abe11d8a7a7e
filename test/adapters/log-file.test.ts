import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileLogTail } from "../../src/adapters/log/file/file-log-tail.js";
import { RollingLogFile } from "../../src/adapters/log/file/rolling-log-file.js";
import { MemoryLogTail } from "../../src/adapters/storage/memory/memory-log-tail.js";

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "log-"));
  path = join(dir, "gateway.log");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("RollingLogFile", () => {
  test("a full file moves aside once, whole lines in each, nothing lost between", async () => {
    const log = new RollingLogFile({ path, maxBytes: 100 });
    for (let index = 10; index < 40; index += 1) log.write(`line ${index}`);
    await log.close();
    expect((await readdir(dir)).sort()).toEqual(["gateway.log", "gateway.log.1"]);
    const texts = await Promise.all([readFile(`${path}.1`, "utf8"), readFile(path, "utf8")]);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(100);
    const lines = texts.join("").trimEnd().split("\n");
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => `line ${40 - lines.length + index}`));
    expect(log.dropped).toBe(0);
  });

  test("a line is in the file when write returns, one for each call, readable by its owner only", async () => {
    await writeFile(path, "cut off by a cra", { mode: 0o644 });
    await chmod(path, 0o644);
    const log = new RollingLogFile({ path });
    log.write('{"message":"whole"}\n');
    log.write("forged\r\n2026 another line\n");
    expect(await readFile(path, "utf8")).toBe('cut off by a cra\n{"message":"whole"}\nforged 2026 another line\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await log.close();
    log.write("late");
    await log.close();
    expect(await readFile(path, "utf8")).not.toContain("late");
  });

  test("a log that can't be written loses lines, never the writer", async () => {
    await mkdir(path);
    const log = new RollingLogFile({ path });
    log.write("lost");
    expect(log.dropped).toBe(1);
    expect(() => log.open()).toThrow();
    await rm(path, { recursive: true });
    log.write("found");
    await log.close();
    expect(await readFile(path, "utf8")).toBe("found\n");
  });

  test("a link in the log's place is not written through", async () => {
    await writeFile(join(dir, "precious"), "keep");
    await symlink(join(dir, "precious"), path);
    new RollingLogFile({ path }).write("overwrite");
    expect(await readFile(join(dir, "precious"), "utf8")).toBe("keep");
  });

  test("a file that can't be moved aside goes on growing", async () => {
    await mkdir(`${path}.1/in-the-way`, { recursive: true });
    const log = new RollingLogFile({ path, maxBytes: 10 });
    for (const line of ["first", "second", "third"]) log.write(line);
    await log.close();
    expect(await readFile(path, "utf8")).toBe("first\nsecond\nthird\n");
  });
});

describe("FileLogTail", () => {
  test("a line that is still being written waits for its end", async () => {
    const tail = new FileLogTail({ path });
    await writeFile(path, "whole\nhal");
    const page = await tail.read({ limit: 10, maxBytes: 1_000 });
    expect(page).toMatchObject({ lines: ["whole"], cursor: 6, size: 9 });
    expect(await tail.read({ cursor: page.cursor, limit: 10, maxBytes: 1_000 })).toMatchObject({ lines: [], cursor: 6 });
    await appendFile(path, "f\n");
    expect(await tail.read({ cursor: page.cursor, limit: 10, maxBytes: 1_000 })).toMatchObject({ lines: ["half"], cursor: 11 });
  });

  test("following a log that rolls gives every line after the roll", async () => {
    const log = new RollingLogFile({ path, maxBytes: 50 });
    const tail = new FileLogTail({ path });
    for (let index = 0; index < 6; index += 1) log.write(`line ${index}`);
    const { cursor } = await tail.read({ limit: 10, maxBytes: 1_000 });
    for (let index = 6; index < 9; index += 1) log.write(`line ${index}`);
    expect(await tail.read({ cursor, limit: 10, maxBytes: 1_000 })).toMatchObject({ lines: ["line 7", "line 8"], reset: true });
    await log.close();
  });
});

test("MemoryLogTail keeps the newest lines and says what it left out", async () => {
  const tail = new MemoryLogTail({ capacity: 3 });
  for (let index = 0; index < 11; index += 1) tail.write(`${index % 10}`);
  expect(await tail.read({ limit: 10, maxBytes: 1_000 })).toMatchObject({ lines: ["8", "9", "0"], truncated: true, cursor: 22 });
});
