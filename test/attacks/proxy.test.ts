import { describe, expect, test } from "@jest/globals";
import { MemoryTailnet } from "../../src/adapters/tailnet/memory/index.js";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { StaticConfig } from "../../src/app/compose/static-config.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { ProxyDesk } from "../../src/app/gateway/proxy-desk.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { SeededIds } from "../../src/testing/seeded-ids.js";
import { locate } from "../../src/domain/handshake/locality.js";
import { createTestGateway } from "../../src/testing/index.js";
import { errorOf, payloadOf } from "../support/client.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor } from "../support/front-door.js";

const places = new AddressLocality();
const at = (address: string, headers: Record<string, string>, trusted: readonly string[] = []) =>
  locate({ address, headers, classify: (text) => places.classify(text), isTrusted: (text) => places.isWithin(text, trusted) });

describe("where a connection comes from", () => {
  test.each(["x-forwarded-for", "forwarded", "x-real-ip", "via", "cf-connecting-ip", "true-client-ip", "x-envoy-external-address", "tailscale-user-login"])(
    "P1: a loopback peer with %s that nobody vouches for is not local, and the header is not believed",
    (name) => {
      expect(at("127.0.0.1", { [name]: "203.0.113.7" })).toEqual({ locality: "remote", address: "127.0.0.1", forwarded: true });
    },
  );

  test("P2: a trusted proxy that names no client, or nothing readable, leads to nobody local", () => {
    for (const headers of [{}, { "x-forwarded-for": "" }, { "x-forwarded-for": "nonsense" }, { "x-forwarded-for": "127.0.0.1, 10.0.0.2" }]) {
      expect(at("127.0.0.1", headers as Record<string, string>, ["127.0.0.1", "10.0.0.0/8"])).toEqual({ locality: "remote", address: "127.0.0.1", forwarded: true });
    }
  });

  test("P3: of a chain, the rightmost address that no trusted proxy has counts; what the client wrote left of it does not", () => {
    const trusted = ["127.0.0.1", "10.0.0.0/8"];
    expect(at("127.0.0.1", { "x-forwarded-for": "127.0.0.1, 198.51.100.1, 203.0.113.7, 10.1.2.3" }, trusted).address).toBe("203.0.113.7");
    expect(at("198.51.100.9", { "x-forwarded-for": "127.0.0.1" }, trusted)).toEqual({ locality: "remote", address: "198.51.100.9", forwarded: true });
  });

  test("P1: this host's own address, dialled where the owner said so, is local, unless something stands in between", () => {
    const sight = { address: "100.64.0.1", classify: (text: string) => places.classify(text), isTrusted: () => false };
    expect(locate({ ...sight, headers: {} }).locality).toBe("remote");
    expect(locate({ ...sight, headers: {}, isOwnAddress: true }).locality).toBe("direct-local");
    expect(locate({ ...sight, headers: { "x-forwarded-for": "100.64.0.1" }, isOwnAddress: true }).locality).toBe("remote");
    expect(locate({ ...sight, headers: {}, isOwnAddress: true, isTrusted: () => true }).locality).toBe("remote");
  });

  test("P4: addresses are parsed: mapped IPv6, zone ids, ranges and their lengths", () => {
    expect(at("::ffff:127.0.0.1", {}).locality).toBe("direct-local");
    expect(places.isWithin("::ffff:10.1.2.3", ["10.0.0.0/8"])).toBe(true);
    expect(places.isWithin("fe80::1%eth0", ["fe80::/10"])).toBe(true);
    expect(places.isWithin("11.0.0.1", ["10.0.0.0/8"])).toBe(false);
    for (const range of ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "10.", "", "0.0.0.0/x", "::/0"]) {
      expect(places.isWithin("10.0.0.1", [range])).toBe(false);
    }
    for (const address of ["127.0.0.1.evil.example", "0177.0.0.1", "2130706433", "127.1", ""]) expect(at(address, {}).locality).toBe("remote");
  });
});

test("P1: what comes through a proxy is asked to pair, with the right secret and on this host", async () => {
  const gateway = await createTestGateway();
  const client = gateway.arrive({ address: "127.0.0.1", headers: { "x-forwarded-for": "203.0.113.7" } });
  const answer = await client.tryConnect({ device: new TestDevice("behind"), scopes: ["operator.read"], auth: { token: "test-token" } });
  expect(errorOf(answer)).toMatchObject({ code: "NOT_PAIRED", details: { reason: "not-paired", approveCommand: expect.stringContaining("openclaw devices approve ") } });
  await gateway.close();
});

test("P3: guesses through a trusted proxy lock out the client that it names, and nobody else behind it", async () => {
  const gateway = await createTestGateway({ settings: { ...DEFAULT_SETTINGS, trustedProxies: ["127.0.0.1"] } });
  const from = (address: string, token: string) =>
    gateway
      .arrive({ address: "127.0.0.1", headers: { "x-forwarded-for": address } })
      .tryConnect({ device: new TestDevice(address), scopes: ["operator.read"], auth: { token } });
  for (let guess = 0; guess < 10; guess += 1) errorOf(await from("203.0.113.7", "wrong"));
  expect(errorOf(await from("203.0.113.7", "test-token")).details).toMatchObject({ code: "AUTH_RATE_LIMITED" });
  expect(errorOf(await from("203.0.113.8", "test-token"))).toMatchObject({ code: "NOT_PAIRED" });
  await gateway.close();
});

