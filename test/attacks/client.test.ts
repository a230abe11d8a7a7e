import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { main } from "../../src/app/cli/main.js";
import { createClient as createPageClient } from "../../src/client/browser/index.js";
import { judgeEndpoint } from "../../src/client/endpoint.js";
import { GatewayError, type ConnectError } from "../../src/client/errors.js";
import { connectClient, createClient, type Client, type ClientFacts } from "../../src/client/index.js";
import { nodeSockets, type SocketPolicy } from "../../src/client/node/web-socket.js";
import { encodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { selfSigned } from "../app/certificate.js";
import { scriptedGateway, type Script, type ScriptedGateway } from "../app/scripted-gateway.js";
import { ScriptedPeer } from "../app/scripted-peer.js";
import { TestDevice } from "../support/device.js";

const CLIENT: ClientFacts = { id: "cli", mode: "cli", version: "1.0.0", platform: "linux" };

let folder: string;
const running: { stop?(): Promise<void>; close?(): unknown }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "client-attacks-"));
});
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await (one.stop?.() ?? one.close?.());
  await rm(folder, { recursive: true, force: true });
});

const keep = <T extends (typeof running)[number]>(one: T): T => {
  running.push(one);
  return one;
};
const gatewayOf = async (script: Script = {}): Promise<ScriptedGateway> => keep(await scriptedGateway(script));

/** Somebody on this host who waits for what is not meant for them. */
async function eavesdropper(): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  keep(server);
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const refusalOf = async (attempt: () => unknown): Promise<ConnectError> => {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof GatewayError) return error as ConnectError;
    throw error;
  }
  throw new Error("it went through");
};

/** Every way to name a gateway: each must refuse before anything is dialled. */
const DOORS: Readonly<Record<string, (url: string, allowPrivateNetwork: boolean) => unknown>> = {
  createClient: (url, allowPrivateNetwork) => createClient({ url, token: "secret", allowPrivateNetwork }),
  connectClient: (url, allowPrivateNetwork) => connectClient({ url, token: "secret", client: CLIENT, allowPrivateNetwork }),
  "a setup code": (url, allowPrivateNetwork) =>
    createClient({ setupCode: encodeSetupCode({ url, bootstrapToken: "secret" }), identity: new TestDevice("victim").asIdentity(), allowPrivateNetwork }),
  "a page": (url, allowPrivateNetwork) => createPageClient({ url, token: "secret", identity: "none", allowPrivateNetwork }),
};

async function command(url: string, env: Record<string, string> = {}): Promise<{ code: number; said: string }> {
  let said = "";
  const write = (text: string): void => void (said += text);
  const io = {
    stdout: { write }, stderr: { write }, env: { OPENCLAW_STATE_DIR: folder, ...env }, home: folder, now: () => 1,
    onInterrupt: () => () => undefined, loadDaemon: () => Promise.reject(new Error("not here")),
  };
  return { code: await main(["health", "--url", url, "--token", "secret", "--timeout", "1000"], io), said };
}

