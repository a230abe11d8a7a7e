import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { utimesSync, writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { build } from "esbuild";

import { FileDeviceStore } from "../../src/adapters/storage/file/file-device-store.js";
import { FileHostLock } from "../../src/adapters/storage/file/file-host-lock.js";
import { FileSessionStore } from "../../src/adapters/storage/file/file-session-store.js";
import { FileTokenVault } from "../../src/adapters/storage/file/file-token-vault.js";
import { startTimeOf } from "../../src/adapters/storage/file/host-process.js";
import { epochMs } from "../../src/domain/moment.js";
import { textOf } from "../../src/domain/sessions/session.js";
import { increment, pair } from "../../src/testing/contracts/device-store.js";
import { aDevice, anEntry, aRequest, aToken, said } from "../../src/testing/contracts/stored-samples.js";
import { HandClock } from "../../src/testing/hand-clock.js";

const NOW = epochMs(1_700_000_000_000);
const now = (): typeof NOW => NOW;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

let dir: string;
let clock: HandClock;
beforeEach(async () => {
  clock = new HandClock(NOW);
  dir = await mkdtemp(join(tmpdir(), "storage-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const openDevices = async (): Promise<FileDeviceStore> => {
  const store = new FileDeviceStore({ dir });
  await store.open();
  return store;
};
const openSessions = async (): Promise<FileSessionStore> => {
  const store = new FileSessionStore({ dir, clock });
  await store.open();
  return store;
};
/** Writes a file of a state folder, with the folders above it, open to all as a careless copy would be. */
const plant = async (path: string, content: unknown): Promise<string> => {
  const file = join(dir, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o644 });
  return file;
};

const PLAIN = "0123456789abcdef0123456789abcdef";
const januaryDevice = {
  deviceId: "d1",
  publicKey: "key",
  platform: "MacIntel",
  clientId: "clawdbot-macos",
  role: "operator",
  roles: ["operator"],
  scopes: ["operator.admin"],
  nickname: { from: "a later version" },
  tokens: { operator: { token: PLAIN, role: "operator", scopes: ["operator.admin"], createdAtMs: 5, rotatedAtMs: 6, purpose: "unknown to us" } },
  createdAtMs: 1,
  approvedAtMs: 2,
};
const januaryRequest = { requestId: "r1", deviceId: "d2", publicKey: "key", role: "node", roles: ["node"], scopes: [], ts: 9, remoteIp: "10.0.0.7", hint: 1 };

describe("modes", () => {
  test("folders are 0700 and files 0600, also those that were open to others", async () => {
    const planted = [
      await plant("devices/paired.json", { d1: januaryDevice }),
      await plant("agents/main/sessions/sessions.json", { main: { sessionId: "s1", updatedAt: 1 } }),
      await plant("agents/main/sessions/s1.jsonl", `{"type":"session","version":1,"id":"s1"}\n`),
    ];
    for (const folder of ["devices", "agents", "agents/main", "agents/main/sessions"]) await chmod(join(dir, folder), 0o755);
    const [devices, sessions, vault] = [await openDevices(), await openSessions(), new FileTokenVault({ dir })];
    await vault.open();
    await sessions.read(anEntry("s1"), 1);
    for (const file of planted) expect([file, await modeOf(file)]).toEqual([file, 0o600]);

    await devices.update(() => ({ changes: { paired: new Map([["d9", aDevice("d9")]]), pending: new Map([["r9", aRequest("r9")]]) }, value: 0 }));
    await sessions.put("agent:work:main", anEntry("s2", { agentId: "work" }));
    await sessions.append(anEntry("s2", { agentId: "work" }), [said("hi")]);
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      expect([path, await modeOf(path)]).toEqual([path, entry.isDirectory() ? 0o700 : 0o600]);
    }
  });
});

describe("torn files", () => {
  const files = [
    ["devices/paired.json", openDevices],
    ["devices/pending.json", openDevices],
    ["agents/main/sessions/sessions.json", openSessions],
    ["devices/token-key", () => new FileTokenVault({ dir }).open()],
  ] as const;

  test.each(files)("%s never reads as empty, names itself and is left as it is", async (path, open) => {
    const devices = await openDevices();
    await devices.update(() => ({ changes: { paired: new Map([["d1", aDevice("d1")]]), pending: new Map([["r1", aRequest("r1")]]) }, value: 0 }));
    await (await openSessions()).put("agent:main:main", anEntry("s1"));
    await new FileTokenVault({ dir }).open();
    const whole = await readFile(join(dir, path));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      await writeFile(join(dir, path), whole);
      await truncate(join(dir, path), Math.floor((whole.length * tenth) / 10));
      const torn = await readFile(join(dir, path));
      await expect(open()).rejects.toMatchObject({ name: "StateFileError", file: join(dir, path), problem: "damaged" });
      expect(await readFile(join(dir, path))).toEqual(torn);
    }
  });

  test.each([
    ["a list", "[]"],
    ["a record that is no object", { d1: 5 }],
    ["a device without its key", { d1: { deviceId: "d1" } }],
    ["a device under another's id", { d2: januaryDevice }],
    ["scopes that are no list", { d1: { ...januaryDevice, scopes: "operator.admin" } }],
    ["a token without a token", { d1: { ...januaryDevice, tokens: { operator: { scopes: [] } } } }],
    ["another role's token", { d1: { ...januaryDevice, tokens: { node: januaryDevice.tokens.operator } } }],
  ])("%s is refused without quoting the file", async (_what, content) => {
    const file = await plant("devices/paired.json", content);
    const refusal = openDevices();
    await expect(refusal).rejects.toMatchObject({ name: "StateFileError", file, problem: "damaged" });
    await refusal.catch((error: Error) => expect(`${error.stack} ${JSON.stringify(error.cause)}`).not.toContain(PLAIN));
  });

  test("a folder in a file's place is told too", async () => {
    await mkdir(join(dir, "devices", "paired.json"), { recursive: true });
    await expect(openDevices()).rejects.toMatchObject({ file: join(dir, "devices", "paired.json"), problem: "damaged" });
  });
});

describe("FileDeviceStore", () => {
  test("reads a state folder of January, keeps what it does not know, and leaves no plain token", async () => {
    const paired = await plant("devices/paired.json", { d1: januaryDevice, d2: { deviceId: "d2", publicKey: "key2", role: "node", tokens: null } });
    const pending = await plant("devices/pending.json", { r1: januaryRequest });
    const store = await openDevices();
    const { tokens, ...device } = store.view().paired.get("d1")!;
    expect(device).toMatchObject({ roles: ["operator"], scopes: ["operator.admin"], approvedVia: "owner", approvedAtMs: 2 });
    expect(tokens.get("operator")).toEqual({ role: "operator", scopes: ["operator.admin"], digest: sha256(PLAIN), createdAtMs: 5, rotatedAtMs: 6 });
    expect(store.view().paired.get("d2")).toMatchObject({ roles: ["node"], scopes: [], tokens: new Map(), createdAtMs: 0 });
    expect(store.view().pending.get("r1")).toMatchObject({ role: "node", silent: false, isRepair: false, ts: 9, remoteIp: "10.0.0.7" });

    await store.update(() => ({ changes: { paired: new Map([["d3", aDevice("d3")]]), pending: new Map([["r2", aRequest("r2")]]) }, value: 0 }));
    const written = await readFile(paired, "utf8");
    expect(written).not.toContain(PLAIN);
    expect(JSON.parse(written).d1).toEqual({
      ...januaryDevice,
      approvedVia: "owner",
      tokens: { operator: { ...januaryDevice.tokens.operator, token: `sha256:${sha256(PLAIN)}` } },
    });
    expect(JSON.parse(await readFile(pending, "utf8")).r1).toEqual(januaryRequest);
    expect((await openDevices()).view()).toEqual(store.view());
  });

  test("a stored digest is no token: handing it in as one gives another digest", async () => {
    const stored = `sha256:${sha256(PLAIN)}`;
    await plant("devices/paired.json", { d1: { ...januaryDevice, tokens: { operator: { ...januaryDevice.tokens.operator, token: `${stored} ` } } } });
    expect((await openDevices()).view().paired.get("d1")?.tokens.get("operator")?.digest).toBe(sha256(`${stored} `));
  });

  test("updates that wait share one write", async () => {
    const store = await openDevices();
    const path = join(dir, "devices", "paired.json");
    const inodes = new Set<number>();
    const noting = async (work: Promise<unknown>): Promise<void> => {
      await work;
      inodes.add((await stat(path)).ino);
    };
    await Promise.all(Array.from({ length: 100 }, () => noting(increment(store))));
    expect(store.view().paired.get("counter")?.label).toBe("100");
    expect(inodes.size).toBe(1);
  });

  test("a decision that changes nothing writes nothing", async () => {
    const store = await openDevices();
    await store.update(() => ({ changes: {}, value: 0 }));
    expect(await readdir(join(dir, "devices"))).toEqual([]);
  });

  test("a failed write refuses its whole batch, has no effect, and the next works", async () => {
    const store = await openDevices();
    await pair(store, aDevice("kept"));
    store.touch("kept", "operator", 77);
    await rename(join(dir, "devices"), join(dir, "gone"));
    const outcomes = await Promise.allSettled([pair(store, aDevice("d1")), pair(store, aDevice("d2"))]);
    expect(outcomes).toEqual([expect.objectContaining({ status: "rejected" }), expect.objectContaining({ status: "rejected" })]);
    await expect(pair(store, aDevice("d3"))).rejects.toMatchObject({ name: "StateFileError", problem: "unwritable" });
    expect([...store.view().paired.keys()]).toEqual(["kept"]);
    await rename(join(dir, "gone"), join(dir, "devices"));
    await pair(store, aDevice("d4"));
    const { paired } = (await openDevices()).view();
    expect([...paired.keys()]).toEqual(["kept", "d4"]);
    expect(paired.get("kept")?.tokens.get("operator")?.lastUsedAtMs).toBe(77);
  });

  test("if the second file can't be put in place, the first is put back", async () => {
    const store = await openDevices();
    await pair(store, aDevice("kept"));
    await mkdir(join(dir, "devices", "pending.json", "in-the-way"), { recursive: true });
    const both = store.update(() => ({ changes: { paired: new Map([["d1", aDevice("d1")]]), pending: new Map([["r1", aRequest("r1")]]) }, value: 0 }));
    await expect(both).rejects.toMatchObject({ file: join(dir, "devices", "pending.json"), problem: "unwritable" });
    await rm(join(dir, "devices", "pending.json"), { recursive: true });
    expect([...(await openDevices()).view().paired.keys()]).toEqual(["kept"]);
    await pair(store, aDevice("d2"));
    expect([...(await openDevices()).view().paired.keys()]).toEqual(["kept", "d2"]);
  });

  test("a use noted while its token is replaced does not pass to the new one", async () => {
    const store = await openDevices();
    await pair(store, aDevice("d1"));
    const rotated = store.update(({ paired }) => {
      const device = paired.get("d1")!;
      store.touch("d1", "operator", 50);
      const tokens = new Map([["operator", aToken("operator", { digest: "ef".repeat(32) })]]);
      return { changes: { paired: new Map([["d1", { ...device, tokens }]]) }, value: 0 };
    });
    store.touch("d1", "operator", 40);
    await rotated;
    expect(store.view().paired.get("d1")?.tokens.get("operator")?.lastUsedAtMs).toBeUndefined();
  });

  test("what a killed writer left half-done is swept, and only that", async () => {
    await plant("devices/.paired.json.0123456789abcdef.tmp", "{");
    await plant("devices/.other.json.0123456789abcdef.tmp", "{");
    await openDevices();
    expect(await readdir(join(dir, "devices"))).toEqual([".other.json.0123456789abcdef.tmp"]);
  });
});

describe("FileSessionStore", () => {
  const january = [
    { type: "session", version: 2, id: "s1", timestamp: "2026-01-20T10:00:00.000Z", cwd: "/home/me" },
    { type: "model_change", id: "a0", parentId: null, timestamp: "2026-01-20T10:00:00.500Z", provider: "anthropic", modelId: "m" },
    { type: "message", id: "a1", parentId: "a0", timestamp: "2026-01-20T10:00:01.000Z", message: { role: "user", content: "plain text" } },
    {
      type: "message",
      id: "a2",
      timestamp: "2026-01-20T10:00:02.000Z",
      message: {
        role: "assistant",
        content: [{ type: "thinking", thinking: "hm" }, { type: "text", text: "parts" }, { type: "toolCall", id: "c1", name: "exec", arguments: { a: 1 } }],
        timestamp: 1_768_903_202_500,
        usage: { input: 1, output: 2, cacheRead: 3, totalTokens: 6, cost: { total: 0.1 } },
        stopReason: "toolUse",
      },
    },
    { type: "message", id: "a3", message: { role: "bashExecution", command: "ls" } },
    { type: "compaction", summary: "…" },
  ];

  test("reads an index and a transcript of January, and keeps what it does not know", async () => {
    const stored = { sessionId: "s1", updatedAt: 7, label: 5, thinkingLevel: "low", skillsSnapshot: { prompt: "x" } };
    const file = await plant("agents/main/sessions/sessions.json", {
      main: stored,
      global: { sessionId: "g1", updatedAt: 1 },
      "agent:main:whatsapp:dm:1": { sessionId: "s3", updatedAt: 3 },
      "group:1": { updatedAt: 3, note: "names no transcript" },
      "agent:main:twin": { sessionId: "new", updatedAt: 9 },
      twin: { sessionId: "old", updatedAt: 8 },
    });
    await plant("agents/main/sessions/s1.jsonl", `${january.map((line) => JSON.stringify(line)).join("\n")}\n`);
    const store = await openSessions();
    expect(new Set([...store.list()].map(({ key }) => key))).toEqual(
      new Set(["agent:main:main", "global", "agent:main:whatsapp:dm:1", "agent:main:twin"]),
    );
    expect(store.get("agent:main:twin")?.sessionId).toBe("new");
    const main = store.get("agent:main:main")!;
    expect(main).toEqual({
      key: "agent:main:main",
      agentId: "main",
      sessionId: "s1",
      updatedAt: 7,
      thinkingLevel: "low",
      extra: { label: 5, skillsSnapshot: { prompt: "x" } },
    });
    expect(await store.read(main, 10)).toEqual([
      { id: "a1", role: "user", content: [{ type: "text", text: "plain text" }], timestamp: Date.parse("2026-01-20T10:00:01.000Z") },
      {
        id: "a2",
        role: "assistant",
        content: [{ type: "text", text: "parts" }, { type: "toolCall", id: "c1", name: "exec", arguments: { a: 1 } }],
        timestamp: 1_768_903_202_500,
        stopReason: "toolUse",
        usage: { input: 1, output: 2, total: 6 },
      },
    ]);
    await store.put(main.key, { ...main, updatedAt: 8 });
    const written = JSON.parse(await readFile(file, "utf8"));
    expect(written["agent:main:main"]).toEqual({ ...stored, updatedAt: 8 });
    expect(written["group:1"]).toEqual({ updatedAt: 3, note: "names no transcript" });
    expect(Object.keys(written)).not.toContain("main");
  });

  test("a transcript begins with its session and holds one message a line", async () => {
    const store = await openSessions();
    await store.append(anEntry("s1"), [said("hi", { id: "m1" }), said("there")]);
    const iso = "2023-11-14T22:13:20.000Z";
    const content = (text: string): unknown => ({ role: "user", content: [{ type: "text", text }], timestamp: NOW });
    const lines = (await readFile(join(dir, "agents/main/sessions/s1.jsonl"), "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { type: "session", version: 1, id: "s1", timestamp: iso },
      { type: "message", id: "m1", timestamp: iso, message: content("hi") },
      { type: "message", timestamp: iso, message: content("there") },
    ]);
    expect(store.location("main")).toBe(join(dir, "agents/main/sessions/sessions.json"));
  });

  test("a transcript torn anywhere reads up to the tear, and goes on after it", async () => {
    const store = await openSessions();
    const path = join(dir, "agents/main/sessions/s1.jsonl");
    await store.append(anEntry("s1"), ["one", "twö", "three"].map((text) => said(text)));
    const whole = await readFile(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index);
    for (let length = 0; length <= whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length));
      // A line that lacks only its end is whole.
      const expected = ["one", "twö", "three"].slice(0, Math.max(0, ends.filter((end) => end <= length).length - 1));
      expect((await store.read(anEntry("s1"), 9)).map(textOf)).toEqual(expected);
      await store.append(anEntry("s1"), [said("after")]);
      expect((await store.read(anEntry("s1"), 9)).map(textOf)).toEqual([...expected, "after"]);
    }
  });

  test("long lines and many are read from the end, across chunks", async () => {
    const store = await openSessions();
    const long = (index: number): string => `${index}:${"ä€😀".repeat(index % 3 === 0 ? 20_000 : 11)}`;
    for (let index = 0; index < 40; index += 1) await store.append(anEntry("s1"), [said(long(index))]);
    expect((await store.read(anEntry("s1"), 25)).map(textOf)).toEqual(Array.from({ length: 25 }, (_, index) => long(15 + index)));
    // Sparse and far larger than memory: only its end can have been read.
    const path = join(dir, "agents/main/sessions/huge.jsonl");
    await writeFile(path, "");
    await truncate(path, 2 ** 33);
    await store.append(anEntry("huge"), [said("found"), said("again")]);
    expect((await store.read(anEntry("huge"), 2)).map(textOf)).toEqual(["found", "again"]);
  });

  test("keeping the newest keeps their lines as they are, and the whole file beside", async () => {
    await plant("agents/main/sessions/s1.jsonl", `${january.map((line) => JSON.stringify(line)).join("\n")}\n`);
    const store = await openSessions();
    expect(await store.archive(anEntry("s1"), 1)).toBe(`s1.jsonl.bak.${NOW}`);
    const [header, kept, ...rest] = (await readFile(join(dir, "agents/main/sessions/s1.jsonl"), "utf8")).split("\n");
    expect(JSON.parse(header!)).toMatchObject({ type: "session", id: "s1" });
    expect(JSON.parse(kept!)).toEqual(january[3]);
    expect(rest).toEqual([""]);
    expect((await readFile(join(dir, `agents/main/sessions/s1.jsonl.bak.${NOW}`), "utf8")).split("\n")).toHaveLength(january.length + 1);
    expect(await store.archive(anEntry("s1"))).toBe(`s1.jsonl.deleted.${NOW}`);
    await store.append(anEntry("s1"), [said("anew")]);
    expect(await store.archive(anEntry("s1"))).toBe(`s1.jsonl.deleted.${NOW + 1}`);
  });

  const ILLEGAL = [
    "", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "..%2f", "%2e%2e", "a\u0000b", "a\n", "C:x", "//host/share", ".hidden", "-rf", "ä", "a".repeat(129),
    "a..b",
  ];
  test.each(ILLEGAL)("the id %j never becomes a path", async (id) => {
    const store = await openSessions();
    const refused = { name: "IllegalIdError" };
    for (const entry of [anEntry(id), anEntry("s1", { agentId: id })]) {
      await expect(store.read(entry, 1)).rejects.toMatchObject(refused);
      await expect(store.append(entry, [said("x")])).rejects.toMatchObject(refused);
      await expect(store.archive(entry)).rejects.toMatchObject(refused);
      await expect(store.archive(entry, 1)).rejects.toMatchObject(refused);
      await expect(store.put("agent:main:x", entry)).rejects.toMatchObject(refused);
    }
    expect(() => store.location(id)).toThrow(expect.objectContaining(refused));
    expect(await readdir(dir)).toEqual([]);
  });

  test("an id that an index was poisoned with is refused when it is used", async () => {
    await plant("secret.jsonl", `${JSON.stringify({ type: "message", message: { role: "user", content: "secret" } })}\n`);
    await plant("agents/main/sessions/sessions.json", { main: { sessionId: "../../../secret", updatedAt: 1 } });
    const store = await openSessions();
    await expect(store.read(store.get("agent:main:main")!, 5)).rejects.toMatchObject({ name: "IllegalIdError" });
  });

  test("links out of the state folder are not followed", async () => {
    const outside = await mkdtemp(join(tmpdir(), "outside-"));
    try {
      const secret = join(outside, "secret.jsonl");
      await writeFile(secret, `${JSON.stringify({ type: "message", message: { role: "user", content: "secret" } })}\n`, { mode: 0o644 });
      const store = await openSessions();
      await store.append(anEntry("s1"), [said("here")]);
      await symlink(secret, join(dir, "agents/main/sessions/linked.jsonl"));
      await symlink(outside, join(dir, "agents/evil"));
      await mkdir(join(dir, "agents/sly"));
      await symlink(outside, join(dir, "agents/sly/sessions"));
      for (const entry of [anEntry("linked"), anEntry("secret", { agentId: "evil" }), anEntry("secret", { agentId: "sly" })]) {
        if (entry.agentId !== "evil") await expect(store.read(entry, 5)).rejects.toMatchObject({ name: "StateFileError", problem: "outside" });
        await expect(store.append(entry, [said("x")])).rejects.toMatchObject({ name: "StateFileError", problem: "outside" });
      }
      await expect(store.put("agent:evil:main", anEntry("s9", { agentId: "evil" }))).rejects.toMatchObject({ problem: "outside" });
      expect(store.get("agent:evil:main")).toBeUndefined();
      expect(await readdir(outside)).toEqual(["secret.jsonl"]);
      expect(await modeOf(secret)).toBe(0o644);
      await expect(openSessions()).rejects.toMatchObject({ name: "StateFileError", problem: "outside" });
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  });

  test("a FIFO in a transcript's place hangs nobody", async () => {
    const store = await openSessions();
    await store.append(anEntry("s1"), [said("here")]);
    spawnSync("mkfifo", [join(dir, "agents/main/sessions/pipe.jsonl")]);
    await expect(store.read(anEntry("pipe"), 5)).rejects.toMatchObject({ problem: "damaged" });
    await expect(store.append(anEntry("pipe"), [said("x")])).rejects.toMatchObject({ problem: "damaged" });
  });

  test("what is noted shows at once, and a second of notes is one write", async () => {
    const store = await openSessions();
    await store.put("agent:main:s1", anEntry("s1"));
    const index = store.location("main");
    const before = await readFile(index, "utf8");
    for (let nth = 1; nth <= 50; nth += 1) store.note("agent:main:s1", anEntry("s1", { totalTokens: nth }));
    expect(store.get("agent:main:s1")?.totalTokens).toBe(50);
    expect(clock.pending).toBe(1);
    clock.advance(999);
    expect(await readFile(index, "utf8")).toBe(before);
    clock.advance(1);
    await store.close();
    expect(await readFile(index, "utf8")).toContain('"totalTokens":50');
    expect(clock.pending).toBe(0);
  });

  test("a put takes along what was noted before it", async () => {
    const store = await openSessions();
    store.note("agent:main:s1", anEntry("s1"));
    await store.put("agent:main:s2", anEntry("s2"));
    expect([clock.pending, (await readFile(store.location("main"), "utf8")).includes("agent:main:s1")]).toEqual([0, true]);
    await store.close();
  });

  test("a put that can't be written is taken back", async () => {
    const store = await openSessions();
    await store.put("agent:main:main", anEntry("s1"));
    await mkdir(join(dir, "agents/busy/sessions/sessions.json/in-the-way"), { recursive: true });
    const refused = store.put("agent:busy:main", anEntry("s2", { agentId: "busy" }));
    expect(store.get("agent:busy:main")?.sessionId).toBe("s2");
    await expect(refused).rejects.toMatchObject({ problem: "unwritable" });
    expect([...store.list()].map(({ sessionId }) => sessionId)).toEqual(["s1"]);
  });

  test("hundreds of sessions are written and read at once", async () => {
    const store = await openSessions();
    const entries = Array.from({ length: 300 }, (_, index) => anEntry(`s${index}`));
    await Promise.all(entries.map((entry) => store.append(entry, [said(entry.sessionId)])));
    const read = await Promise.all(entries.map((entry) => store.read(entry, 1)));
    expect(read.flat().map(textOf)).toEqual(entries.map(({ sessionId }) => sessionId));
  });
});