test("P5: an identity header opens nothing, whoever sends it", async () => {
  const gateway = await createTestGateway();
  const headers = { "tailscale-user-login": "owner@example.com", "x-openclaw-scopes": "operator.admin" };
  const answer = await gateway.arrive({ address: "127.0.0.1", headers }).tryConnect({ device: new TestDevice("claimant"), scopes: ["operator.admin"] });
  expect(errorOf(answer).details).toMatchObject({ code: "AUTH_TOKEN_MISSING" });
  await gateway.close();
});

describe("P5: who says to come from the tailnet", () => {
  const ADA = { login: "ada@example.com", address: "100.64.0.7" };
  const served = (login: string, address = ADA.address) => ({
    "tailscale-user-login": login, "x-forwarded-for": address, "x-forwarded-host": "gateway.tail0.ts.net", "x-forwarded-proto": "https",
  });
  const stage = async (settings: Partial<typeof DEFAULT_SETTINGS> = {}) => {
    const tailnet = new MemoryTailnet({ [ADA.address]: ADA.login, "100.64.0.8": "møller@example.com" });
    const gateway = await createTestGateway({ tailnet, settings: { ...DEFAULT_SETTINGS, allowTailscale: true, ...settings } });
    const come = (headers: Readonly<Record<string, string>>, { address = "127.0.0.1", auth }: { address?: string; auth?: { token: string } } = {}) =>
      gateway.arrive({ address, headers }).tryConnect({ device: new TestDevice("ada's laptop"), scopes: ["operator.read"], ...(auth === undefined ? {} : { auth }) });
    return { tailnet, gateway, come, codeOf: async (...ask: Parameters<typeof come>) => (errorOf(await come(...ask)).details as { code?: string }).code };
  };

  test("whom the daemon confirms needs no secret, and is asked to pair like anybody", async () => {
    const { gateway, come } = await stage();
    const { details } = errorOf(await come(served(ADA.login)));
    expect(details).toMatchObject({ code: "PAIRING_REQUIRED", reason: "not-paired" });
    await gateway.call("device.pair.approve", { requestId: (details as { requestId: string }).requestId });
    expect(payloadOf(await come(served(ADA.login)))).toMatchObject({ type: "hello-ok", auth: { method: "tailscale", scopes: ["operator.read"] } });
    const { pending } = await gateway.call("device.pair.list", {});
    expect(pending).toEqual([]);
    await gateway.close();
  });

  test("a name that is not ASCII is read as its proxy writes it", async () => {
    const { codeOf, gateway } = await stage();
    expect(await codeOf(served("=?utf-8?q?m=C3=B8ller=40example.com?=", "100.64.0.8"))).toBe("PAIRING_REQUIRED");
    expect(await codeOf(served("=?utf-8?q?m=ZZller?=", "100.64.0.8"))).toBe("AUTH_TAILSCALE_IDENTITY_MISMATCH");
    await gateway.close();
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["another's name", served("eve@example.com"), "AUTH_TAILSCALE_IDENTITY_MISMATCH"],
    ["an address outside of the tailnet", served(ADA.login, "203.0.113.7"), "AUTH_TAILSCALE_IDENTITY_MISMATCH"],
    ["no address", served(ADA.login, "nobody"), "AUTH_TAILSCALE_IDENTITY_MISMATCH"],
    ["a chain that ends in the right address", served(ADA.login, `203.0.113.7, ${ADA.address}`), "AUTH_TAILSCALE_PROXY_MISSING"],
    ["a chain that begins with it", served(ADA.login, `${ADA.address}, 203.0.113.7`), "AUTH_TAILSCALE_PROXY_MISSING"],
    ["a name alone", { "tailscale-user-login": ADA.login }, "AUTH_TAILSCALE_PROXY_MISSING"],
    ["the mark of the internet", { ...served(ADA.login), "tailscale-funnel-request": "?1" }, "AUTH_TOKEN_MISSING"],
    ["no name", { ...served(ADA.login), "tailscale-user-login": "" }, "AUTH_TOKEN_MISSING"],
  ])("with %s opens nothing", async (_title, headers, code) => {
    const { codeOf, gateway } = await stage();
    expect(await codeOf(headers)).toBe(code);
    await gateway.close();
  });

  test("from another host, through a proxy of the owner's own, or where it was not allowed, headers are only headers", async () => {
    for (const [settings, address] of [[{}, "192.168.1.5"], [{}, ADA.address], [{ trustedProxies: ["127.0.0.0/8"] }, "127.0.0.1"], [{ allowTailscale: false }, "127.0.0.1"]] as const) {
      const { codeOf, gateway } = await stage(settings);
      expect(await codeOf(served(ADA.login), { address })).toBe("AUTH_TOKEN_MISSING");
      await gateway.close();
    }
  });

  test("beside a wrong secret it mends nothing, and without its daemon it opens nothing", async () => {
    const { codeOf, tailnet, gateway } = await stage();
    expect(await codeOf(served(ADA.login), { auth: { token: "wrong" } })).toBe("AUTH_TOKEN_MISMATCH");
    tailnet.trouble = "The tailnet is down.";
    expect(await codeOf(served(ADA.login))).toBe("AUTH_TAILSCALE_WHOIS_FAILED");
    await gateway.close();
  });

  test("whom it let in is put out when the owner no longer allows it", async () => {
    const settings = { ...DEFAULT_SETTINGS, auth: { mode: "token" as const, token: "test-token" }, allowTailscale: true };
    const config = new StaticConfig(settings);
    const gateway = await createTestGateway({ tailnet: new MemoryTailnet({ [ADA.address]: ADA.login }), config });
    const device = new TestDevice("laptop");
    const come = () => gateway.arrive({ address: "127.0.0.1", headers: served(ADA.login) });
    const { requestId } = errorOf(await come().tryConnect({ device, scopes: ["operator.read"] })).details as { requestId: string };
    await gateway.call("device.pair.approve", { requestId });
    const client = come();
    await client.connect({ device, scopes: ["operator.read"] });
    settings.allowTailscale = false;
    errorOf(await come().tryConnect({ device, scopes: ["operator.read"] }));
    expect(await client.closed).toMatchObject({ code: 4001 });
    await gateway.close();
  });
});

