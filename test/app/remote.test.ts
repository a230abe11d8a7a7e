import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readdir } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { MemoryAnnouncer } from "../../src/adapters/discovery/memory/index.js";
import { GivenCertificates } from "../../src/adapters/tls/given/index.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { MemoryTailnet } from "../../src/adapters/tailnet/memory/index.js";
import { GatewayAnnouncement } from "../../src/app/compose/announcement.js";
import { TailnetDoor } from "../../src/app/compose/tailnet-door.js";
import { announcingMode } from "../../src/app/daemon/remote.js";
import { dialOf, parseHint, renderTxt } from "../../src/domain/discovery/gateway-service.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { selfSigned } from "./certificate.js";
import { errorOf, payloadOf, SocketWire, TestClient } from "../support/client.js";
import { startDaemon, type Daemon } from "../support/daemon.js";
import { TestDevice } from "../support/device.js";
import { canMulticast } from "../support/multicast.js";
import { Terminal } from "../support/terminal.js";
import { Tailscaled } from "../stand-ins/tailscaled.js";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Resolves once the daemon's log has that line: it starts what is beside it after it is ready. */
async function logged({ lines }: Daemon, message: string): Promise<Record<string, unknown>> {
  for (;;) {
    const entry = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ msg }) => msg === message);
    if (entry !== undefined) return entry;
    await pause(50);
  }
}

