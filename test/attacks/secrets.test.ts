import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Gate } from "../../src/adapters/agent/scripted/index.js";
import { NodeSignatures } from "../../src/adapters/crypto/node/index.js";
import { MemoryDeviceStore } from "../../src/adapters/storage/memory/memory-device-store.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import type { DeviceChanges, Devices } from "../../src/domain/pairing/device.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import type { AuthSettings, Settings } from "../../src/domain/settings.js";
import type { ConfigSource, ConfigView } from "../../src/ports/config-source.js";
import type { Signatures } from "../../src/ports/signatures.js";
import { errorOf, payloadOf } from "../support/client.js";
import { runProgram, startDaemon } from "../support/daemon.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor, TOKEN } from "../support/front-door.js";

type Auth = NonNullable<ConnectParams["auth"]>;

let door: FrontDoor;

describe("how secrets are compared", () => {
  /** Notes each comparison and each digest, in order. */
  class CountingSignatures implements Signatures {
    readonly calls: string[] = [];
    readonly #inner = new NodeSignatures();

    deviceIdOf(publicKey: string): string | undefined {
      return this.#inner.deviceIdOf(publicKey);
    }

    verify(publicKey: string, signature: string, payload: string): boolean {
      return this.#inner.verify(publicKey, signature, payload);
    }

    secretsEqual(given: string, expected: string): boolean {
      this.calls.push("compare");
      return this.#inner.secretsEqual(given, expected);
    }

    digest(text: string): string {
      this.calls.push("digest");
      return this.#inner.digest(text);
    }
  }

  const signatures = new CountingSignatures();

  beforeEach(async () => {
    door = await FrontDoor.open({ signatures });
  });
  afterEach(() => door.close());

  /** What is done with a credential, from the connect frame to its answer. */
  async function workOn(auth: Auth, device?: string): Promise<{ readonly calls: readonly string[]; readonly isIn: boolean }> {
    const client = await door.knock({ "x-forwarded-for": `203.0.113.${(from += 1) % 250}` });
    await client.challenge();
    signatures.calls.length = 0;
    const answer = await client.tryConnect({ auth, scopes: ["operator.read"], ...(device === undefined ? {} : { device: new TestDevice(device) }) });
    return { calls: [...signatures.calls], isIn: answer.ok };
  }
  let from = 0;

  const guessesAt = (secret: string): string[] => [
    secret.replace(/^./, "~"), secret.replace(/.$/, "~"), "~".repeat(secret.length), `${secret}~`, secret.slice(0, -1), secret.slice(1), secret.slice(0, 1),
    "~", secret.toUpperCase(), ` ${secret}`, `${secret}\u0000`, secret.repeat(2), "~".repeat(50_000), `${secret.slice(0, -1)}\u00e9`,
  ];

  test.each<[string, (secret: string) => Auth]>([
    ["token", (token) => ({ token })],
    ["password", (password) => ({ password })],
  ])("T1: a %s is compared once and whole, whatever of it is right and however long it is", async (mode, offer) => {
    await door.close();
    door = await FrontDoor.open({ signatures, auth: mode === "token" ? { mode, token: TOKEN } : { mode: "password", password: TOKEN } });
    const right = await workOn(offer(TOKEN));
    expect(right.isIn).toBe(true);
    const works = [];
    for (const guess of guessesAt(TOKEN)) works.push(await workOn(offer(guess)));
    const [first] = works;
    expect(works).toEqual(works.map(() => ({ calls: first?.calls, isIn: false })));
    expect(right.calls.slice(0, first?.calls.length)).toEqual(first?.calls);
    expect(first?.calls.filter((call) => call === "compare")).toHaveLength(1);
  });

  test("T1: a device's token is compared as often for each guess, and no less than for the right one", async () => {
    const { hello } = await door.enter({ device: "victim", scopes: ["operator.read"] });
    const held = hello.auth?.deviceToken ?? "";
    for (const offer of [(deviceToken: string): Auth => ({ deviceToken }), (token: string): Auth => ({ token })]) {
      const right = await workOn(offer(held), "victim");
      expect(right.isIn).toBe(true);
      const works = [];
      for (const guess of guessesAt(held)) works.push(await workOn(offer(guess), "victim"));
      const [first] = works;
      expect(works).toEqual(works.map(() => ({ calls: first?.calls, isIn: false })));
      expect(right.calls.slice(0, first?.calls.length)).toEqual(first?.calls);
    }
  });

  test("T1: texts are equal where they are the same, and lengths never show as an error", () => {
    const plain = new NodeSignatures();
    const text = fc.oneof(fc.string({ maxLength: 200 }), fc.constantFrom("", "\u0000", "\u00e9", "e\u0301", "😀", "a", "aa"));
    fc.assert(fc.property(text, text, (one, other) => {
      expect(plain.secretsEqual(one, other)).toBe(one === other);
      expect(plain.secretsEqual(one, one)).toBe(true);
    }));
  });

  test("T1: nothing compares a secret with an operator", async () => {
    const root = fileURLToPath(new URL("../../src/", import.meta.url));
    const found: string[] = [];
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(root.length);
      // What the client library and the command line compare is their own.
      if (!entry.isFile() || !path.endsWith(".ts") || /^(?:client|testing|app\/cli)\//.test(path)) continue;
      for (const line of (await readFile(join(root, path), "utf8")).split("\n")) if (comparesSecret(line)) found.push(`${path}: ${line.trim()}`);
    }
    expect(found.toSorted()).toEqual([
      // A file's checksum, which came with it.
      expect.stringMatching(/^adapters\/channels\/whatsapp\/files\.ts: return createHash/),
      // The owner's own file, with itself.
      expect.stringMatching(/^adapters\/config\/file\/hooks\.ts: else if/),
      // A token of Markdown.
      expect.stringMatching(/^adapters\/markdown\/marked\/translate\.ts: if \(token\.autolink/),
      // Digests, of a use that is written down.
      expect.stringMatching(/^adapters\/storage\/file\/file-device-store\.ts: if \(!device \|\| token\?\.digest !== digest/),
      // Digests, of a token that was recognised before.
      expect.stringMatching(/^app\/gateway\/pairing-desk\.ts: const token = presented\?\.digest === entry\.digest/),
      expect.stringMatching(/^app\/gateway\/pairing-desk\.ts: return this\.#parts\.signatures\.digest\(token\) === entry\.digest/),
      // Digests, of one record as it was and as it is.
      expect.stringMatching(/^app\/gateway\/reception\.ts: now !== undefined && now\.digest === before\?\.digest/),
      // The configuration's own, before and now.
      expect.stringMatching(/^app\/gateway\/secret-watch\.ts: if \(secret === this\.#secret\)/),
      // Two things that one peer offered.
      expect.stringMatching(/^domain\/handshake\/credentials\.ts: if \(secrets\.some\(\(secret\) => secret !== offered\.deviceToken\)\)/),
      expect.stringMatching(/^domain\/pairing\/grant\.ts: \.\.\.\(held && !revoked \? \{ previousDigest: need\.presented !== undefined && need\.presented === held\.previousDigest/),
      expect.stringMatching(/^domain\/pairing\/grant\.ts: if \(held && !revoked && coversAll\(held\.scopes, need\.scopes\)/),
      expect.stringMatching(/^domain\/pairing\/grant\.ts: if \(held\.previousDigest === undefined \|\| need\.presented !== held\.digest\)/),
      // Digests of what the assistant said, then and now.
      expect.stringMatching(/^domain\/schedule\/heartbeat-reply\.ts: const isRepeated = /),
    ]);
  });
});

const SECRET = String.raw`[\w.?#]*(?:token|password|secret|digest|credential|presented|apiKey)(?:\([^)]*\))?`;
const COMPARISON = new RegExp(String.raw`${SECRET}\s*[!=]==?\s*(?!undefined|""|null|")[\w.]|(?<!typeof [\w.]+ )[!=]==?\s*${SECRET}(?![\w"])`, "i");
const comparesSecret = (line: string): boolean => COMPARISON.test(line) && !/^\s*(?:\*|\/\/)/.test(line);

describe("keys that others can read", () => {
  let stateDir: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "gateway-"));
    env = { HOME: stateDir, OPENCLAW_STATE_DIR: stateDir };
    const daemon = await startDaemon({ stateDir, config: { gateway: { auth: { mode: "token", token: TOKEN } } } });
    expect((await daemon.run("health")).code).toBe(0);
    expect(await daemon.stop()).toBe(0);
  }, 20_000);
  afterAll(() => rm(stateDir, { recursive: true }));

  test("T4: the gateway does not start with a key that others can read, says how to close it, and leaves it as it is", async () => {
    const key = join(stateDir, "devices", "token-key");
    for (const mode of [0o604, 0o660]) {
      await chmod(key, mode);
      expect(await runProgram(["gateway", "--port", "0"], env)).toEqual({
        code: 78,
        stdout: "",
        stderr: `${key} holds a key and can be read by other users of this host: close it with chmod 600 '${key}', or set OPENCLAW_ALLOW_READABLE_SECRETS=1 where that has no effect.\n`,
      });
      expect((await stat(key)).mode & 0o777).toBe(mode);
    }
    const daemon = await startDaemon({ stateDir, env: { OPENCLAW_ALLOW_READABLE_SECRETS: "1" } });
    expect(await daemon.stop()).toBe(0);
    expect((await stat(key)).mode & 0o777).toBe(0o660);
    await chmod(key, 0o600);
  }, 20_000);

  test("T4: the command line does not use a key that others can read, and the doctor names every file that is open", async () => {
    const key = join(stateDir, "identity", "device.json");
    const config = join(stateDir, "openclaw.json");
    await chmod(key, 0o644);
    await chmod(config, 0o644);
    const daemon = await startDaemon({ stateDir });
    // A configuration that holds secrets is its owner's to arrange: it is only told.
    expect(daemon.lines.join("\n")).toContain(`"path":${JSON.stringify(config)},"msg":"Other users of this host can read this file, which holds secrets: close it with chmod 600."`);
    const [refused, doctor, allowed] = await Promise.all([
      daemon.run("health"),
      daemon.run("doctor", "--json"),
      runProgram(["health"], { ...env, OPENCLAW_GATEWAY_PORT: String(daemon.port), OPENCLAW_ALLOW_READABLE_SECRETS: "1" }),
    ]);
    expect(refused).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining(`${key} holds a key and can be read by other users of this host: close it with chmod 600 '${key}'`) });
    expect(allowed.code).toBe(0);
    const { findings } = JSON.parse(doctor.stdout) as { findings: readonly { check: string; state: string; message: string; fix?: readonly string[] }[] };
    expect(doctor.code).toBe(1);
    expect(findings).toEqual(expect.arrayContaining([
      { check: "state", state: "fail", message: expect.stringContaining("refused until that is mended"), fix: [`chmod go= '${key}'`, `chmod go= '${config}'`] },
      { check: "identity", state: "fail", message: expect.stringContaining(key), fix: [] },
    ]));
    expect(await daemon.stop()).toBe(0);
    expect((await stat(key)).mode & 0o777).toBe(0o644);
    await Promise.all([key, config].map((path) => chmod(path, 0o600)));
    const mended = await startDaemon({ stateDir });
    expect(mended.lines.join("\n")).not.toContain("holds secrets");
    expect((await mended.run("doctor")).stdout).toContain("ok    state:");
    expect(await mended.stop()).toBe(0);
  }, 20_000);

  test("T4: a name that a shell would obey is quoted in the command that is told", async () => {
    const folder = join(stateDir, "it's $(here)");
    const daemon = await startDaemon({ env: { OPENCLAW_STATE_DIR: folder }, stateDir });
    expect(await daemon.stop()).toBe(0);
    await chmod(join(folder, "devices", "token-key"), 0o644);
    const { stderr } = await runProgram(["gateway", "--port", "0"], { HOME: stateDir, OPENCLAW_STATE_DIR: folder });
    const told = /chmod 600 ('.*'), or/.exec(stderr)?.[1] ?? "";
    await writeFile(join(stateDir, "mend.sh"), `chmod 600 ${told}\n`);
    expect(spawnSync("/bin/sh", [join(stateDir, "mend.sh")]).status).toBe(0);
    expect((await stat(join(folder, "devices", "token-key"))).mode & 0o777).toBe(0o600);
  }, 20_000);
});

describe("rotation", () => {
  /** A configuration that changes while it is in use, as one that is read anew would. */
  class ChangingConfig implements ConfigSource {
    auth: AuthSettings = { mode: "token", token: "first" };

    settings(): Settings {
      return { ...DEFAULT_SETTINGS, auth: this.auth };
    }

    path(): undefined {
      return undefined;
    }

    view(): Promise<ConfigView> {
      return Promise.reject(new Error("nobody asks for it here"));
    }

    edit(): Promise<never> {
      return Promise.reject(new Error("nobody edits it here"));
    }

    onChange(): () => void {
      return () => undefined;
    }

    schema(): unknown {
      return {};
    }

    restartPaths(): readonly string[] {
      return [];
    }
  }

  let config: ChangingConfig;

  beforeEach(async () => {
    config = new ChangingConfig();
    door = await FrontDoor.open({ config });
  });
  afterEach(() => door.close());

  // From elsewhere, where wrong guesses are not held back.
  const connect = async (auth: Auth, device = "laptop") => (await door.knock({ "x-forwarded-for": "203.0.113.9" })).tryConnect({ auth, device: new TestDevice(device), scopes: ["operator.admin"] });

  test.each([3, 4])("T5: a device token that was rotated opens nothing from then on, and its connections end, protocol %i", async (protocol) => {
    const client = await door.enter({ auth: { token: "first" }, device: "laptop", protocol });
    const admin = await door.enter({ auth: { token: "first" }, device: "admin" });
    const { id } = new TestDevice("laptop");
    const old = client.hello.auth?.deviceToken ?? "";
    const other = await door.enter({ auth: { deviceToken: old }, device: "laptop", protocol: 4 });
    await admin.call("device.token.rotate", { deviceId: id, role: "operator" });
    for (const gone of [client, other]) expect(await gone.closed).toEqual({ code: 4001, reason: "gateway auth changed" });
    expect(errorOf(await connect({ deviceToken: old })).details).toMatchObject({ code: "AUTH_DEVICE_TOKEN_MISMATCH" });
    const { auth } = payloadOf<{ auth: { deviceToken: string } }>(await connect({ token: "first" }));
    expect(auth.deviceToken).not.toBe(old);
    payloadOf(await connect({ deviceToken: auth.deviceToken }));
    await admin.call("device.token.revoke", { deviceId: id, role: "operator" });
    expect(errorOf(await connect({ deviceToken: auth.deviceToken })).details).toMatchObject({ code: "AUTH_DEVICE_TOKEN_MISMATCH" });
    expect(await admin.call("health")).toMatchObject({ ok: true });
  });

  test("T5: what was asked for on a connection before its token was rotated is not answered on it afterwards", async () => {
    const client = await door.enter({ auth: { token: "first" }, device: "laptop" });
    const admin = await door.enter({ auth: { token: "first" }, device: "admin" });
    const waiting = client.request("agent.wait", { runId: "nobody", timeoutMs: 5_000 }).catch(() => "never answered");
    await client.wire.settle();
    await admin.call("device.token.rotate", { deviceId: new TestDevice("laptop").id, role: "operator" });
    client.ask("health");
    await client.closed;
    await door.clock.pass(5_000);
    expect(await waiting).toBe("never answered");
    expect(client.responses.map(({ id }) => id)).toEqual(["connect"]);
  });

  test("T5: the next handshake is held against the configuration as it is then", async () => {
    const client = await door.enter({ auth: { token: "first" }, device: "laptop" });
    const steps: readonly (readonly [AuthSettings, Auth, Auth, string])[] = [
      [{ mode: "token", token: "second" }, { token: "first" }, { token: "second" }, "AUTH_TOKEN_MISMATCH"],
      [{ mode: "password", password: "third" }, { token: "second" }, { password: "third" }, "AUTH_PASSWORD_MISMATCH"],
      [{ mode: "token", token: "fourth" }, { password: "third" }, { token: "fourth" }, "AUTH_TOKEN_MISMATCH"],
    ];
    let last = client;
    for (const [auth, old, right, code] of steps) {
      config.auth = auth;
      expect(errorOf(await connect(old, "stranger")).details).toMatchObject({ code });
      expect(await last.closed).toEqual({ code: 4001, reason: "gateway auth changed" });
      last = await door.enter({ auth: right, device: "laptop" });
    }
  });

  test("T5: a secret that changes while a handshake is under way lets nobody in", async () => {
    const gate = new Gate();
    class SlowStore extends MemoryDeviceStore {
      override async update<T>(decide: (devices: Devices) => { changes: DeviceChanges; value: T }): Promise<T> {
        await new Promise<void>((resolve) => gate.whenOpen(resolve));
        return super.update(decide);
      }
    }
    await door.close();
    door = await FrontDoor.open({ config, devices: new SlowStore() });
    const client = await door.knock();
    const answer = client.tryConnect({ auth: { token: "first" }, device: new TestDevice("laptop"), scopes: ["operator.admin"] });
    await client.challenge();
    await client.wire.settle();
    config.auth = { mode: "token", token: "second" };
    gate.open();
    expect(errorOf(await answer)).toMatchObject({ code: "UNAVAILABLE", retryable: true });
    expect((await client.closed).code).toBe(4001);
  });

  test("T5: whoever the old secret let in is closed with the next handshake, or the next tick; whoever shows a device's token stays", async () => {
    const byToken = await door.enter({ auth: { token: "first" }, device: "laptop" });
    const deviceToken = byToken.hello.auth?.deviceToken ?? "";
    const byDevice = await door.enter({ auth: { deviceToken }, device: "laptop" });
    const without = await door.knock();
    payloadOf(await without.tryConnect({ auth: { token: "first" } }));
    config.auth = { mode: "token", token: "second" };
    await door.clock.pass(30_000);
    for (const gone of [byToken, without]) expect(await gone.closed).toEqual({ code: 4001, reason: "gateway auth changed" });
    expect(await byDevice.call("health")).toMatchObject({ ok: true });
    const again = await door.enter({ auth: { token: "second" }, device: "laptop" });
    config.auth = { mode: "none" };
    const next = await door.enter({ auth: {}, device: "laptop" });
    expect(await again.closed).toEqual({ code: 4001, reason: "gateway auth changed" });
    config.auth = { mode: "token", token: "third" };
    await door.clock.pass(30_000);
    expect(await next.closed).toEqual({ code: 4001, reason: "gateway auth changed" });
    expect(await byDevice.call("health")).toMatchObject({ ok: true });
    expect(door.log.text()).not.toMatch(/first|second|third/);
  });
});
