import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SystemClock } from "../../src/adapters/system/index.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { selfSigned } from "../app/certificate.js";
import { errorOf, SocketWire, TestClient } from "../support/client.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor, TOKEN } from "../support/front-door.js";
import { Terminal } from "../support/terminal.js";
import { isInstalled, startProxy, type ProxyWish, type ReverseProxy } from "../support/reverse-proxy.js";

// Debian's own nginx and HAProxy in front of a real gateway. Clients come from another loopback address than the proxy's,
// so that it can be seen whose address the gateway takes for theirs.

const PROXY = "127.0.0.2";
const CLIENT = "127.0.0.3";

let door: FrontDoor;
let proxy: ReverseProxy;
afterEach(async () => {
  await proxy.stop();
  await door.close();
});

async function stage(kind: "nginx" | "haproxy", { trusted = [PROXY], ...wish }: { trusted?: readonly string[] } & Omit<ProxyWish, "upstreamPort"> = {}) {
  door = await FrontDoor.open({ ownClock: new SystemClock(), settings: { ...DEFAULT_SETTINGS, trustedProxies: trusted } });
  proxy = await startProxy(kind, { upstreamPort: door.port, ...wish });
}

async function come(headers: Readonly<Record<string, string>> = {}, ca?: string): Promise<TestClient> {
  return new TestClient(await SocketWire.open(proxy.url.replace(/^http/, "ws"), headers, { localAddress: CLIENT, ...(ca === undefined ? {} : { ca }) }));
}

const ASK = { scopes: ["operator.read"], auth: { token: TOKEN } };
/** Where the gateway thinks that those come from whom it refused. */
const seen = (): unknown[] => door.log.entries.filter(({ message }) => message === "a client was refused").map(({ fields }) => fields?.["address"]);

interface Examined {
  readonly code: number;
  readonly report: {
    readonly findings: readonly { readonly check: string; readonly state: string }[];
    readonly gateway: { readonly gateway: { readonly trustedProxies: readonly string[] } };
    readonly seen?: unknown;
    readonly proxy: Readonly<Record<string, string>>;
  };
}

/** What `openclaw doctor proxy` says of it, run on the gateway's host. */
async function examine(url = proxy.url): Promise<Examined> {
  const terminal = await Terminal.open();
  try {
    const { code, out, err } = await terminal.run(["doctor", "proxy", "--url", url, "--json"], { env: { OPENCLAW_GATEWAY_PORT: String(door.port), OPENCLAW_GATEWAY_TOKEN: TOKEN } });
    expect(err).toBe("");
    return { code, report: JSON.parse(out) as Examined["report"] };
  } finally {
    await terminal.close();
  }
}

const failing = ({ report }: Examined): readonly string[] => report.findings.filter(({ state }) => state === "fail").map(({ check }) => check);

const KINDS = (["nginx", "haproxy"] as const).filter(isInstalled);