describe("a look at what a proxy does", () => {
  const get = async (door: FrontDoor, path: string, headers: Readonly<Record<string, string>> = {}) => {
    const peer = await door.raw();
    const lines = Object.entries({ Host: `127.0.0.1:${door.port}`, Connection: "close", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    return peer.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`).response();
  };

  test("is an administrator's: who sends a request learns nothing from its answer, and others read nothing of it", async () => {
    const door = await FrontDoor.open();
    const admin = await door.enter();
    const other = await door.enter({ device: "another admin" });
    const reader = await door.enter({ device: "reader", scopes: ["operator.read", "operator.write", "operator.pairing"] });
    for (const method of ["proxy.check.begin", "proxy.check.read"]) errorOf(await reader.request(method, method.endsWith("read") ? { ticket: "x" } : {}));

    const before = await get(door, "/openclaw-proxy-check/nobody");
    const { ticket, path } = payloadOf<{ ticket: string; path: string }>(await admin.request("proxy.check.begin", {}));
    const secret = { Authorization: "Bearer something-secret", Cookie: "session=secret", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "h".repeat(4_000) };
    const answered = await get(door, `/prefix${path}?as=is`, secret);
    expect([answered?.status, answered?.body]).toEqual([before?.status, before?.body]);
    expect((await get(door, path, { Host: "evil.example" }))?.status).toBe(403);
    await get(door, "/openclaw-proxy-check/nobody", secret);

    const { sightings } = payloadOf<{ sightings: Record<string, unknown>[] }>(await admin.request("proxy.check.read", { ticket }));
    expect(sightings).toEqual([
      expect.objectContaining({ address: "127.0.0.1", client: "127.0.0.1", trusted: false, forwarded: true, locality: "remote", hostAllowed: true }),
      expect.objectContaining({ host: "evil.example", hostAllowed: false }),
    ]);
    expect(JSON.stringify(sightings)).not.toContain("secret");
    expect(JSON.stringify(sightings)).not.toContain("h".repeat(301));
    errorOf(await other.request("proxy.check.read", { ticket }));
    await door.close();
  });

  test("is short, and holds little however much is sent", async () => {
    const clock = new HandClock();
    const desk = new ProxyDesk({ clock, ids: new SeededIds(1), locality: places, config: new StaticConfig({ ...DEFAULT_SETTINGS, trustedProxies: ["10.0.0.0/8"] }) });
    expect(desk.wants("/openclaw-proxy-check/x")).toBe(false);
    const first = desk.begin("ada");
    expect([desk.wants(first.path), desk.wants("/")]).toEqual([true, false]);
    const headers = { "x-forwarded-for": "203.0.113.7", ...Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x-forwarded-${index}`, "v".repeat(4_000)])) };
    for (let times = 0; times < 12; times += 1) desk.see(first.path, { address: "10.0.0.1", headers, tls: false, dialled: "h".repeat(4_000) }, true);
    const sightings = desk.read(first.ticket, "ada") ?? [];
    expect(sightings).toHaveLength(8);
    expect(sightings[0]).toMatchObject({ trusted: true, client: "203.0.113.7", locality: "remote" });
    expect(JSON.stringify(sightings[0]).length).toBeLessThan(9_000);
    expect(desk.read(first.ticket, "eve")).toBeUndefined();
    const others = [1, 2, 3, 4].map(() => desk.begin("ada"));
    expect(desk.read(first.ticket, "ada")).toBeUndefined();
    await clock.pass(60_000);
    for (const { ticket, path } of others) {
      desk.see(path, { address: "10.0.0.1", headers: {}, tls: false }, true);
      expect(desk.read(ticket, "ada")).toBeUndefined();
    }
  });
});
