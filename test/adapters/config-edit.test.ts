import { afterEach, describe, expect, test } from "@jest/globals";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import JSON5 from "json5";
import { changedPaths, mergePatch, withSecretsBack, withTextsReplaced } from "../../src/adapters/config/file/edit.js";
import { FileConfigSource, InvalidConfigError, type Env } from "../../src/adapters/config/file/index.js";
import { migrate } from "../../src/adapters/config/file/migrations.js";
import { REDACTED, redact } from "../../src/adapters/config/file/redact.js";
import type { ConfigChange, ConfigIssue } from "../../src/ports/config-source.js";
import { HandClock } from "../../src/testing/hand-clock.js";

const folders: string[] = [];
const ends: (() => void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function stateDir(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "config-edit-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
  return folder;
}

async function sourceOf(files: Record<string, string>, env: Env = {}) {
  const folder = await stateDir(files);
  const source = await FileConfigSource.open({ stateDir: folder, env });
  const heard: { changes: ConfigChange[]; refused: (readonly ConfigIssue[])[] } = { changes: [], refused: [] };
  source.listenTo({ changed: (change) => heard.changes.push(change), refused: (issues) => heard.refused.push(issues) });
  const text = (name = "openclaw.json"): Promise<string> => readFile(join(folder, name), "utf8");
  const hash = async (): Promise<string> => (await source.view()).hash;
  return { folder, source, heard, text, hash };
}

const issuesOf = async (files: Record<string, string>, env: Env = {}): Promise<readonly ConfigIssue[]> => {
  const error: unknown = await FileConfigSource.open({ stateDir: await stateDir(files), env }).then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof InvalidConfigError)) throw new Error("the configuration was accepted");
  return error.issues;
};