// Without either, this names what is missing and tests nothing; in CI both are installed.
(KINDS.length === 0 ? describe.skip.each(["nginx", "haproxy"] as const) : describe.each(KINDS))("%s", (kind) => {
  test("a client comes through, is seen where it is, asks to pair, and works once it is approved", async () => {
    await stage(kind);
    const device = new TestDevice("behind the proxy");
    const refusal = errorOf(await (await come()).tryConnect({ ...ASK, device }));
    expect(refusal).toMatchObject({ code: "NOT_PAIRED" });
    expect(seen()).toEqual([CLIENT]);
    const { requestId } = refusal.details as { requestId: string };
    await door.gateway.call("device.pair.approve", { requestId });
    const client = await come();
    await client.connect({ ...ASK, device });
    expect(await client.call("health", {})).toMatchObject({ ok: true });
    expect(door.log.entries).toContainEqual(expect.objectContaining({ message: "a client connected", fields: expect.objectContaining({ address: CLIENT }) }));
  });

  test("P3: what a client says of its own address is not believed", async () => {
    await stage(kind);
    for (const spoofed of ["127.0.0.1", "198.51.100.9, 10.0.0.1", "nonsense"]) {
      errorOf(await (await come({ "x-forwarded-for": spoofed, "x-real-ip": spoofed, forwarded: `for=${spoofed}` })).tryConnect({ ...ASK, device: new TestDevice("spoofer") }));
    }
    expect(seen()).toEqual([CLIENT, CLIENT, CLIENT]);
  });

  test("P1: a proxy that nobody trusts names nobody, and nobody behind it is local", async () => {
    await stage(kind, { trusted: [] });
    expect(errorOf(await (await come()).tryConnect({ ...ASK, device: new TestDevice("behind") }))).toMatchObject({ code: "NOT_PAIRED" });
    expect(seen()).toEqual([PROXY]);
  });

  test("P5: who brings an identity along has none", async () => {
    await stage(kind);
    const { details } = errorOf(await (await come({ "tailscale-user-login": "ada@example.com" })).tryConnect({ scopes: [], device: new TestDevice("claimant") }));
    expect(details).toMatchObject({ code: "AUTH_TOKEN_MISSING" });
  });

  test("O1: a foreign page is refused behind a proxy as it is without", async () => {
    await stage(kind);
    await expect(come({ origin: "https://evil.example" })).rejects.toThrow("403");
    await expect(come({ origin: proxy.url })).resolves.toBeInstanceOf(TestClient);
  });

  test("openclaw doctor proxy: as it prints the configuration all is well, and without its part of it the gateway says what is missing", async () => {
    await stage(kind, { trusted: [] });
    const before = await examine();
    expect([before.code, failing(before)]).toEqual([1, ["client"]]);
    expect(before.report.gateway).toEqual({ gateway: { trustedProxies: [PROXY], allowedHosts: ["127.0.0.1"] } });
    expect(before.report.seen).toMatchObject({ address: PROXY, trusted: false, locality: "remote", headers: { "x-forwarded-for": "127.0.0.1" } });
    expect(before.report.proxy[kind]).toContain(`127.0.0.1:${door.port}`);
    await proxy.stop();
    await door.close();
    await stage(kind, { trusted: before.report.gateway.gateway.trustedProxies });
    const after = await examine();
    expect([after.code, failing(after)]).toEqual([0, []]);
    expect(after.report.findings.filter(({ state }) => state === "ok").map(({ check }) => check)).toEqual(["reach", "host", "client", "spoofing", "websocket", "origin", "origin"]);
  });

  test("TLS ends at the proxy, and the client is seen all the same", async () => {
    const tls = selfSigned();
    await stage(kind, { tls });
    errorOf(await (await come({ origin: proxy.url }, tls.cert)).tryConnect({ ...ASK, device: new TestDevice("over tls") }));
    expect(seen()).toEqual([CLIENT]);
  });
});

(KINDS.includes("haproxy") ? test : test.skip).each(["send-proxy", "send-proxy-v2"])("P6: HAProxy with %s gets a 400: the gateway does not speak the PROXY protocol, and so nobody can lie in it", async (option) => {
  await stage("haproxy", {
    config: (port) => `
frontend openclaw
    mode http
    bind 127.0.0.1:${port}
    timeout client 10s
    default_backend openclaw
backend openclaw
    mode http
    timeout connect 5s
    timeout server 10s
    server gateway 127.0.0.1:${door.port} ${option}
`,
  });
  await expect(come()).rejects.toThrow("400");
});

(KINDS.includes("nginx") ? test : test.skip)("openclaw doctor proxy tells of an nginx that was told nothing: everybody would count as this host, and who lies is believed", async () => {
  await stage("nginx", { trusted: [], config: (port) => `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${door.port}; } }` });
  const { code, report } = await examine();
  expect(code).toBe(1);
  expect(failing({ code, report })).toEqual(["host", "client", "spoofing", "websocket"]);
  expect(report.findings).toContainEqual(expect.objectContaining({ check: "client", message: expect.stringContaining("counts as this host") }));
  expect(report.findings).toContainEqual(expect.objectContaining({ check: "identity", state: "warn" }));
});

(KINDS.includes("nginx") ? test : test.skip)("openclaw doctor proxy sends the public address no secret, whoever is there", async () => {
  await stage("nginx");
  const heard: string[] = [];
  const stranger = createServer((request, response) => {
    heard.push(JSON.stringify([request.url, request.rawHeaders]));
    response.writeHead(200).end("Welcome");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => stranger.once("listening", resolve));
  const { code, report } = await examine(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/under/a/path/`);
  stranger.close();
  expect([code, failing({ code, report })]).toEqual([1, ["reach"]]);
  expect(heard.length).toBeGreaterThanOrEqual(5);
  for (const words of heard) expect(words).not.toMatch(new RegExp(`${TOKEN}|authorization|cookie`, "i"));
  expect(heard[0]).toContain("/under/a/path/openclaw-proxy-check/");
});