describe("FileTokenVault", () => {
  test("the same key gives the same tokens in every release", async () => {
    await plant("devices/token-key", `${"07".repeat(32)}\n`);
    const vault = new FileTokenVault({ dir, allowReadable: true });
    await vault.open();
    expect(vault.derive({ deviceId: "phöne", role: "node", serial: "1" })).toBe("o3Sduamzt7MYq3pmWU-5vbTJHRO_YKNHY8eEXkdvPbg");
  });

  test("many that open at once agree on the key", async () => {
    const vaults = Array.from({ length: 10 }, () => new FileTokenVault({ dir }));
    await Promise.all(vaults.map((vault) => vault.open()));
    expect(new Set(vaults.map((vault) => vault.derive({ deviceId: "d", role: "r", serial: "s" }))).size).toBe(1);
    expect(await readdir(join(dir, "devices"))).toEqual(["token-key"]);
    expect(await modeOf(join(dir, "devices/token-key"))).toBe(0o600);
  });

  test("a key that others can read is refused, with the command that mends it, and left as it is", async () => {
    const file = await plant("devices/token-key", `${"ab".repeat(32)}\n`);
    const refusal = new FileTokenVault({ dir }).open();
    await expect(refusal).rejects.toMatchObject({ name: "StateFileError", file, problem: "exposed", message: expect.stringContaining(`chmod 600 '${file}'`) });
    await new FileTokenVault({ dir, allowReadable: true }).open();
    expect(await modeOf(file)).toBe(0o644);
    await chmod(file, 0o600);
    await new FileTokenVault({ dir }).open();
  });

  test("derives nothing before it is open", () => {
    expect(() => new FileTokenVault({ dir }).derive({ deviceId: "d", role: "r", serial: "s" })).toThrow("not open");
  });
});