describe("files that name others", () => {
  test("are read with what they include: sections merged, lists appended, keys beside the include win", async () => {
    const { source } = await sourceOf({
      "openclaw.json": '{ $include: ["./base.json5", "parts/more.json5"], gateway: { port: 3 } }',
      "base.json5": '{ gateway: { port: 1, auth: { token: "from-the-base" } }, tools: { allow: ["a"] } }',
      "parts/more.json5": '{ gateway: { port: 2 }, tools: { allow: ["b"] }, agents: { $include: "./agents.json5" } }',
      "parts/agents.json5": '{ list: [{ id: "main", name: "Pearl" }] }',
    });
    expect(source.listen().port).toBe(3);
    expect(source.settings()).toMatchObject({ auth: { token: "from-the-base" }, tools: { allow: ["a", "b"] }, agents: [{ id: "main", name: "Pearl" }] });
    expect(source.secrets()).toContain("from-the-base");
  });

  test.each([
    ["one that is not there", { "openclaw.json": '{ $include: "./gone.json5" }' }, "is not there"],
    ["one outside of the folder", { "openclaw.json": '{ $include: "../../../etc/hostname" }' }, "OPENCLAW_INCLUDE_ROOTS"],
    ["an absolute path elsewhere", { "openclaw.json": '{ gateway: { $include: "/etc/hostname" } }' }, "OPENCLAW_INCLUDE_ROOTS"],
    ["a circle", { "openclaw.json": '{ $include: "./a.json5" }', "a.json5": '{ $include: "./b.json5" }', "b.json5": '{ $include: "./a.json5" }' }, "includes itself"],
    ["what is no path", { "openclaw.json": "{ $include: 7 }" }, "Expected the path of a file"],
    ["what is no JSON5", { "openclaw.json": '{ $include: "./a.json5" }', "a.json5": "{ canary-text" }, "not valid JSON5 at line 1"],
    ["a prototype", { "openclaw.json": '{ $include: "./a.json5" }', "a.json5": '{ "__proto__": { polluted: true } }' }, "not allowed as a key"],
  ])("refuse %s, by name and without quoting it", async (_what, files, expected) => {
    const issues = await issuesOf(files);
    expect(JSON.stringify(issues)).toContain(expected);
    expect(JSON.stringify(issues)).not.toContain("canary");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("may name folders of their own to include from", async () => {
    const elsewhere = await stateDir({ "shared.json5": "{ gateway: { port: 7 } }" });
    const { source } = await sourceOf({ "openclaw.json": JSON.stringify({ $include: join(elsewhere, "shared.json5") }) }, { OPENCLAW_INCLUDE_ROOTS: elsewhere });
    expect(source.listen().port).toBe(7);
  });
});

describe("secrets in files of their own", () => {
  test("are read where a key is named like a secret, and nowhere else", async () => {
    const { source } = await sourceOf({ "openclaw.json": '{ gateway: { auth: { token: "file:keys/token" } }, agents: { defaults: { systemPrompt: "file:keys/token" } } }', "keys/token": "kept-elsewhere\n" });
    expect(source.settings().auth).toEqual({ mode: "token", token: "kept-elsewhere" });
    expect(source.settings().agents[0]?.systemPrompt).toBe("file:keys/token");
    expect(source.secrets()).toContain("kept-elsewhere");
    expect(JSON.stringify(await source.view())).not.toContain("kept-elsewhere");
  });

  test("that others can read, that are empty, missing or a folder are refused with their name", async () => {
    const folder = await stateDir({ "openclaw.json": '{ gateway: { auth: { token: "file:t" } } }', t: "x" });
    const complaint = async (): Promise<string> => FileConfigSource.open({ stateDir: folder, env: {} }).then(() => "", (error: Error) => error.message);
    await chmod(join(folder, "t"), 0o644);
    expect(await complaint()).toContain("chmod 600");
    await chmod(join(folder, "t"), 0o600);
    expect(await complaint()).toBe("");
    await writeFile(join(folder, "t"), "\n");
    expect(await complaint()).toContain("is empty");
    await rm(join(folder, "t"));
    expect(await complaint()).toContain("is not there");
    await mkdir(join(folder, "t"));
    expect(await complaint()).toContain("cannot be read");
  });
});

describe("older files", () => {
  test("every fixture is read as its present form, and that form is left as it is", async () => {
    const dir = join(process.cwd(), "test", "fixtures", "migrations");
    const names = (await readdir(dir)).filter((name) => name.endsWith(".before.json5"));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const [before, after] = await Promise.all([name, name.replace(".before.", ".after.")].map(async (file) => JSON5.parse<unknown>(await readFile(join(dir, file), "utf8"))));
      const first = migrate(before);
      expect(first.value).toEqual(after);
      expect(first.moved.length).toBeGreaterThan(5);
      expect(migrate(first.value)).toEqual({ value: after, moved: [] });
      const { source } = await sourceOf({ "openclaw.json": JSON.stringify(before) });
      expect(source.settings().auth).toEqual({ mode: "token", token: "old-gateway-token" });
      expect((await source.view()).legacyIssues.map(({ path }) => path)).toContain("gateway.token");
      expect(source.warnings().map(({ path }) => path)).toContain("telegram");
    }
  });

  test("a key at both places is told, and the present one wins", () => {
    expect(migrate({ telegram: { botToken: "old" }, channels: { telegram: { botToken: "new" } } })).toEqual({
      value: { channels: { telegram: { botToken: "new" } } },
      moved: [{ path: "telegram", message: expect.stringContaining("channels.telegram") }],
    });
  });

  test("a migration never throws and never moves what it has moved", () => {
    const name = fc.constantFrom("agent", "agents", "defaults", "routing", "telegram", "channels", "gateway", "auth", "token", "list", "model");
    const tree = fc.letrec((tie) => ({ node: fc.oneof({ depthSize: "small" }, fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string()), fc.dictionary(name, tie("node"))) })).node;
    fc.assert(fc.property(tree, (value) => {
      const once = migrate(value).value;
      expect(migrate(once).value).toEqual(once);
    }));
  });
});

