import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MemoryLog, SilentLog } from "../../src/adapters/log/memory/index.js";
import { PinoLog, type PinoLogOptions } from "../../src/adapters/log/pino/index.js";
import { TEXT, clientFrame } from "../stand-ins/raw-peer.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor } from "../support/front-door.js";

async function captured(options: Omit<PinoLogOptions, "output" | "sink"> & { isTTY?: boolean } = {}) {
  const shown: string[] = [];
  const filed: string[] = [];
  const log = await PinoLog.open({
    ...options,
    output: { write: (line) => void shown.push(line), isTTY: options.isTTY ?? false },
    sink: { write: (line) => void filed.push(line) },
  });
  return { log, shown, filed };
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe("an attacker's text in a log", () => {
  const forgeries = [
    "name\n{\"level\":\"info\",\"msg\":\"owner approved\"}",
    "name\r\nHTTP/1.1 200 OK",
    "\u001b[2J\u001b[1;1H\u001b]0;title\u0007",
    "\u009b31mred",
    "admin\u202Enimda",
    "zero\u200bwidth\ufeff",
    "\u2028line\u2029separators",
    "\ud800lone",
    "\0nul\u007fdel",
  ];

  test.each(forgeries)("T3: is one visible line: %j", async (text) => {
    for (const isTTY of [false, true]) {
      const { log, shown, filed } = await captured({ isTTY });
      log.warn("peer refused", { name: text, code: 1008 });
      expect(filed).toHaveLength(1);
      expect(filed[0]?.match(/\n/g)).toHaveLength(1);
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(filed[0]?.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/);
      expect(parsed(filed)[0]).toMatchObject({ level: "warn", msg: "peer refused", code: 1008 });
      // The pretty form may colour its own words; nothing of the attacker's reaches the terminal raw.
      // oxlint-disable-next-line no-control-regex -- colours are taken away first
      const plain = shown.join("").replace(/\u001b\[[0-9;]*m/g, "");
      expect(plain.match(/\n/g)).toHaveLength(1);
      expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/); // oxlint-disable-line no-control-regex
      expect(shown.join("")).not.toContain("\u001b[2J");
    }
  });

  test("T3: is cut to 512 characters, and no pair of surrogates is torn", async () => {
    const { log, filed } = await captured();
    log.info("seen", { agent: "x".repeat(30_000_000), face: `${"x".repeat(511)}😀${"y".repeat(10)}` });
    const [line] = parsed(filed);
    expect(line?.["agent"]).toBe(`${"x".repeat(512)}…`);
    expect(line?.["face"]).toBe(`${"x".repeat(511)}…`);
  });

  test("T3: never breaks the line, whatever it is", async () => {
    const { log, filed } = await captured();
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      filed.length = 0;
      log.info("seen", { text, level: text });
      expect(filed).toHaveLength(1);
      expect(parsed(filed)[0]).toMatchObject({ level: "info", msg: "seen" });
    }));
  });
});

test("T3: no header of a stranger's forges a line, whether it is refused or taken", async () => {
  const { log, filed } = await captured({ level: "debug" });
  const door = await FrontDoor.open({ log });
  // HTTP has no line breaks inside of a header, but bytes above 127 that terminals of old obey.
  const bytes = "x\u009b31m\u0085\u00ad {\"msg\":\"owner approved\"}";
  const headers = ["Host", "Origin", "User-Agent", "X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "Tailscale-User-Login", "X-OpenClaw-Scopes", bytes];
  for (const header of headers) {
    for (const value of [bytes, "x".repeat(8_000), `${bytes}\u001b[2J`]) {
      const peer = await door.raw();
      peer.askForUpgrade({ [header]: value });
      const response = await peer.response();
      if (response?.status === 101) {
        await peer.frame();
        peer.write(clientFrame(TEXT, new TestDevice("stranger").connectFrame({ auth: { token: "wrong" }, nonce: "n", signedAt: door.clock.now() })));
        await peer.closeFrame();
      }
      peer.end();
      // Refusals are told once a second.
      await door.clock.pass(1_000);
    }
  }
  await door.close();
  expect(parsed(filed).filter(({ msg }) => msg === "refused a request before it was read").length).toBeGreaterThanOrEqual(4);
  expect(parsed(filed).filter(({ msg }) => msg === "a client was refused").length).toBeGreaterThanOrEqual(10);
  for (const line of filed) {
    expect(line.match(/\n/g)).toHaveLength(1);
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\ufeff]/);
    expect(line.length).toBeLessThan(3_000);
  }
});

