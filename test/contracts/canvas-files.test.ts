import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { FolderCanvasFiles } from "../../src/adapters/canvas-files/folder/index.js";
import { MemoryCanvasFiles } from "../../src/adapters/canvas-files/memory/index.js";
import { canvasFilesContract } from "../../src/testing/contracts/canvas-files.js";

let scratch: string;
let folders = 0;
const fresh = (): string => join(scratch, `canvas-${(folders += 1)}`);

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "canvas-files-"));
});

afterAll(() => rm(scratch, { recursive: true }));

canvasFilesContract("memory", () => new MemoryCanvasFiles());
canvasFilesContract("folder", () => new FolderCanvasFiles(fresh()));

describe("a folder with links in it", () => {
  const withLinks = async (): Promise<{ root: string; outside: string; files: FolderCanvasFiles }> => {
    const [root, outside] = [fresh(), fresh()];
    await Promise.all([mkdir(root), mkdir(outside)]);
    await writeFile(join(outside, "secret"), "kept");
    await symlink(outside, join(root, "way"));
    await symlink(join(outside, "secret"), join(root, "page.html"));
    return { root, outside, files: new FolderCanvasFiles(root) };
  };

  test("nothing is read, listed, written or removed through one", async () => {
    const { outside, files } = await withLinks();
    expect(await files.list(10)).toEqual([]);
    expect(await files.read(["page.html"], 100)).toEqual({ kind: "missing" });
    expect(await files.read(["way", "secret"], 100)).toEqual({ kind: "missing" });
    expect(await files.write(["way", "secret"], "lost")).toBe("blocked");
    expect(await files.remove(["way", "secret"])).toBe(false);
    expect(await files.remove(["page.html"])).toBe(false);
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("kept");
  });

  test("a file takes the place of a link, and what it led to stays", async () => {
    const { root, outside, files } = await withLinks();
    expect(await files.write(["page.html"], "page")).toBe("written");
    expect(await readFile(join(root, "page.html"), "utf8")).toBe("page");
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("kept");
    expect((await readdir(root)).sort()).toEqual(["page.html", "way"]);
  });
});