describe("edits", () => {
  const FILE = '{\n  // the front door\n  gateway: { port: 5, auth: { token: "first-token-of-all" } },\n  tools: { allow: ["a", "b"] },\n}\n';

  test("need the hash of what they started from, and a stale one changes nothing", async () => {
    const { source, text, hash } = await sourceOf({ "openclaw.json": FILE });
    expect(await source.edit({ kind: "merge", raw: "{}" })).toMatchObject({ kind: "refused", reason: "base-needed" });
    const base = await hash();
    expect(await source.edit({ kind: "merge", raw: "{ gateway: { port: 6 } }", baseHash: base })).toMatchObject({ kind: "written", changed: ["gateway.port"], needsRestart: ["gateway.port"] });
    expect(await source.edit({ kind: "merge", raw: "{ gateway: { port: 7 } }", baseHash: base })).toMatchObject({ kind: "refused", reason: "base-stale" });
    expect(source.listen().port).toBe(6);
    expect(await text("openclaw.json.bak")).toBe(FILE);
  });

  test("of two at once with one base, one is written", async () => {
    const { source, hash } = await sourceOf({ "openclaw.json": FILE });
    const baseHash = await hash();
    const outcomes = await Promise.all([6, 7, 8].map((port) => source.edit({ kind: "merge", raw: `{ gateway: { port: ${port} } }`, baseHash })));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["refused", "refused", "written"]);
  });

  test("make the first file where there is none, for its owner alone", async () => {
    const { source, folder, text } = await sourceOf({});
    expect(await source.edit({ kind: "replace", raw: "{ gateway: { port: 9 } } // mine\n" })).toMatchObject({ kind: "written" });
    expect(await text()).toBe("{ gateway: { port: 9 } } // mine\n");
    expect((await stat(join(folder, "openclaw.json"))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.includes(".tmp"))).toEqual([]);
  });

  test("give back what was shown: secrets return to their places, comments stay", async () => {
    const { source, text, hash, heard } = await sourceOf({ "openclaw.json": FILE });
    const { raw } = await source.view();
    expect(raw).toContain("// the front door");
    expect(raw).not.toContain("first-token-of-all");
    const edited = await source.edit({ kind: "replace", raw: (raw ?? "").replace("port: 5", "port: 6"), baseHash: await hash() });
    expect(edited).toMatchObject({ kind: "written", view: { config: { gateway: { port: 6, auth: { token: REDACTED } } } } });
    expect(await text()).toBe(FILE.replace("port: 5", "port: 6"));
    expect(heard.changes.map(({ changed }) => changed)).toEqual([["gateway.port"]]);
    expect(JSON.stringify([edited, heard])).not.toContain("first-token-of-all");
  });

  test("a placeholder where the file has no secret is refused, and so is everything else that a start would refuse", async () => {
    const { source, text, hash } = await sourceOf({ "openclaw.json": FILE });
    for (const [raw, path] of [
      [`{ gateway: { auth: { token: "first-token-of-all", password: "${REDACTED}" } } }`, "gateway.auth.password"],
      ["{ gateway: { port: 'many' } }", "gateway.port"],
      ["{ gateway: ", ""],
      ['{ gateway: { auth: { token: "${NOT_SET_ANYWHERE}" } } }', "gateway.auth.token"],
      ['{ "__proto__": { polluted: 1 } }', '__proto__'],
      ["7", ""],
    ] as const) {
      const refused = await source.edit({ kind: "replace", raw, baseHash: await hash() });
      expect(refused).toMatchObject({ kind: "refused", reason: "invalid", issues: expect.arrayContaining([{ path, message: expect.any(String) }]) });
    }
    expect(await text()).toBe(FILE);
    expect(source.settings().auth).toMatchObject({ token: "first-token-of-all" });
  });

  test("a patch removes with null and replaces lists", async () => {
    const { source, text, hash } = await sourceOf({ "openclaw.json": FILE });
    await source.edit({ kind: "merge", raw: '{ gateway: { auth: { token: null, password: "a-new-password" } }, tools: { allow: ["c"] } }', baseHash: await hash() });
    expect(JSON5.parse(await text())).toEqual({ gateway: { port: 5, auth: { password: "a-new-password" } }, tools: { allow: ["c"] } });
    expect(source.settings()).toMatchObject({ auth: { mode: "password" }, tools: { allow: ["c"] } });
    expect(source.secrets()).toEqual(expect.arrayContaining(["first-token-of-all", "a-new-password"]));
  });

  test("a gateway that others reach keeps its secret", async () => {
    const { source, hash } = await sourceOf({ "openclaw.json": '{ gateway: { bind: "lan", auth: { token: "needed-on-the-lan" } } }' });
    expect(await source.edit({ kind: "merge", raw: "{ gateway: { auth: null } }", baseHash: await hash() })).toMatchObject({ kind: "refused", issues: [{ path: "gateway.auth" }] });
    expect(source.settings().auth.mode).toBe("token");
  });

  test("are refused where the host's owner says so, and follow a symbolic link", async () => {
    const { source } = await sourceOf({ "openclaw.json": "{}" }, { OPENCLAW_NIX_MODE: "1" });
    expect(await source.edit({ kind: "merge", raw: "{}", baseHash: (await source.view()).hash })).toMatchObject({ reason: "read-only", message: expect.stringContaining("OPENCLAW_NIX_MODE") });
    const elsewhere = await stateDir({ "real.json": "{}" });
    const folder = await stateDir();
    await symlink(join(elsewhere, "real.json"), join(folder, "openclaw.json"));
    const linked = await FileConfigSource.open({ stateDir: folder, env: {} });
    await linked.edit({ kind: "merge", raw: "{ gateway: { port: 4 } }", baseHash: (await linked.view()).hash });
    expect(JSON5.parse(await readFile(join(elsewhere, "real.json"), "utf8"))).toEqual({ gateway: { port: 4 } });
  });
});