describe("FileHostLock", () => {
  const lock = (pid = process.pid, at: number = NOW): FileHostLock => new FileHostLock({ path: join(dir, "gateway.lock"), pid, now: () => epochMs(at) });

  test("says who holds it, and leaves nothing behind", async () => {
    const holder = lock();
    await holder.acquire();
    const startTime = await startTimeOf(process.pid);
    expect(JSON.parse(await readFile(join(dir, "gateway.lock"), "utf8"))).toEqual({
      pid: process.pid,
      createdAt: "2023-11-14T22:13:20.000Z",
      ...(startTime === undefined ? {} : { startTime }),
      ownerId: expect.any(String),
    });
    expect(await modeOf(join(dir, "gateway.lock"))).toBe(0o600);
    await holder.release();
    expect(await readdir(dir)).toEqual([]);
  });

  test("a number that was given to another process since is not its holder", async () => {
    const startTime = await startTimeOf(process.pid);
    if (startTime === undefined) return;
    await plant("gateway.lock", { pid: process.pid, createdAt: "2026-01-20T10:00:00.000Z", startTime: startTime - 1 });
    expect(await lock().acquire()).toEqual({ kind: "held" });
  });

  test("a live holder that left no start time is believed", async () => {
    await plant("gateway.lock", { pid: process.pid, createdAt: "2026-01-20T10:00:00.000Z", configPath: "/x" });
    expect(await lock().acquire()).toEqual({ kind: "taken", pid: process.pid });
  });

  test("a lock that says nothing is left alone for a while, then taken over", async () => {
    for (const text of ["", "{", '{"pid":-1}', '{"pid":1e12}']) {
      const { mtimeMs } = await stat(await plant("gateway.lock", text));
      expect(await lock(process.pid, mtimeMs + 1_000).acquire()).toEqual({ kind: "taken", pid: undefined });
      const taker = lock(process.pid, mtimeMs + 60_000);
      expect(await taker.acquire()).toEqual({ kind: "held" });
      await taker.release();
    }
  });

  test("a taker that died half-way blocks nobody", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await lock(pid).acquire();
    const mark = sha256(await readFile(join(dir, "gateway.lock"), "utf8")).slice(0, 16);
    await new FileHostLock({ path: join(dir, `gateway.lock.${mark}`), pid, now }).acquire();
    expect(await lock().acquire()).toEqual({ kind: "held" });
    expect(await readdir(dir)).toEqual(["gateway.lock"]);
  });

  test("a slow taker does not remove the lock that a quick one made meanwhile", async () => {
    const file = await plant("gateway.lock", "");
    const quick = JSON.stringify({ pid: process.pid, ownerId: "quick" });
    const { mtime } = await stat(file);
    let asked = 0;
    const slow = new FileHostLock({
      path: file,
      pid: process.pid,
      now: () => {
        // Asked first for its own record, then for the age of the lock that it found.
        asked += 1;
        if (asked === 2) {
          writeFileSync(file, quick);
          utimesSync(file, mtime, mtime);
        }
        return epochMs(mtime.getTime() + 60_000);
      },
    });
    expect(await slow.acquire()).toEqual({ kind: "taken", pid: process.pid });
    expect(await readFile(file, "utf8")).toBe(quick);
    expect(await readdir(dir)).toEqual(["gateway.lock"]);
  });

  test("removes only its own", async () => {
    const holder = lock();
    await holder.acquire();
    await plant("gateway.lock", { pid: 1, ownerId: "another" });
    await holder.release();
    expect(await readdir(dir)).toEqual(["gateway.lock"]);
  });
});