describe("D3, D4: plain text to anybody but this host", () => {
  const NAMES = ["127.evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "localhost.", "localhost.localdomain", "127.0.0.1.nip.io", "evil.com"];
  const ELSEWHERE = ["203.0.113.7", "10.0.0.1", "192.168.1.2", "169.254.169.254", "0.0.0.0", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:a00:1]", "[2001:db8::1]", "[64:ff9b::7f00:1]"];
  // Each of these is this host to one reader and something else, or nothing, to another.
  const DISGUISED = [
    "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::0001]", "0177.0.0.1", "017700000001", "2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0",
    "127.0.0.1@evil.com", "evil.com@127.0.0.1", "localhost:secret@evil.com", "127.0.0.1\\@evil.com", "127.0.0.1%2eevil.com", "%6cocalhost", "１２７.0.0.1", "ⓛocalhost", "localhost\u200b", "127.0.0.1\t", "[::1%25eth0]",
  ];

  describe.each(Object.entries(DOORS))("%s", (_door, open) => {
    test.each([...NAMES, ...ELSEWHERE])("refuses ws://%s", async (host) => {
      expect(await refusalOf(() => open(`ws://${host}:1`, false))).toMatchObject({ name: "ConnectError", code: "INSECURE_URL" });
    });

    test.each(DISGUISED)("refuses ws://%s, allowed private networks or not", async (host) => {
      const { port, connections } = await eavesdropper();
      for (const allowPrivate of [false, true]) {
        const error = await refusalOf(() => open(`ws://${host}:${port}`, allowPrivate));
        expect(["BAD_URL", "INSECURE_URL"]).toContain(error.code);
      }
      expect(connections()).toBe(0);
    });

    test.each(["203.0.113.7", "0.0.0.0", "[::]", "[::ffff:a00:1]", "[2001:db8::1]", "[64:ff9b::7f00:1]", "172.32.0.1", "100.128.0.1", "11.0.0.1"])("refuses ws://%s also where private networks are allowed", async (host) => {
      expect(await refusalOf(() => open(`ws://${host}:1`, true))).toMatchObject({ code: "INSECURE_URL" });
    });
  });

  test.each(["ws://127.evil.com", "ws://localhost.evil.com", "ws://0177.0.0.1", "ws://[::ffff:10.0.0.1]", "ws://10.0.0.1"])("a command refuses --url %s and does not print the token", async (url) => {
    const { code, said } = await command(url);
    expect(code).toBe(1);
    expect(said).not.toContain("secret");
  });

  test("a variable that allows private networks allows no public one", async () => {
    expect(await command("ws://203.0.113.7:1", { OPENCLAW_ALLOW_INSECURE_PRIVATE_WS: "1" })).toMatchObject({ code: 1, said: expect.stringContaining("public address") });
  });

  const resolving = (addresses: readonly string[]): NonNullable<SocketPolicy["resolve"]> => (_name, _options, answer) =>
    answer(null, addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));

  async function dial(url: string, allowPrivate: boolean, addresses: readonly string[]): Promise<unknown> {
    const verdict = judgeEndpoint(url, { allowPrivate });
    if (verdict.kind === "refused") throw new Error(verdict.message);
    const listener = { message: () => undefined, closed: () => undefined };
    const wire = await nodeSockets({ allowPrivate, resolve: resolving(addresses) })(verdict.endpoint, listener, new AbortController().signal);
    return wire.close(1000, "");
  }

  test.each<[string, boolean, readonly string[]]>([
    ["localhost", false, ["203.0.113.7"]], ["localhost", false, ["10.0.0.1"]], ["localhost", true, ["10.0.0.1"]], ["localhost", false, ["127.0.0.1", "203.0.113.7"]],
    ["localhost", false, ["::ffff:127.0.0.1"]], ["localhost", false, []],
    ["gateway.lan", true, ["203.0.113.7"]], ["gateway.lan", true, ["10.0.0.1", "203.0.113.7"]], ["gateway.lan", true, ["2001:db8::1"]], ["gateway.lan", true, ["0.0.0.0"]],
  ])("a name is worth what it leads to at the moment of dialling: %s (private networks: %s) at %j", async (name, allowPrivate, addresses) => {
    expect(await refusalOf(() => dial(`ws://${name}:1`, allowPrivate, addresses))).toMatchObject({ code: "INSECURE_URL" });
  });

  test("a name is dialled at the very address that was looked at", async () => {
    const gateway = await gatewayOf();
    await dial(`ws://gateway.lan:${gateway.port}`, true, ["127.0.0.1"]);
    await dial(`ws://localhost:${gateway.port}`, false, ["127.0.0.1"]);
    expect(gateway.upgrades).toBe(2);
  });

  test.each([301, 302, 303, 307, 308])("a gateway that answers %s and points elsewhere is not followed", async (status) => {
    const { port, connections } = await eavesdropper();
    const server = createHttpServer().on("upgrade", (_request, socket) => {
      socket.end(`HTTP/1.1 ${status} Elsewhere\r\nLocation: ws://127.0.0.1:${port}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    });
    await once(keep(server).listen(0, "127.0.0.1"), "listening");
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await refusalOf(() => connectClient({ url, token: "secret", client: CLIENT }))).toMatchObject({ code: "HTTP_REFUSED", httpStatus: status });
    expect(connections()).toBe(0);
  });

  test("in the clear beyond this host, nobody is given the device's token for having refused another", async () => {
    const clock = new HandClock();
    const details = { code: "AUTH_TOKEN_MISMATCH", canRetryWithDeviceToken: true };
    const peer = new ScriptedPeer({ judge: (connect) => (connect ? { error: { code: "INVALID_REQUEST", message: "unauthorized: gateway token mismatch", details } } : undefined) });
    const stored = { token: "issued", role: "operator", scopes: [], endpoint: "10.0.0.1:1" };
    const credentials = { load: async () => stored, save: async () => undefined, clear: async () => undefined };
    const client = keep(createClient({ url: "ws://10.0.0.1:1", allowPrivateNetwork: true, token: "wrong", identity: new TestDevice("victim").asIdentity(), credentials, clock, openSocket: peer.open }));
    client.start();
    await clock.pass(3_600_000);
    expect(peer.connects.map(({ auth }) => auth)).toEqual([{ token: "wrong" }]);
  });
});

describe("D2: somebody else's certificate", () => {
  const pinOf = (pem: string): string => new X509Certificate(pem).fingerprint256;

  test("a client that stays connected stops at it, and nothing of it is tried another way", async () => {
    const impostor = await gatewayOf({ tls: selfSigned() });
    const clock = new HandClock();
    const client: Client = keep(createClient({ url: impostor.url, token: "secret", tlsFingerprint: pinOf(selfSigned().cert), stateDir: folder, clock }));
    client.start();
    expect(await refusalOf(() => client.opened())).toMatchObject({ code: "TLS_FINGERPRINT_MISMATCH", retryable: false });
    expect(client.state).toMatchObject({ kind: "paused", hint: expect.stringContaining("before you pin another") });
    await clock.pass(3_600_000);
    expect([client.state.kind, impostor.upgrades, impostor.connects.length, clock.pending]).toEqual(["paused", 0, 0, 0]);
  });

  test("a certificate that the system's authorities vouch for is refused all the same", async () => {
    const impostor = selfSigned();
    const gateway = await gatewayOf({ tls: impostor });
    const [authority, sdk] = [join(folder, "authority.pem"), join(folder, "sdk.mjs")];
    await writeFile(authority, impostor.cert);
    const banner = 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);';
    await build({ entryPoints: ["src/client/index.ts"], outfile: sdk, bundle: true, format: "esm", platform: "node", external: ["bufferutil", "utf-8-validate"], banner: { js: banner }, logLevel: "error" });
    const program = `
      import { connectClient } from ${JSON.stringify(sdk)};
      const connect = (more) => connectClient({ url: ${JSON.stringify(gateway.url)}, token: "secret", client: ${JSON.stringify(CLIENT)}, ...more })
        .then((client) => client.close().then(() => "admitted"), (error) => error.code);
      console.log([await connect({}), await connect({ tlsFingerprint: ${JSON.stringify(pinOf(selfSigned().cert))} })].join());`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority } });
    let said = "";
    for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    // Without a pin the authority's word is enough, so that it was the pin alone that refused.
    expect(said.trim()).toBe("admitted,TLS_FINGERPRINT_MISMATCH");
    expect(gateway.upgrades).toBe(1);
  }, 60_000);
});
