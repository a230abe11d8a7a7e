import { afterEach, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { MemoryTailnet } from "../../src/adapters/tailnet/memory/index.js";
import { TailnetDoor } from "../../src/app/compose/tailnet-door.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { errorOf, payloadOf, SocketWire, TestClient } from "../support/client.js";
import { startDaemon, type Daemon } from "../support/daemon.js";
import { TestDevice } from "../support/device.js";
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