describe("killed processes", () => {
  let bundles: string;
  const children = new Set<ChildProcess>();
  const script = `
    import { createInterface } from "node:readline";
    import { FileDeviceStore } from "./src/adapters/storage/file/file-device-store.js";
    import { FileHostLock } from "./src/adapters/storage/file/file-host-lock.js";
    import { FileSessionStore } from "./src/adapters/storage/file/file-session-store.js";
    import { aDevice, anEntry, aRequest, said } from "./src/testing/contracts/stored-samples.js";
    const [job, dir, round] = process.argv.slice(2);
    const tell = (line) => process.stdout.write(line + "\\n");
    const endless = async (name, work) => { for (let n = 0; ; n += 1) { await work(name + "-" + round + "-" + n); tell(name + "-" + round + "-" + n); } };
    if (job === "write") {
      const devices = new FileDeviceStore({ dir });
      const sessions = new FileSessionStore({ dir, clock: { now: () => Date.now(), callAt: () => () => undefined } });
      await Promise.all([devices.open(), sessions.open()]);
      const update = (id) => devices.update(() => ({ changes: { paired: new Map([[id, aDevice(id)]]), pending: new Map([[id, aRequest(id)]]) }, value: 0 }));
      void endless("a", update);
      void endless("b", update);
      void endless("put", (id) => sessions.put("agent:main:" + id, anEntry(id)));
      void endless("said", (id) => sessions.append(anEntry("talk"), [said(id)]));
    } else {
      const lock = new FileHostLock({ path: dir + "/gateway.lock", pid: process.pid, now: () => Date.now() });
      tell("ready");
      createInterface({ input: process.stdin }).once("line", async () => tell((await lock.acquire()).kind));
    }
  `;

  beforeAll(async () => {
    bundles = await mkdtemp(join(tmpdir(), "bundles-"));
    const outfile = join(bundles, "child.mjs");
    await build({ stdin: { contents: script, resolveDir: "." }, outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" });
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(bundles, { recursive: true, force: true });
  });

  const start = (job: string, round: number): { child: ChildProcess; lines: AsyncIterator<string> } => {
    const child = spawn(process.execPath, [join(bundles, "child.mjs"), job, dir, String(round)], { stdio: ["pipe", "pipe", "inherit"] });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return { child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator]() };
  };

  test("a writer killed at any moment loses nothing that it told was stored", async () => {
    const told: string[] = [];
    for (let round = 0; round < 15; round += 1) {
      const { child, lines } = start("write", round);
      const enough = 1 + Math.floor(Math.random() * 40);
      for (let heard = 1; ; heard += 1) {
        const line = await lines.next();
        if (line.done === true) break;
        told.push(line.value);
        if (heard === enough) child.kill("SIGKILL");
      }
      const [devices, sessions] = [await openDevices(), await openSessions()];
      const { paired, pending } = devices.view();
      const heard = new Set((await sessions.read(anEntry("talk"), 100_000)).map(textOf));
      const keys = new Set([...sessions.list()].map(({ sessionId }) => sessionId));
      const lost = told.filter((id) => !(id.startsWith("said") ? heard.has(id) : id.startsWith("put") ? keys.has(id) : paired.has(id) && pending.has(id)));
      expect(lost).toEqual([]);
      expect((await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    }
    expect(told.length).toBeGreaterThan(15);
  }, 60_000);

  test("of many processes that go for a dead one's lock, one gets it", async () => {
    const takers = Array.from({ length: 4 }, (_, index) => start("lock", index));
    for (const { lines } of takers) await lines.next();
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await new FileHostLock({ path: join(dir, "gateway.lock"), pid, now }).acquire();
    for (const { child } of takers) child.stdin!.write("go\n");
    const outcomes = await Promise.all(takers.map(({ lines }) => lines.next()));
    expect(outcomes.filter(({ value }) => value === "held")).toHaveLength(1);
    const winner = takers[outcomes.findIndex(({ value }) => value === "held")]!;
    winner.child.kill("SIGKILL");
    await winner.lines.next();
    const heir = new FileHostLock({ path: join(dir, "gateway.lock"), pid: process.pid, now });
    expect(await heir.acquire()).toEqual({ kind: "held" });
  }, 60_000);
});