test("with gateway.tailscale.mode the daemon is reached by its name in the tailnet, by whom the tailnet knows, until it ends", async () => {
  const tailscaled = await Tailscaled.start({ "100.64.0.7": { login: "ada@example.com" }, "100.64.0.9": { login: "printer", tags: ["tag:printer"] } });
  closing.push(() => tailscaled.stop());
  const gateway = { auth: { token: "a-secret-of-the-gateway" }, tailscale: { mode: "serve", program: Tailscaled.program, socket: tailscaled.socket } };
  const daemon = await startDaemon({ config: { gateway } });
  let stopped: Promise<number | null> | undefined;
  const stop = (): Promise<number | null> => (stopped ??= daemon.stop());
  closing.push(stop);
  expect(await logged(daemon, "the gateway is reached through Tailscale")).toMatchObject({ url: `wss://${tailscaled.host}`, mode: "serve" });
  expect(tailscaled.reached).toEqual({ target: `http://127.0.0.1:${daemon.port}`, funnel: false });

  const come = async (address: string) => new TestClient(await SocketWire.open(await tailscaled.doorOf(address)));
  const ask = { device: new TestDevice("ada's laptop"), scopes: ["operator.read"] };
  const { requestId } = errorOf(await (await come("100.64.0.7")).tryConnect(ask)).details as { requestId: string };
  expect((await daemon.run("devices", "approve", requestId)).code).toBe(0);
  const client = await come("100.64.0.7");
  expect(payloadOf(await client.tryConnect(ask))).toMatchObject({ auth: { method: "tailscale" } });
  expect(await client.call("health", {})).toMatchObject({ ok: true });
  expect(errorOf(await (await come("100.64.0.9")).tryConnect(ask)).details).toMatchObject({ code: "AUTH_TOKEN_MISSING" });
  expect(daemon.lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toContainEqual(expect.objectContaining({ msg: "a client connected", address: "100.64.0.7", method: "tailscale" }));

  const { setupCode } = JSON.parse((await daemon.run("devices", "invite", "--json", "--no-qr")).stdout) as { setupCode: string };
  expect(JSON.stringify(decodeSetupCode(setupCode))).toContain(`wss://${tailscaled.host}`);
  expect(await stop()).toBe(0);
  expect(tailscaled.reached).toBeUndefined();
}, 60_000);

test("without Tailscale the gateway serves all the same, and tries again; what opens while it closes is closed too", async () => {
  const clock = new HandClock();
  const log = new MemoryLog();
  const tailnet = new MemoryTailnet();
  tailnet.trouble = "Tailscale is not connected on this host.";
  const door = new TailnetDoor({ tailnet, clock, log });
  door.open({ mode: "serve", port: 18_789, secure: false });
  await clock.pass(65_000);
  expect([door.urls(), log.entries.map(({ level }) => level)]).toEqual([[], ["warn"]]);
  tailnet.trouble = undefined;
  await clock.pass(30_000);
  expect([door.urls(), door.hosts()]).toEqual([[`wss://${tailnet.host}`], [tailnet.host]]);
  await door.close({ keep: true });
  expect(tailnet.opened).toMatchObject({ port: 18_789 });

  const late = new TailnetDoor({ tailnet, clock, log });
  late.open({ mode: "serve", port: 18_789, secure: false });
  await late.close({ keep: false });
  expect([tailnet.opened, late.urls()]).toEqual([undefined, []]);
  expect(clock.pending).toBe(0);
});

const isHeard = await canMulticast();

describe("on the local network", () => {
  const PIN = "ab".repeat(32);
  const FACTS = { displayName: "Ada's gateway", lanHost: "gw.local", port: 18_789 };

  (isHeard ? test : test.skip)("a gateway that others can reach announces itself, is discovered, and says goodbye", async () => {
    const config = { gateway: { bind: "lan", auth: { token: "t" }, tls: { enabled: true } }, discovery: { mdns: { mode: "full" } } };
    const daemon = await startDaemon({ config });
    const terminal = await Terminal.open();
    const discover = async (timeout: string) => {
      const { code, out } = await terminal.run(["gateway", "discover", "--json", "--timeout", timeout]);
      expect(code).toBe(0);
      return (JSON.parse(out) as { gateways: { port: number }[] }).gateways.filter(({ port }) => port === daemon.port);
    };
    let isStopped = false;
    try {
      await logged(daemon, "the gateway announces itself on the local network");
      const { tlsFingerprint } = await logged(daemon, "gateway ready");
      const [found] = await discover("1500");
      expect(found).toMatchObject({ tls: true, claimedFingerprint: tlsFingerprint, url: expect.stringMatching(/^wss:/) });
      expect(found).toMatchObject({ addresses: expect.any(Array), host: expect.stringMatching(/\.local$/) });
      isStopped = (await daemon.stop()) === 0;
      expect(await discover("500")).toEqual([]);
    } finally {
      if (!isStopped) await daemon.stop();
      await terminal.close();
    }
  }, 60_000);

  test.each<[string, Parameters<typeof announcingMode>[0], string]>([
    ["nothing said", { wanted: undefined, env: {}, isContainer: false }, "minimal"],
    ["nothing said, in a container", { wanted: undefined, env: {}, isContainer: true }, "off"],
    ["said, in a container", { wanted: "full", env: {}, isContainer: true }, "full"],
    ["turned off", { wanted: "off", env: {}, isContainer: false }, "off"],
    ["turned off by its variable", { wanted: "full", env: { OPENCLAW_DISABLE_BONJOUR: "1" }, isContainer: false }, "off"],
  ])("whether it announces itself: %s", (_title, circumstances, mode) => {
    expect(announcingMode(circumstances)).toBe(mode);
  });

  test("a renewed certificate is told, and a network that cannot be used costs nothing but a line in the log", async () => {
    const announcer = new MemoryAnnouncer();
    const log = new MemoryLog();
    const first = selfSigned();
    const certificates = new GivenCertificates(first);
    const announcement = new GatewayAnnouncement({ announcer: async () => announcer, log }, { facts: { ...FACTS, tlsFingerprint: PIN }, certificates });
    await announcement.settled;
    expect(announcer.heard).toMatchObject([{ port: 18_789, txt: { gatewayTls: "1", gatewayTlsSha256: PIN } }]);
    certificates.replace(selfSigned());
    await announcement.settled;
    expect(announcer.heard[0]?.txt["gatewayTlsSha256"]).toBe((await certificates.current()).fingerprint);
    await announcement.close();
    expect(announcer.heard).toEqual([]);

    const deaf = new GatewayAnnouncement({ announcer: () => Promise.reject(new Error("EACCES")), log }, { facts: FACTS });
    await deaf.close();
    expect(log.entries.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  test("little is said unless its owner wants more, and never more than a record holds", () => {
    expect(Object.keys(renderTxt(FACTS))).toEqual(["role", "displayName", "lanHost", "gatewayPort", "transport"]);
    expect(renderTxt({ ...FACTS, more: { cliPath: "/bin/openclaw" } })).toMatchObject({ cliPath: "/bin/openclaw" });
    for (const value of Object.values(renderTxt({ ...FACTS, displayName: "ä😀".repeat(300) }))) expect(Buffer.byteLength(value)).toBeLessThan(236);
  });

  test("D1: what is heard is shown as what somebody says; it is not stored, and no command uses it", async () => {
    const terminal = await Terminal.open();
    const liar = { name: "gw", host: "evil.example", port: 666, addresses: ["203.0.113.7"], txt: { displayName: "Your gateway\u001b[2J\u202e", gatewayTls: "1", gatewayTlsSha256: PIN, gatewayPort: "1", lanHost: "gw.local" } };
    const browse = async () => [liar, null, { host: "x" }, { host: "a b", port: 1 }, { host: "ok.local", port: 70_000 }];
    const shown = await terminal.run(["gateway", "discover"], { browse });
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining("wss://203.0.113.7:666")]);
    // oxlint-disable-next-line no-control-regex -- what a terminal would obey
    expect(shown.out).not.toMatch(/[\u001b\u202e]/);
    const json = JSON.parse((await terminal.run(["gateway", "discover", "--json"], { browse })).out) as { trusted: boolean; gateways: unknown[] };
    expect([json.trusted, json.gateways.length]).toEqual([false, 1]);
    expect(await readdir(terminal.home)).toEqual([]);
    const { url } = JSON.parse((await terminal.run(["gateway", "status", "--json", "--timeout", "1000"], { browse, env: { OPENCLAW_GATEWAY_PORT: "9" } })).out) as { url: string };
    expect(url).toBe("ws://127.0.0.1:9");
    await terminal.close();
  });

  test("D1: whatever comes off the network is read or passed over", () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (service) => {
      const hint = parseHint(service);
      if (hint !== undefined) expect(URL.canParse(dialOf(hint))).toBe(true);
    }), { numRuns: 200 });
    expect(parseHint({ name: "n", host: "gw.local.", port: 1, addresses: ["::1", "fe80::1", "fd00::2"], txt: { gatewayTlsSha256: "AB".repeat(32) } })).toEqual({
      name: "n", host: "gw.local", port: 1, addresses: ["::1", "fe80::1", "fd00::2"], tls: false, claimedFingerprint: PIN,
    });
    expect(dialOf({ name: "n", host: "gw.local", port: 1, addresses: ["127.0.0.1", "fd00::2"], tls: true })).toBe("wss://[fd00::2]:1");
  });
});
