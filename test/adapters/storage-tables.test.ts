import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { crc32 } from "node:zlib";

import { build } from "esbuild";
import fc from "fast-check";

import { FileMediaStore } from "../../src/adapters/storage/file/file-media-store.js";
import { FileRecordStore } from "../../src/adapters/storage/file/file-record-store.js";
import type { LogFields } from "../../src/ports/log.js";
import { aPhoto, bytesOf } from "../../src/testing/contracts/media-store.js";
import { change, count, parseRecordSample, type RecordSample } from "../../src/testing/contracts/record-store.js";
import { HandClock } from "../../src/testing/hand-clock.js";

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const sealed = (json: string): string => `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
const diskError = (code: string): Error => Object.assign(new Error(code), { code });

type Store = FileRecordStore<RecordSample>;

let dir: string;
let path: string;
const opened = new Set<Store>();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "tables-"));
  path = join(dir, "tables", "sample.jsonl");
});
afterEach(async () => {
  for (const store of opened) await store.close();
  opened.clear();
  await rm(dir, { recursive: true, force: true });
});

const openTable = async (options: { compactAboveBytes?: number; log?: { warn(message: string, fields?: LogFields): void } } = {}): Promise<Store> => {
  const { log, ...rest } = options;
  const silent = { debug: () => undefined, info: () => undefined, error: () => undefined };
  const store = new FileRecordStore({ path, parse: parseRecordSample, ...rest, ...(log ? { log: { ...silent, ...log } } : {}) });
  await store.open();
  opened.add(store);
  return store;
};
const reopen = async (store: Store): Promise<Store> => {
  await store.close();
  return openTable();
};
const plant = async (content: string | Uint8Array): Promise<void> => {
  await mkdir(join(dir, "tables"), { recursive: true });
  await writeFile(path, content);
};
const linesOf = async (): Promise<readonly string[]> => (await readFile(path, "utf8")).split("\n").slice(0, -1);

/** Lets one of the next calls on any open file fail as a disk would, after it has done `half` of it. Others work. */
async function breakDisk(method: "datasync" | "sync" | "truncate" | "write", { code = "ENOSPC", call = 1, half = false } = {}): Promise<void> {
  const probe = await open(dir, "r");
  const prototype = Object.getPrototypeOf(probe) as Record<string, (...args: unknown[]) => Promise<unknown>>;
  await probe.close();
  const real = prototype[method]!;
  let calls = 0;
  prototype[method] = async function (this: FileHandle, ...args: unknown[]): Promise<unknown> {
    calls += 1;
    if (calls < call) return real.apply(this, args);
    mend();
    if (half) await real.call(this, args[0], args[1], Math.ceil((args[2] as number) / 2), args[3]);
    throw diskError(code);
  };
  const mend = (): void => {
    prototype[method] = real;
    mends.delete(mend);
  };
  mends.add(mend);
}
const mends = new Set<() => void>();
afterEach(() => mends.forEach((mend) => mend()));

describe("a table on disk", () => {
  test("is closed to others, also where it was open to them, and stays so", async () => {
    await (await openTable()).close();
    await chmod(path, 0o644);
    await chmod(join(dir, "tables"), 0o755);
    const store = await openTable();
    expect([await modeOf(path), await modeOf(join(dir, "tables"))]).toEqual([0o600, 0o700]);
    await count(store);
    await store.compact();
    expect([await modeOf(path), await readdir(join(dir, "tables"))]).toEqual([0o600, ["sample.jsonl"]]);
  });

  test("updates that wait share one write, up to 64", async () => {
    const store = await openTable();
    await Promise.all(Array.from({ length: 130 }, () => count(store)));
    expect(await linesOf()).toHaveLength(1 + 3);
    await store.update(() => ({ changes: new Map([["never", undefined]]), value: 0 }));
    expect(await linesOf()).toHaveLength(1 + 3);
  });

  test("an update with a record that could not be read again has no effect and harms no other", async () => {
    const store = await openTable();
    const odd = change(store, { ok: { n: 1 }, odd: { n: "one" } as unknown as RecordSample });
    const [refused, taken] = await Promise.allSettled([odd, change(store, { b: { n: 2 } })]);
    expect([refused.status, taken.status]).toEqual(["rejected", "fulfilled"]);
    expect([...(await reopen(store)).view().keys()]).toEqual(["b"]);
  });

  test("50,000 records are read as they were written", async () => {
    const store = await openTable();
    const keys = Array.from({ length: 50_000 }, (_, n) => `key-${(n * 7_919) % 50_000}`);
    await store.update(() => ({ changes: new Map(keys.map((key, n) => [key, { n }])), value: 0 }));
    await store.compact();
    const { view } = await reopen(store).then((again) => ({ view: [...again.view()] }));
    expect(view.length).toBe(50_000);
    expect(view.every(([key, value], n) => key === keys[n] && value?.n === n)).toBe(true);
  });

  test("what a killed writer left half-done is swept, and only that", async () => {
    await mkdir(join(dir, "tables"));
    for (const name of [".sample.jsonl.0123456789abcdef.tmp", ".other.jsonl.0123456789abcdef.tmp"]) await writeFile(join(dir, "tables", name), "{");
    await openTable();
    expect((await readdir(join(dir, "tables"))).toSorted()).toEqual([".other.jsonl.0123456789abcdef.tmp", "sample.jsonl"]);
  });

  test("links are not followed, a FIFO hangs nobody, a folder is no file", async () => {
    const secret = join(dir, "secret");
    await writeFile(secret, "secret", { mode: 0o644 });
    await mkdir(join(dir, "tables"));
    await symlink(secret, path);
    await expect(openTable()).rejects.toMatchObject({ name: "StateFileError", file: path, problem: "outside" });
    expect([await modeOf(secret), await readFile(secret, "utf8")]).toEqual([0o644, "secret"]);
    await rm(path);
    spawnSync("mkfifo", [path]);
    await expect(openTable()).rejects.toMatchObject({ name: "StateFileError", file: path, problem: "damaged" });
    await rm(path);
    await mkdir(path);
    await expect(openTable()).rejects.toMatchObject({ name: "StateFileError", file: path, problem: "damaged" });
  });
});

describe("a torn table", () => {
  /** The bytes of a table with three commits, where each line ends, and what the table held then. */
  const torn = async (): Promise<{ whole: Buffer; ends: readonly number[]; states: readonly (readonly unknown[])[] }> => {
    const store = await openTable();
    const ends = [(await stat(path)).size];
    const states: unknown[][] = [[]];
    for (const records of [{ a: { n: 1, note: "zwölf" }, b: null }, { a: undefined, c: { n: 3 } }, { b: { n: 2 }, d: { n: 4, note: "the last" } }]) {
      await change(store, records);
      ends.push((await stat(path)).size);
      states.push([...store.view()]);
    }
    await store.close();
    return { whole: await readFile(path), ends, states };
  };

  test("cut off at any byte, it has what was whole, is left alone until the next write, and goes on", async () => {
    const { whole, ends, states } = await torn();
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(path, whole);
      await truncate(path, length);
      const left = await readFile(path);
      if (length < ends[0]!) {
        await expect(openTable()).rejects.toMatchObject({ name: "StateFileError", file: path, problem: "damaged" });
        expect(await readFile(path)).toEqual(left);
        continue;
      }
      const store = await openTable();
      const state = states[ends.findLastIndex((end) => end <= length)]!;
      expect([length, [...store.view()]]).toEqual([length, state]);
      expect(await readFile(path)).toEqual(left);
      await change(store, { after: { n: 9 } });
      expect([...(await reopen(store)).view()]).toEqual([...state, ["after", { n: 9 }]]);
    }
  }, 60_000);

  test("blocks of the last write that never reached the disk are a tear, whatever else of it did", async () => {
    const { whole, ends, states } = await torn();
    const [start, end] = [ends[2]!, ends[3]!];
    for (let from = start; from < end; from += 1) {
      for (const to of [end, end - 1, Math.min(end, from + 7)]) {
        const zeroed = Buffer.from(whole).fill(0, from, Math.max(to, from + 1));
        await writeFile(path, zeroed);
        const store = await openTable();
        expect([...store.view()]).toEqual(states[2]);
        expect(await readFile(path)).toEqual(zeroed);
        // Shorter than the tear: nothing of that may be left behind it.
        await change(store, { e: null });
        expect([...(await reopen(store)).view()]).toEqual([...states[2]!, ["e", null]]);
      }
    }
  }, 60_000);

  test("a byte that changed anywhere before is damage: the line is named, the file left alone, nothing quoted", async () => {
    const { whole, ends } = await torn();
    for (let at = 0; at < whole.length - 1; at += 1) {
      // A NUL in the last line, or in the break before it, may as well be a tear.
      for (const byte of at < ends[2]! - 1 ? [whole[at]! ^ 0x01, 0] : [whole[at]! ^ 0x01]) {
        const damaged = Buffer.from(whole).fill(byte, at, at + 1);
        await writeFile(path, damaged);
        const line = ends.findIndex((end) => at < end) + 1;
        const refusal = await openTable().catch((error: Error) => error);
        expect([at, refusal]).toMatchObject([at, { name: "StateFileError", file: path, problem: "damaged", message: `${path} is damaged: line ${line}` }]);
        expect(await readFile(path)).toEqual(damaged);
      }
    }
  }, 60_000);

  const header = sealed('{"type":"records","version":1}');
  test.each([
    ["nothing at all", ""],
    ["a file of something else", '{"a":1}\n'],
    ["no first line", sealed('[["a",{"n":1}]]')],
    ["a later version", sealed('{"type":"records","version":2}')],
    ["a line that is no list", header + sealed('{"a":1}')],
    ["a change that is none", header + sealed('[["a",{"n":1},2]]')],
    ["a key that is none", header + sealed('[[1,{"n":1}]]')],
    ["a record that is none", header + sealed('[["a",{"n":"SECRET"}]]')],
    ["a line that is not JSON", header + sealed('[["a",{"n":1}')],
    ["a second first line", header + header],
  ])("%s is damage", async (_what, content) => {
    await plant(content);
    const refusal = await openTable().catch((error: Error) => error);
    expect(refusal).toMatchObject({ name: "StateFileError", file: path, problem: "damaged" });
    expect(`${(refusal as Error).stack} ${JSON.stringify((refusal as Error).cause)}`).not.toContain("SECRET");
    expect(await readFile(path, "utf8")).toBe(content);
  });
});

describe("a disk that fails", () => {
  const faults = [
    ["refuses the write", () => breakDisk("write")],
    ["is full in the middle of the write", () => breakDisk("write", { half: true })],
    ["cannot make it durable", () => breakDisk("datasync", { code: "EIO" })],
    ["cannot take it back either", async () => {
      await breakDisk("datasync", { code: "EIO" });
      await breakDisk("truncate", { code: "EIO" });
    }],
  ] as const;

  test.each(faults)("one that %s refuses all that shared the write, and the next works", async (_what, fail) => {
    const store = await openTable();
    await change(store, { kept: { n: 1 }, other: { n: 2 } });
    const before = [...store.view()];
    await fail();
    const outcomes = await Promise.allSettled([change(store, { a: { n: 1 }, kept: undefined }), count(store), change(store, { kept: { n: 5 } })]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(outcomes[0]).toMatchObject({ reason: { name: "StateFileError", file: path, problem: "unwritable" } });
    expect([...store.view()]).toEqual(before);
    expect(await count(store)).toBe(1);
    expect([...(await reopen(store)).view()]).toEqual([...before, ["counter", { n: 1 }]]);
  });

  test("a log that cannot be rewritten says so and goes on; later it is", async () => {
    const told: [string, LogFields | undefined][] = [];
    const store = await openTable({ compactAboveBytes: 300, log: { warn: (message, fields) => void told.push([message, fields]) } });
    await rename(join(dir, "tables"), join(dir, "away"));
    for (let n = 1; n <= 60; n += 1) expect(await count(store)).toBe(n);
    await expect(store.compact()).rejects.toMatchObject({ name: "StateFileError", file: path, problem: "unwritable" });
    expect(told[0]).toEqual(["a table could not be rewritten and goes on growing", { file: path, error: "ENOENT" }]);
    // Each time it has doubled, rather than with every update.
    expect(told.length).toBeLessThan(6);
    await rename(join(dir, "away"), join(dir, "tables"));
    await store.compact();
    expect(await linesOf()).toHaveLength(2);
    // The bound is the old one again.
    for (let n = 61; n <= 100; n += 1) await count(store);
    expect((await linesOf()).length).toBeLessThan(30);
    expect(await count(await reopen(store))).toBe(101);
  });

  test.each([["write", 1], ["write", 2], ["sync", 1], ["sync", 2]] as const)("a rewriting whose %s no. %s fails leaves the log as it was", async (method, call) => {
    const store = await openTable();
    await Promise.all(Array.from({ length: 9 }, () => count(store)));
    const before = await readFile(path);
    await breakDisk(method, { call });
    await expect(store.compact()).rejects.toMatchObject({ name: "StateFileError", problem: "unwritable" });
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(join(dir, "tables"))).toEqual(["sample.jsonl"]);
    expect(await count(store)).toBe(10);
    expect((await reopen(store)).view().get("counter")).toEqual({ n: 10 });
  });

  test("while a rewritten log could vanish in a power cut, nothing counts as stored", async () => {
    const store = await openTable();
    await count(store);
    // The third is that of the folder.
    await breakDisk("sync", { call: 3, code: "EIO" });
    await store.compact();
    await breakDisk("sync", { code: "EIO" });
    await expect(count(store)).rejects.toMatchObject({ problem: "unwritable" });
    expect(await count(store)).toBe(2);
    expect((await reopen(store)).view().get("counter")).toEqual({ n: 2 });
  });
});

describe("rewriting", () => {
  test("loses nothing that is stored meanwhile, keeps the order, and leaves what is live", async () => {
    const store = await openTable();
    const model = new Map<string, RecordSample>();
    const apply = async (key: string, value: RecordSample | undefined): Promise<void> => {
      if (value === undefined) model.delete(key);
      else model.set(key, value);
      await change(store, { [key]: value });
    };
    const filler = "x".repeat(500);
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => apply(`k${n}`, { n, note: filler })));
    for (let round = 0; round < 3; round += 1) {
      const { ino } = await stat(path);
      const compaction = store.compact();
      let writes = 0;
      const end = { reached: false };
      void compaction.then(() => {
        end.reached = true;
      });
      // From the front, so that what comes back is behind what was there while the front was being copied.
      for (; !end.reached; writes += 1) await Promise.all([apply(`k${writes % 500}`, writes % 3 === 0 ? undefined : { n: -writes }), apply(`new-${round}-${writes}`, null)]);
      await compaction;
      expect(writes).toBeGreaterThan(0);
      expect((await stat(path)).ino).not.toBe(ino);
      expect([...store.view()]).toEqual([...model]);
    }
    const again = await reopen(store);
    expect([...again.view()]).toEqual([...model]);
    await again.compact();
    const live = [...model].reduce((sum, [key, value]) => sum + Buffer.byteLength(JSON.stringify([key, value])) + 1, 0);
    expect((await stat(path)).size).toBeLessThan(live * 1.01);
    expect([...(await reopen(again)).view()]).toEqual([...model]);
  });

  test("happens by itself, so that the log stays within several times what is live", async () => {
    let store = await openTable({ compactAboveBytes: 4_000 });
    const sizes: number[] = [];
    for (let round = 0; round < 60; round += 1) {
      await Promise.all(Array.from({ length: 64 }, (_, n) => count(store, `key-${n}`)));
      sizes.push((await stat(path)).size);
    }
    // A round takes about 1,200 bytes, and as much is live.
    expect(Math.max(...sizes)).toBeGreaterThan(4_000);
    expect(Math.max(...sizes)).toBeLessThan(20_000);

    await store.compact();
    await store.close();
    const { ino, size } = await stat(path);
    store = await openTable({ compactAboveBytes: size });
    for (let n = 1; n <= 30; n += 1) await count(store);
    await store.close();
    // What is live is known of a table that was opened, too: nothing had to go.
    expect((await stat(path)).ino).toBe(ino);
  });

  test("closing ends it, and leaves nothing behind", async () => {
    const store = await openTable();
    await store.update(() => ({ changes: new Map(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, { n }])), value: 0 }));
    const { ino } = await stat(path);
    await Promise.all([store.compact(), store.close()]);
    expect(await readdir(join(dir, "tables"))).toEqual(["sample.jsonl"]);
    expect((await stat(path)).ino).toBe(ino);
    await expect(store.compact()).rejects.toThrow("not open");
  });
});

describe("any sequence", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "__proto__");
  const record = fc.oneof(fc.constant(null), fc.record({ n: fc.integer(), note: fc.string({ unit: "binary", maxLength: 8 }) }));
  const changes = fc.array(fc.tuple(key, fc.option(record, { nil: undefined })), { maxLength: 4 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("updates" as const), all: fc.array(changes, { minLength: 1, maxLength: 4 }) }) },
    fc.record({ kind: fc.constantFrom("reopen" as const, "compact" as const, "bug" as const, "fault" as const) }),
  );

  test("of updates, faults, rewritings and reopenings leaves what a map would hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.constantFrom(0, 300), async (steps, compactAboveBytes) => {
        await rm(join(dir, "tables"), { recursive: true, force: true });
        let store = await openTable({ compactAboveBytes });
        const model = new Map<string, RecordSample>();
        const compactions: Promise<void>[] = [];
        for (const taken of steps) {
          if (taken.kind === "updates") {
            await Promise.all(taken.all.map((each) => store.update(() => ({ changes: new Map(each), value: 0 }))));
            for (const [name, value] of taken.all.flatMap((each) => [...new Map(each)])) {
              if (value === undefined) model.delete(name);
              else model.set(name, value);
            }
          } else if (taken.kind === "compact") compactions.push(store.compact());
          else if (taken.kind === "bug") await store.update(() => { throw new Error("bug"); }).catch(() => undefined);
          else if (taken.kind === "fault") {
            await breakDisk("datasync");
            await expect(change(store, { a: { n: 1 }, b: undefined, e: null })).rejects.toMatchObject({ problem: "unwritable" });
          } else {
            await store.close();
            store = await openTable({ compactAboveBytes });
          }
          expect([...store.view()]).toEqual([...model]);
        }
        await Promise.all(compactions);
        await store.close();
        const last = await openTable();
        expect([...last.view()]).toEqual([...model]);
        await last.close();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

describe("processes that end without warning", () => {
  let bundles: string;
  const children = new Set<ChildProcess>();
  const script = `
    import { FileMediaStore } from "./src/adapters/storage/file/file-media-store.js";
    import { FileRecordStore } from "./src/adapters/storage/file/file-record-store.js";
    const [job, dir] = process.argv.slice(2);
    const tell = (line) => process.stdout.write(line + "\\n");
    const table = new FileRecordStore({ path: dir + "/tables/sample.jsonl", parse: (value) => value, compactAboveBytes: job === "write" ? 4_000 : 1e9 });
    await table.open();
    if (job === "write") {
      const count = async (name) => {
        for (;;) {
          const n = await table.update((records) => {
            const n = (records.get(name)?.n ?? 0) + 1;
            const slot = name + (n % 7);
            return { changes: new Map([[name, { n }], [slot, undefined], [slot + "-twin", { n }]].concat(n % 2 ? [[slot, { n }]] : [])), value: n };
          });
          tell(name + " " + n);
        }
      };
      for (const name of ["a", "b", "c"]) void count(name);
    } else if (job === "fill") {
      const put = (key, note) => table.update(() => ({ changes: new Map([[key, { n: 1, note }]]), value: 0 })).then(() => tell("stored " + key), (error) => tell("refused " + key + " " + error.problem + " " + error.cause.code));
      for (let n = 0; n < 40; n += 1) await put("large-" + n, "x".repeat(1_000));
      await put("small", "x");
    } else {
      const media = new FileMediaStore({ dir: dir + "/media", now: () => 1_700_000_000_000 });
      await media.open();
      const endless = async function* () { for (;;) { yield new Uint8Array(1_000); tell("some"); } };
      await media.put({ kind: "file", mimeType: "a/b", fileName: "x" }, endless(), 1e12);
    }
  `;

  beforeAll(async () => {
    bundles = await mkdtemp(join(tmpdir(), "bundles-"));
    await build({ stdin: { contents: script, resolveDir: "." }, outfile: join(bundles, "child.mjs"), bundle: true, format: "esm", platform: "node", logLevel: "error" });
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(bundles, { recursive: true, force: true });
  });

  /** `prefix` is a shell's, to run before the child in its place. */
  const start = (job: string, prefix = ""): { child: ChildProcess; lines: AsyncIterableIterator<string> } => {
    const child = spawn("sh", ["-c", `${prefix} exec "$0" "$@"`, process.execPath, join(bundles, "child.mjs"), job, dir], { stdio: ["ignore", "pipe", "inherit"] });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return { child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator]() };
  };

  test("a writer killed at any moment loses nothing that it told was stored, and tears no update apart", async () => {
    const told = new Map([["a", 0], ["b", 0], ["c", 0]]);
    const inodes = new Set<number>();
    for (let round = 0; round < 15; round += 1) {
      const { child, lines } = start("write");
      const enough = 1 + Math.floor(Math.random() * 400);
      let heard = 0;
      for await (const line of lines) {
        const [name, n] = line.split(" ");
        told.set(name!, Number(n));
        heard += 1;
        if (heard === enough) child.kill("SIGKILL");
      }
      const store = await openTable();
      const records = store.view();
      for (const [name, least] of told) {
        const n = records.get(name)?.n ?? 0;
        // One update may have been stored and not been told any more.
        expect([name, n - least]).toEqual([name, n === least ? 0 : 1]);
        for (let last = n; last > Math.max(0, n - 7); last -= 1) {
          const slot = `${name}${last % 7}`;
          expect([last, records.get(`${slot}-twin`)?.n, records.get(slot)?.n]).toEqual([last, last, last % 2 === 1 ? last : undefined]);
        }
      }
      expect(await readdir(join(dir, "tables"))).toEqual(["sample.jsonl"]);
      inodes.add((await stat(path)).ino);
      await store.close();
    }
    expect(told.get("a")).toBeGreaterThan(15);
    // Rewritten again and again.
    expect(inodes.size).toBeGreaterThan(1);
  }, 60_000);

  test("where the system lets no file grow, what does not fit is refused, what fits is stored", async () => {
    const outcomes: string[] = [];
    for await (const line of start("fill", "ulimit -f 20;").lines) outcomes.push(line);
    const stored = outcomes.filter((line) => line.startsWith("stored")).map((line) => line.split(" ")[1]);
    expect(outcomes).toHaveLength(41);
    expect(stored.length).toBeGreaterThan(5);
    expect(stored.at(-1)).toBe("small");
    expect(outcomes.filter((line) => line.startsWith("refused")).every((line) => line.endsWith("unwritable EFBIG"))).toBe(true);
    expect([...(await openTable()).view().keys()]).toEqual(stored);
  }, 30_000);

  test("what a killed process was receiving is swept", async () => {
    const { child, lines } = start("receive");
    for (let heard = 0; heard < 5; heard += 1) await lines.next();
    child.kill("SIGKILL");
    while ((await lines.next()).done !== true);
    expect(await readdir(join(dir, "media"))).toEqual([expect.stringMatching(/^\..*\.tmp$/)]);
    const media = new FileMediaStore({ dir: join(dir, "media"), now: () => new HandClock().now() });
    await media.open();
    expect(await readdir(join(dir, "media"))).toEqual([]);
  }, 30_000);
});

describe("files that are kept", () => {
  const clock = new HandClock();
  const openMedia = async (): Promise<FileMediaStore> => {
    const media = new FileMediaStore({ dir: join(dir, "media"), now: () => clock.now() });
    await media.open();
    return media;
  };
  const one = async function* (): AsyncGenerator<Uint8Array> {
    yield Uint8Array.from([1, 2, 3]);
  };
  const put = async (media: FileMediaStore) => {
    const kept = await media.put(aPhoto, one(), 10);
    if (kept.kind !== "stored") throw new Error(kept.kind);
    return { media: kept.media, file: join(dir, "media", kept.media.id) };
  };

  test("are closed to others, hold their bytes and nothing else", async () => {
    await mkdir(join(dir, "media"), { mode: 0o755 });
    const { file } = await put(await openMedia());
    expect([await modeOf(join(dir, "media")), await modeOf(file)]).toEqual([0o700, 0o600]);
    expect([...(await readFile(file))]).toEqual([1, 2, 3]);
    expect(await readdir(join(dir, "media"))).toHaveLength(1);
  });

  test("what is not of this store is neither swept nor read", async () => {
    const store = await openMedia();
    const { media } = await put(store);
    for (const name of ["notes.txt", "1-x", ".notes.0123456789abcdef.tmp"]) await writeFile(join(dir, "media", name), "mine");
    clock.advance(1_000);
    expect(await store.sweep(clock.now())).toBe(1);
    await openMedia();
    expect((await readdir(join(dir, "media"))).toSorted()).toEqual([".notes.0123456789abcdef.tmp", "1-x", "notes.txt"]);
    await expect(bytesOf(store.read({ ...media, id: "notes.txt" }))).rejects.toThrow("does not give");
  });

  test("half a file is not passed on as a whole, and no link is followed", async () => {
    const store = await openMedia();
    const { media, file } = await put(store);
    await truncate(file, 2);
    await expect(bytesOf(store.read(media))).rejects.toMatchObject({ name: "StateFileError", file, problem: "damaged" });
    await rm(file);
    await expect(bytesOf(store.read(media))).rejects.toMatchObject({ name: "StateFileError", file, problem: "unreadable" });
    await writeFile(join(dir, "secret"), "secret");
    await symlink(join(dir, "secret"), file);
    await expect(bytesOf(store.read(media))).rejects.toMatchObject({ name: "StateFileError", file, problem: "outside" });
  });

  test.each([["write", 1], ["write", 2], ["sync", 1], ["sync", 2]] as const)("a disk whose %s no. %s fails is no fault of the stream: it is told to end, and nothing is left", async (method, call) => {
    const store = await openMedia();
    let ended = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (let n = 0; n < 3; n += 1) yield new Uint8Array(5);
      } finally {
        ended = true;
      }
    };
    await breakDisk(method, { call });
    await expect(store.put(aPhoto, source(), 100)).rejects.toMatchObject({ name: "StateFileError", problem: "unwritable" });
    expect(ended).toBe(true);
    expect(await readdir(join(dir, "media"))).toEqual([]);
    expect((await store.put(aPhoto, source(), 100)).kind).toBe("stored");
  });

  test("a folder that is gone is a refusal, and the stream is told to end", async () => {
    const store = await openMedia();
    await rm(join(dir, "media"), { recursive: true });
    let ended = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield new Uint8Array(5);
      } finally {
        ended = true;
      }
    };
    await expect(store.put(aPhoto, source(), 100)).rejects.toMatchObject({ name: "StateFileError", problem: "unwritable" });
    await expect(store.sweep(clock.now())).rejects.toMatchObject({ name: "StateFileError", file: join(dir, "media") });
    expect(ended).toBe(true);
  });
});
