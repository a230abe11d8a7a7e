import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createGateway, type Gateway } from "../../src/index.js";
import { MemoryTransport } from "../../src/adapters/transport/memory/index.js";
import { decodeSetupCode, encodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { errorOf, TestClient } from "../support/client.js";
import { TestDevice } from "../support/device.js";

const REMOTE = { address: "203.0.113.9" };

describe("a setup code", () => {
  let clock: HandClock;
  let gateway: Gateway;
  let transport: MemoryTransport;
  beforeEach(async () => {
    clock = new HandClock();
    gateway = createGateway({ clock, auth: { token: "secret" } });
    transport = new MemoryTransport({ clock });
    await gateway.serve(transport);
  });
  afterEach(() => gateway.close());

  const invite = (profile?: "limited" | "full" | "node") =>
    gateway.call("device.pair.setupCode", { publicUrl: "wss://gateway.example/", ...(profile === undefined ? {} : { bootstrapProfile: profile }) });
  const tokenOf = (setupCode: string): string => decodeSetupCode(setupCode)?.bootstrapToken ?? "";
  const arrive = (): TestClient => new TestClient(transport.connect(REMOTE));
  const scopes = ["operator.read", "operator.write"];

  test("names the address, the secret and its end, and is answered with a picture on request", async () => {
    const { setupCode, gatewayUrl, expiresAtMs, access } = await invite();
    expect(decodeSetupCode(`oc-pair://${setupCode}`)).toMatchObject({ url: "wss://gateway.example", expiresAtMs: clock.now() + 600_000 });
    expect({ gatewayUrl, expiresAtMs, access }).toEqual({ gatewayUrl: "wss://gateway.example", expiresAtMs: clock.now() + 600_000, access: "limited" });
    const pictured = await gateway.call("device.pair.setupCode", { publicUrl: "wss://gateway.example", includeQr: true });
    expect(pictured.qrDataUrl).toMatch(/^data:image\/png;base64,/);
  });

  test("lets a device in without asking, hands out the tokens of both roles, and tells operators", async () => {
    const completed = gateway.events("device.pair.setup.completed");
    const { setupCode, setupId } = await invite();
    const phone = new TestDevice("phone");
    const hello = await arrive().connect({ device: phone, scopes: [...scopes, "operator.admin"], auth: { bootstrapToken: tokenOf(setupCode) } });
    expect(hello.auth).toMatchObject({ method: "bootstrap-token", role: "operator", scopes, deviceTokens: [{ role: "node", scopes: [] }] });
    expect((await completed.next()).value).toMatchObject({ setupId, deviceId: phone.id, access: "limited" });
    const again = await arrive().connect({ device: phone, scopes, auth: { deviceToken: hello.auth?.deviceToken ?? "" } });
    expect(again.auth).toMatchObject({ method: "device-token", scopes });
    const node = await arrive().connect({ device: phone, role: "node", client: { id: "node-host", mode: "node" }, auth: { deviceToken: hello.auth?.deviceTokens?.[0]?.deviceToken ?? "" } });
    expect(node.auth).toMatchObject({ role: "node", scopes: [] });
  });

  test("a hundred devices that show it at once: one gets in", async () => {
    const token = tokenOf((await invite()).setupCode);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => arrive().tryConnect({ device: new TestDevice(`d${index}`), scopes, auth: { bootstrapToken: token } })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const refused = answers.find(({ ok }) => !ok);
    expect(refused && errorOf(refused).details).toMatchObject({ code: "AUTH_BOOTSTRAP_TOKEN_INVALID" });
    expect((await gateway.call("device.pair.list", {})).paired).toHaveLength(1);
  });

  test.each([
    ["after ten minutes", async () => clock.pass(600_000), {}],
    ["for a role it was not made for", async () => undefined, { role: "operator" }],
  ])("is nothing %s", async (_when, wait, ask) => {
    const token = tokenOf((await invite("node")).setupCode);
    await wait();
    const answer = await arrive().tryConnect({ device: new TestDevice("late"), role: "node", ...ask, auth: { bootstrapToken: token } });
    expect(errorOf(answer).details).toMatchObject({ code: "AUTH_BOOTSTRAP_TOKEN_INVALID" });
    expect((await gateway.call("device.pair.list", {})).paired).toHaveLength(0);
  });

  test("does not replace the device's own proof", async () => {
    const token = tokenOf((await invite()).setupCode);
    const without = await arrive().tryConnect({ scopes, auth: { bootstrapToken: token } });
    expect(errorOf(without).details).toMatchObject({ code: "DEVICE_IDENTITY_REQUIRED" });
    const forged = await arrive().tryConnect({ device: new TestDevice("forger"), scopes, auth: { bootstrapToken: token }, nonce: "another" });
    expect(errorOf(forged).details).toMatchObject({ code: "DEVICE_AUTH_NONCE_MISMATCH" });
    expect((await arrive().connect({ device: new TestDevice("honest"), scopes, auth: { bootstrapToken: token } })).auth).toMatchObject({ scopes });
  });

  test("only an admin makes one, and only for an address that is one", async () => {
    const operator = arrive();
    const device = new TestDevice("operator");
    const asked = await operator.tryConnect({ device, scopes, auth: { token: "secret" } });
    await gateway.call("device.pair.approve", { requestId: (errorOf(asked).details as { requestId: string }).requestId });
    const back = arrive();
    await back.connect({ device, scopes, auth: { token: "secret" } });
    expect(await back.refusal("device.pair.setupCode", {})).toMatchObject({ code: "FORBIDDEN" });
    for (const publicUrl of ["https://x", "ws://", "ws://user:pw@host", "ws://host/?token=1", "javascript:alert(1)"]) {
      await expect(gateway.call("device.pair.setupCode", { publicUrl })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    }
  });
});

test("what is encoded is decoded, whatever it holds; what is not a code is nothing", () => {
  const code = fc.record({ url: fc.string({ unit: "grapheme" }), bootstrapToken: fc.string({ minLength: 1 }), expiresAtMs: fc.nat() });
  fc.assert(fc.property(code, (given) => expect(decodeSetupCode(encodeSetupCode(given))).toEqual(given)));
  fc.assert(fc.property(fc.string(), (text) => expect([undefined, "object"]).toContain(typeof decodeSetupCode(text) === "undefined" ? undefined : "object")));
  for (const text of ["", "oc-pair://", "e30", "bnVsbA", "WzFd", "%%%"]) expect(decodeSetupCode(text)).toBeUndefined();
});
