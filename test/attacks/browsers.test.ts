import { afterEach, describe, expect, test } from "@jest/globals";
import type { AuthSettings } from "../../src/domain/settings.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import { errorOf, payloadOf } from "../support/client.js";
import { TestDevice, type ConnectAsk } from "../support/device.js";
import { FrontDoor, TOKEN } from "../support/front-door.js";

// A page on this host, or one that a process here pretends to be. It may know the gateway's secret: pages are given it.

type Protocol = 3 | 4;

const PAGE = "http://localhost:3000";
const SECRET = "the-right-secret";
const MODES: readonly (readonly [string, AuthSettings, NonNullable<ConnectParams["auth"]>])[] = [
  ["none", { mode: "none" }, {}],
  ["token", { mode: "token", token: SECRET }, { token: SECRET }],
  ["password", { mode: "password", password: SECRET }, { password: SECRET }],
];

let door: FrontDoor;
afterEach(() => door.close());

const knockAs = async (origin: string, ask: ConnectAsk & { device?: TestDevice }) => (await door.knock({ origin })).tryConnect(ask);
const details = async (origin: string, ask: ConnectAsk & { device?: TestDevice }) => errorOf(await knockAs(origin, ask)).details as Record<string, unknown>;

describe.each<Protocol>([3, 4])("protocol %i", (protocol) => {
  describe.each(MODES)("auth mode %s", (_name, auth, right) => {
    test("O3: a page is never paired, widened or given another role without asking, the right secret and this host notwithstanding", async () => {
      door = await FrontDoor.open({ auth });
      const device = new TestDevice("laptop");
      const wanted: readonly (readonly [string, ConnectAsk])[] = [
        ["not-paired", { scopes: ["operator.read"] }],
        ["role-upgrade", { role: "node", client: { id: "node-host", mode: "node" } }],
        ["scope-upgrade", { scopes: ["operator.read", "operator.admin"] }],
      ];
      for (const [reason, ask] of wanted) {
        expect(await details(PAGE, { protocol, auth: right, device, ...ask })).toMatchObject({ reason, requestId: expect.any(String) });
        // Then its own process on this host, which may.
        if (reason === "not-paired") payloadOf(await (await door.knock()).tryConnect({ protocol, auth: right, device, scopes: ["operator.read"] }));
      }
      const { pending, paired } = await door.gateway.call("device.pair.list", {});
      expect(pending).toHaveLength(1);
      expect(paired).toMatchObject([{ roles: ["operator"], scopes: ["operator.read"] }]);
    });

    test("O3: a page without a device holds nothing", async () => {
      door = await FrontDoor.open({ auth });
      const answer = await knockAs(PAGE, { protocol, auth: right, scopes: ["operator.admin"] });
      if (auth.mode === "none") expect(errorOf(answer)).toMatchObject({ code: "NOT_PAIRED" });
      else if (protocol === 4) expect(payloadOf(answer)).toMatchObject({ auth: { scopes: [] } });
      else expect(payloadOf(answer)).not.toHaveProperty("auth");
      expect(await door.gateway.call("device.pair.list", {})).toEqual({ pending: [], paired: [] });
    });
  });

  test("O3: what a device is called on another platform is asked about again, for a page too", async () => {
    door = await FrontDoor.open({ auth: { token: SECRET } });
    const device = new TestDevice("laptop");
    const ask = { protocol, auth: { token: SECRET }, device, scopes: ["operator.read"] };
    payloadOf(await (await door.knock()).tryConnect(ask));
    const moved = await knockAs(PAGE, { ...ask, client: { platform: "windows" } });
    // Protocol 3 sends no platform under its signature, so there is nothing to compare.
    if (protocol === 3) payloadOf(moved);
    else expect(errorOf(moved).details).toMatchObject({ reason: "metadata-upgrade" });
  });

  test.each<[string, NonNullable<ConnectParams["auth"]>, AuthSettings]>([
    ["a token", { token: "wrong" }, { mode: "token", token: SECRET }],
    ["a password", { password: "wrong" }, { mode: "password", password: SECRET }],
    ["a device token", { deviceToken: "wrong" }, { mode: "token", token: SECRET }],
    ["a setup code", { bootstrapToken: "wrong" }, { mode: "token", token: SECRET }],
    ["a token beside a device token", { token: "wrong", deviceToken: "bogus" }, { mode: "token", token: SECRET }],
  ])("O3: ten guesses of %s lock the page out, the right one included, and nobody else", async (_what, wrong, auth) => {
    door = await FrontDoor.open({ auth });
    const device = new TestDevice("guesser");
    for (let guess = 0; guess < 10; guess += 1) expect(await details(PAGE, { protocol, auth: wrong, device })).not.toMatchObject({ code: "AUTH_RATE_LIMITED" });
    const right = auth.mode === "password" ? { password: SECRET } : { token: SECRET };
    const again = Object.keys(wrong).some((kind) => kind in right) ? right : wrong;
    const refusal = errorOf(await knockAs(PAGE, { protocol, auth: again, device }));
    expect(refusal).toMatchObject({ details: { code: "AUTH_RATE_LIMITED" }, retryable: true, retryAfterMs: 300_000 });
    payloadOf(await (await door.knock()).tryConnect({ protocol, auth: right, device: new TestDevice("owner"), scopes: ["operator.read"] }));
    expect(errorOf(await knockAs("http://localhost:4000", { protocol, auth: right, device })).code).toBe("NOT_PAIRED");
    await door.clock.pass(300_000);
    expect(errorOf(await knockAs(PAGE, { protocol, auth: right, device })).code).toBe("NOT_PAIRED");
  });
});

test("O3: a lock does not depend on how the page's origin is written", async () => {
  door = await FrontDoor.open();
  for (let guess = 0; guess < 10; guess += 1) await details(guess % 2 === 0 ? PAGE : "HTTP://LocalHost:3000", { auth: { token: "wrong" } });
  expect(await details(PAGE, { auth: { token: TOKEN } })).toMatchObject({ code: "AUTH_RATE_LIMITED" });
});

test("O3: a process that claims another origin with each guess is slowed down", async () => {
  door = await FrontDoor.open();
  const places = ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "LOCALHOST.", "[::ffff:127.0.0.1]"];
  const guess = async (number: number): Promise<boolean> => {
    const client = await door.knock({ origin: `http://${places[number % places.length]}:${number + 1}` });
    const answer = client.tryConnect({ auth: { token: "wrong" } });
    await client.challenge();
    await client.wire.settle();
    const wasQuick = client.responses.length > 0;
    if (!wasQuick) await door.clock.pass(250);
    expect(errorOf(await answer).details).toMatchObject({ code: "AUTH_TOKEN_MISMATCH" });
    return wasQuick;
  };
  const quick: boolean[] = [];
  for (let number = 0; number < 11; number += 1) quick.push(await guess(number));
  expect(quick).toEqual([...Array.from({ length: 10 }, () => true), false]);
});
