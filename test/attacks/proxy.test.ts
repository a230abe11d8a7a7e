import { describe, expect, test } from "@jest/globals";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { locate } from "../../src/domain/handshake/locality.js";
import { createTestGateway } from "../../src/testing/index.js";
import { errorOf } from "../support/client.js";
import { TestDevice } from "../support/device.js";

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