describe("a secret in a log", () => {
  const canary = "canary-4f1c9a7e2b";

  test("T2: does not get there by its field's name", async () => {
    const { log, filed } = await captured();
    log.info("connected", { token: canary, deviceToken: canary, password: canary, "x-api-key": canary, Cookie: canary, Authorization: canary, inputTokens: 12, authMode: "token" });
    expect(filed.join("")).not.toContain(canary);
    expect(parsed(filed)[0]).toMatchObject({ token: "[redacted]", inputTokens: 12, authMode: "token" });
  });

  test("T2: does not get there by its text, whole, within another, across the cut, or as the message", async () => {
    const { log, filed } = await captured({ secrets: () => [canary, "short"] });
    log.info("one", { a: canary, b: `https://host/${canary}?x`, c: "short", d: "shortly" });
    log.info(`bad caller ${canary}`);
    for (let lead = 480; lead <= 530; lead += 1) log.info("cut", { text: `${"x".repeat(lead)}${canary}${canary}${"y".repeat(600)}` });
    log.info("many", { text: `${canary.repeat(40)}${"z".repeat(600)}` });
    expect(filed.join("")).not.toContain(canary);
    expect(filed.slice(2).join("")).not.toMatch(/canary/);
    expect(parsed(filed)[0]).toMatchObject({ a: "[redacted]", b: "https://host/[redacted]?x", c: "[redacted]", d: "shortly" });
  });

  test("T2: is covered as soon as it is known", async () => {
    const secrets: string[] = [];
    const { log, filed } = await captured({ secrets: () => secrets });
    secrets.push(canary);
    log.info("rotated", { value: canary });
    expect(filed.join("")).not.toContain(canary);
  });

  test("T2: does not get there inside an object that slipped past the types", async () => {
    const { log, filed } = await captured();
    log.info("oops", { detail: { nested: canary } as unknown as string, error: new Error(canary) as unknown as string });
    expect(filed.join("")).not.toContain(canary);
  });
});

describe("levels and places", () => {
  test("below the level nothing is written, and silent is silent", async () => {
    const warn = await captured({ level: "warn" });
    warn.log.debug("a");
    warn.log.info("b");
    warn.log.warn("c");
    warn.log.error("d");
    expect(parsed(warn.filed).map((line) => [line["level"], line["msg"]])).toEqual([["warn", "c"], ["error", "d"]]);
    expect(warn.shown).toEqual(warn.filed);
    const silent = await captured({ level: "silent" });
    silent.log.error("e");
    expect(silent.filed).toEqual([]);
  });

  test("time is ISO 8601, and a terminal gets a readable line", async () => {
    const { log, shown, filed } = await captured({ isTTY: true, level: "debug" });
    log.debug("ready", { port: 1, left: undefined, right: null });
    expect(parsed(filed)[0]).toMatchObject({ level: "debug", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), port: 1, right: null });
    expect(shown.join("")).toMatch(/DEBUG.*ready/);
    expect(shown.join("")).not.toMatch(/^\{/);
  });

  test("the in-memory log keeps all, the silent one nothing", () => {
    const memory = new MemoryLog();
    for (const log of [memory, new SilentLog()]) {
      log.debug("one");
      log.info("two", { a: 1 });
      log.warn("three");
      log.error("four");
    }
    expect(memory.entries.map((entry) => entry.level)).toEqual(["debug", "info", "warn", "error"]);
    expect(memory.text()).toContain("\"two\"");
  });
});