describe("the rules of an edit", () => {
  const json = fc.jsonValue({ depthSize: "small" });

  test("what was redacted and comes back unchanged is what it was", () => {
    const name = fc.constantFrom("token", "port", "headers", "password", "list", "id", "name");
    const tree = fc.letrec((tie) => ({ node: fc.oneof({ depthSize: "small" }, fc.string({ minLength: 1 }), fc.integer(), fc.boolean(), fc.dictionary(name, tie("node")), fc.array(fc.dictionary(name, fc.string({ minLength: 1 })), { maxLength: 3 }) ) })).node;
    fc.assert(fc.property(fc.dictionary(name, tree), (value) => {
      fc.pre(!JSON.stringify(value).includes(REDACTED));
      // Two items of one id could not be told apart.
      fc.pre(!JSON.stringify(value).includes('"id"'));
      const issues: ConfigIssue[] = [];
      expect(withSecretsBack(redact(value), value, issues)).toEqual(value);
      expect(issues).toEqual([]);
    }));
  });

  test("texts are replaced in place, or the file is written anew: it always says what it should", () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), json), fc.boolean(), (value, indented) => {
      const raw = JSON.stringify(value, null, indented ? 2 : 0);
      const to = redact(value);
      expect(JSON5.parse(withTextsReplaced(raw, value, to))).toEqual(JSON5.parse(JSON.stringify(to)));
    }));
  });

  test("a merge patch after RFC 7396", () => {
    for (const [target, patch, result] of [
      [{ a: "b" }, { a: "c" }, { a: "c" }],
      [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
      [{ a: "b" }, { a: null }, {}],
      [{ a: ["b"] }, { a: "c" }, { a: "c" }],
      [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
      [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
      [["a", "b"], ["c", "d"], ["c", "d"]],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: "b", c: null }, { a: "b" }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ]) expect(mergePatch(target, patch, new Set())).toEqual(result);
    expect(mergePatch({ a: { b: 1, c: 2 } }, { a: { b: 3 } }, new Set(["a"]))).toEqual({ a: { b: 3 } });
  });

  test("no two different configurations have no difference, and none differs from itself", () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (one, other) => {
      expect(changedPaths(one, one)).toEqual([]);
      expect(changedPaths(one, other).length === 0).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
    }));
  });
});

/** Sections do not tell in which order their keys were written; lists do, and so does what stands in them. */
const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]))
    : value;

describe("watching", () => {
  /** The system's news of a file come when they come; what follows is the clock's. */
  async function until(clock: HandClock, happened: () => boolean): Promise<void> {
    while (!happened()) {
      await clock.pass(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test("a file that was changed by somebody else is in force; a broken one is told once and the last good one stays", async () => {
    const { source, heard, folder } = await sourceOf({ "openclaw.json": '{ gateway: { port: 1 }, $include: "./more.json5" }', "more.json5": "{}" });
    const clock = new HandClock();
    ends.push(source.watch(clock));
    await writeFile(join(folder, "openclaw.json"), '{ gateway: { port: 2 }, $include: "./more.json5" }');
    await until(clock, () => heard.changes.length === 1);
    expect(source.listen().port).toBe(2);
    await writeFile(join(folder, "openclaw.json"), "{ gateway: { port: 'x' } }");
    await until(clock, () => heard.refused.length === 1);
    await clock.pass(60_000);
    expect(heard.refused).toHaveLength(1);
    expect(heard.refused[0]).toEqual([{ path: "gateway.port", message: expect.any(String) }]);
    expect(source.listen().port).toBe(2);
    await writeFile(join(folder, "openclaw.json"), '{ $include: "./more.json5" }');
    await until(clock, () => heard.changes.length === 2);
    await writeFile(join(folder, "more.json5"), "{ gateway: { port: 3 } }");
    await until(clock, () => heard.changes.length === 3);
    expect(source.listen().port).toBe(3);
  });

  test("is left alone where the configuration says so, and ends without a trace", async () => {
    const { source, heard, folder } = await sourceOf({ "openclaw.json": '{ gateway: { reload: { mode: "off" } } }' });
    const clock = new HandClock();
    const end = source.watch(clock);
    await writeFile(join(folder, "openclaw.json"), "{ gateway: { port: 2 } }");
    await clock.pass(60_000);
    expect(heard.changes).toEqual([]);
    end();
    expect(clock.pending).toBe(0);
  });
});
