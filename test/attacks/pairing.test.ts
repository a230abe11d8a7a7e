import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { main } from "../../src/app/cli/main.js";
import { PinoLog } from "../../src/adapters/log/pino/index.js";
import { MemoryDeviceStore } from "../../src/adapters/storage/memory/memory-device-store.js";
import { MemoryTransport } from "../../src/adapters/transport/memory/index.js";
import type { DeviceChanges, Devices } from "../../src/domain/pairing/device.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { createGateway, type Gateway } from "../../src/index.js";
import { createTestGateway, HandClock, type TestGateway } from "../../src/testing/index.js";
import { clientFrame, RawPeer, TEXT } from "../stand-ins/raw-peer.js";
import { errorOf, payloadOf, SocketWire, TestClient } from "../support/client.js";
import { TestDevice, type ConnectAsk } from "../support/device.js";
import { AFAR, introduce, refusalCode, requestIdOf, validator } from "../support/pairing.js";

// An attacker of this file has a key of its own, the gateway's secret or a paired device, and wants more than it was given.

type Protocol = 3 | 4;

const SECRET = { token: "test-token" };
const ADMIN = ["operator.admin"];
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(): Promise<TestGateway> {
  const gateway = await createTestGateway({ validator });
  closers.push(async () => {
    const closed = gateway.close();
    await gateway.pass(1_000);
    await closed;
  });
  return gateway;
}

const forbidden = (protocol: Protocol): string => (protocol === 3 ? "INVALID_REQUEST" : "FORBIDDEN");

const codeOf = async (gateway: Pick<Gateway, "call">, bootstrapProfile: "limited" | "full" | "node" = "limited"): Promise<string> => {
  const { setupCode } = await gateway.call("device.pair.setupCode", { publicUrl: "ws://host", bootstrapProfile });
  return decodeSetupCode(setupCode)?.bootstrapToken ?? "";
};

describe.each<Protocol>([3, 4])("rotation, protocol %i", (protocol) => {
  const laptop = new TestDevice("laptop");
  const weak = new TestDevice("weak");

  test("I5: whoever may only pair gets no admin token by rotating its own, whatever it names", async () => {
    const gateway = await open();
    // Approved as an admin, and here with a connection that asked for little: the golden case of GHSA-4jpw-hj22-2xmc.
    const { token } = await introduce(gateway, { protocol, device: laptop, scopes: ADMIN });
    const { client } = await introduceAgain(gateway, { protocol, device: laptop, scopes: ["operator.pairing"], auth: { token } });
    const mine = { deviceId: laptop.id, role: "operator" };
    for (const ask of [mine, { ...mine, scopes: ADMIN }, { ...mine, scopes: ["operator.pairing", "operator.read"] }, { ...mine, scopes: ["operator.pairing", "operator.talk.secrets"] }]) {
      expect(await client.refusal("device.token.rotate", ask)).toMatchObject({ code: forbidden(protocol), details: { code: "PAIRING_NOT_ALLOWED", reason: "beyond-yours" } });
    }
    const rotated = await client.call<{ token: string; scopes: string[] }>("device.token.rotate", { ...mine, scopes: ["operator.pairing"] });
    expect(rotated.scopes).toEqual(["operator.pairing"]);
    // The new token is as narrow as it says, on the next connection too.
    const wider = await gateway.arrive(AFAR).tryConnect({ protocol, device: laptop, scopes: ADMIN, auth: { token: rotated.token } });
    expect(errorOf(wider)).toMatchObject({ code: "NOT_PAIRED", details: { reason: "scope-upgrade" } });
    const back = await gateway.arrive(AFAR).connect({ protocol, device: laptop, scopes: ["operator.pairing"], auth: { token: rotated.token } });
    expect(back.auth?.scopes).toEqual(["operator.pairing"]);
    expect(refusalCode(await gateway.arrive(AFAR).tryConnect({ protocol, device: laptop, scopes: [], auth: { token } }))).toMatch(/^AUTH_.*MISMATCH$/);
  });

  test("I5: nor another device's, not even narrower than its own", async () => {
    const gateway = await open();
    const { token } = await introduce(gateway, { protocol, device: laptop, scopes: ["operator.pairing"] });
    const { client } = await introduce(gateway, { protocol, device: weak, scopes: ["operator.pairing", "operator.write"] });
    for (const scopes of [undefined, [], ["operator.pairing"], ADMIN]) {
      const params = { deviceId: laptop.id, role: "operator", ...(scopes === undefined ? {} : { scopes }) };
      expect(await client.refusal("device.token.rotate", params)).toMatchObject({ code: forbidden(protocol), details: { reason: "not-yours" } });
    }
    await gateway.arrive(AFAR).connect({ protocol, device: laptop, scopes: ["operator.pairing"], auth: { token } });
  });

  test("I5: an admin rotates nothing beyond what was approved for the device, nor a role it does not have", async () => {
    const gateway = await open();
    await introduce(gateway, { protocol, device: weak, scopes: ["operator.read"] });
    const { client: admin } = await introduce(gateway, { protocol, device: laptop, scopes: ADMIN });
    expect(await admin.refusal("device.token.rotate", { deviceId: weak.id, role: "operator", scopes: ADMIN })).toMatchObject({ code: forbidden(protocol), details: { reason: "beyond-approved" } });
    expect(await admin.refusal("device.token.rotate", { deviceId: weak.id, role: "node" })).toMatchObject({ code: "INVALID_REQUEST", message: "unknown deviceId/role" });
    expect(await admin.refusal("device.token.rotate", { deviceId: weak.id, role: "__proto__" })).toMatchObject({ message: "unknown deviceId/role" });
  });

  test("I5: a token that was revoked is not brought back by its own device, in its other role", async () => {
    const gateway = await open();
    const asNode: ConnectAsk = { protocol, role: "node", scopes: [], client: { id: "openclaw-ios", mode: "node" } };
    await introduce(gateway, { ...asNode, device: weak });
    const { client } = await introduce(gateway, { protocol, device: weak, scopes: ["operator.pairing"] });
    await gateway.call("device.token.revoke", { deviceId: weak.id, role: "node" });
    expect(await client.refusal("device.token.rotate", { deviceId: weak.id, role: "node" })).toMatchObject({ code: forbidden(protocol), details: { reason: "beyond-yours", missingScopes: ADMIN } });
    // Its owner may.
    await gateway.call("device.token.rotate", { deviceId: weak.id, role: "node" });
    const rotated = await client.call<{ token: string }>("device.token.rotate", { deviceId: weak.id, role: "node" });
    await gateway.arrive(AFAR).connect({ ...asNode, device: weak, auth: { token: rotated.token } });
  });
});

/** A paired device from elsewhere on one more connection. */
async function introduceAgain(gateway: TestGateway, ask: ConnectAsk & { readonly device: TestDevice }) {
  const client = gateway.arrive(AFAR);
  return { client, hello: await client.connect(ask) };
}

describe.each<Protocol>([3, 4])("asking for more, protocol %i", (protocol) => {
  const phone = new TestDevice("phone");

  test("I6: wider scopes are a request; until it is answered the old token has its old scopes, afterwards what was answered", async () => {
    const gateway = await open();
    const narrow = { protocol, device: phone, scopes: ["operator.read"] };
    const { client: before, token } = await introduce(gateway, narrow);
    const wide = { ...narrow, scopes: ["operator.read", "operator.admin"] };
    const ask = async (auth: ConnectAsk["auth"]) => gateway.arrive(AFAR).tryConnect({ ...wide, auth });
    for (const auth of [SECRET, { token }, { deviceToken: token }]) {
      expect(errorOf(await ask(auth))).toMatchObject({ code: "NOT_PAIRED", details: { reason: "scope-upgrade", approvedScopes: ["operator.read"] } });
    }
    // The open connection, and a new one with the old token, are what they were.
    const { client: meanwhile, hello } = await introduceAgain(gateway, { ...narrow, auth: { token } });
    expect(hello.auth).toMatchObject({ scopes: ["operator.read"], deviceToken: token });
    for (const client of [before, meanwhile]) {
      expect((await client.refusal("chat.inject", { sessionKey: "main", message: "x" })).message).toBe("missing scope: operator.admin");
      expect(await client.call("chat.history", { sessionKey: "main" })).toMatchObject({ messages: [] });
    }
    const first = requestIdOf(await ask({ token }));
    await gateway.call("device.pair.reject", { requestId: first });
    expect((await introduceAgain(gateway, { ...narrow, auth: { token } })).hello.auth?.scopes).toEqual(["operator.read"]);
    const second = requestIdOf(await ask({ token }));
    expect(second).not.toBe(first);
    await gateway.call("device.pair.approve", { requestId: second });
    // What was approved is for the next connection; those that are open asked for less.
    expect((await before.refusal("chat.inject", { sessionKey: "main", message: "x" })).message).toBe("missing scope: operator.admin");
    expect((await introduceAgain(gateway, { ...wide, auth: { token } })).hello.auth?.scopes).toEqual(wide.scopes);
  });

  test("I6: an unanswered request grants nothing when it runs out, and neither does asking again for less", async () => {
    const gateway = await open();
    const { token } = await introduce(gateway, { protocol, device: phone, scopes: ["operator.read"] });
    const requestId = requestIdOf(await gateway.arrive(AFAR).tryConnect({ protocol, device: phone, scopes: ADMIN, auth: { token } }));
    const second = requestIdOf(await gateway.arrive(AFAR).tryConnect({ protocol, device: phone, scopes: ["operator.write"], auth: { token } }));
    // The owner read "admin" and approves that very request: it is not there any more, and the one in its place is another.
    await expect(gateway.call("device.pair.approve", { requestId })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    await gateway.pass(300_000);
    expect((await gateway.call("device.pair.list", {})).pending).toEqual([]);
    await expect(gateway.call("device.pair.approve", { requestId: second })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    expect(errorOf(await gateway.arrive(AFAR).tryConnect({ protocol, device: phone, scopes: ["operator.write"], auth: { token } }))).toMatchObject({ code: "NOT_PAIRED" });
  });

  test("I6: an approval is for what the owner was shown, not for what the device asks next", async () => {
    const gateway = await open();
    const requestId = requestIdOf(await gateway.arrive(AFAR).tryConnect({ protocol, device: phone, scopes: ["operator.read"], auth: SECRET }));
    const wider = requestIdOf(await gateway.arrive(AFAR).tryConnect({ protocol, device: phone, scopes: ADMIN, auth: SECRET }));
    await expect(gateway.call("device.pair.approve", { requestId })).rejects.toMatchObject({ message: expect.stringContaining("unknown requestId") });
    expect((await gateway.call("device.pair.list", {})).pending).toMatchObject([{ requestId: wider, scopes: ADMIN }]);
    expect((await gateway.call("device.pair.list", {})).paired).toEqual([]);
  });
});

describe.each<Protocol>([3, 4])("on real sockets, protocol %i", (protocol) => {
  const thief = new TestDevice("thief");
  const CHANGED = { code: 4001, reason: "gateway auth changed" };

  async function listen(): Promise<{ gateway: Gateway; clock: HandClock; url: string; port: number }> {
    const clock = new HandClock();
    const gateway = createGateway({ clock, validator, auth: SECRET });
    closers.push(() => gateway.close());
    return { gateway, clock, ...(await gateway.listen({ port: 0 })) };
  }

  /** A peer that is let in like any other, and then does not do as it is told. */
  async function intrude(port: number, ask: ConnectAsk = {}): Promise<{ peer: RawPeer; token: string }> {
    const peer = await RawPeer.dial(port);
    closers.push(() => Promise.resolve(peer.end()));
    peer.askForUpgrade();
    expect((await peer.response())?.status).toBe(101);
    const { nonce, ts } = (JSON.parse(String((await peer.frame())?.payload)) as { payload: { nonce: string; ts: number } }).payload;
    peer.write(clientFrame(TEXT, thief.connectFrame({ protocol, scopes: ADMIN, auth: SECRET, ...ask, nonce, signedAt: ts })));
    const hello = payloadOf<{ auth?: { deviceToken?: string } }>(JSON.parse(String((await peer.frame())?.payload)));
    return { peer, token: hello.auth?.deviceToken ?? "" };
  }

  test.each([
    ["device.token.revoke", { deviceId: thief.id, role: "operator" }, CHANGED],
    ["device.token.rotate", { deviceId: thief.id, role: "operator" }, CHANGED],
    ["device.pair.remove", { deviceId: thief.id }, { code: 4001, reason: "device removed" }],
  ] as const)("I7: %s closes every connection of the device at once, and what it sends afterwards does nothing", async (method, params, ending) => {
    const { gateway, clock, port, url } = await listen();
    const [first, second] = [await intrude(port), await intrude(port)];
    const owner = new TestClient(await SocketWire.open(url));
    await owner.connect({ device: new TestDevice("owner"), protocol, scopes: ADMIN, auth: SECRET });
    await owner.call(method, params);
    // Sent before the close arrives there, and after it was said here: the peers neither wait for it nor answer it.
    const write = (peer: RawPeer, message: string): RawPeer =>
      peer.write(clientFrame(TEXT, JSON.stringify({ type: "req", id: message, method: "chat.inject", params: { sessionKey: "main", message } })));
    for (const { peer } of [first, second]) write(peer, "too late");
    for (const { peer } of [first, second]) {
      expect(await peer.closeFrame()).toEqual(ending);
      write(peer, "still here").write(clientFrame(TEXT, JSON.stringify({ type: "req", id: "x", method: "device.pair.setupCode", params: {} })));
    }
    // The owner's own socket lives, and has heard what the others may have been up to.
    expect(await owner.call("chat.history", { sessionKey: "main" })).toMatchObject({ messages: [] });
    clock.advance(1_000);
    await Promise.all([first.peer.gone, second.peer.gone]);
    expect(await first.peer.frame()).toBeUndefined();
    expect(await owner.call("chat.history", { sessionKey: "main" })).toMatchObject({ messages: [] });
    expect(owner.heard("chat")).toEqual([]);
    expect((await gateway.call("device.pair.list", {})).paired.some(({ deviceId, connected }) => deviceId === thief.id && connected)).toBe(false);
    // Nor does the token that it had open anything.
    const back = new TestClient(await SocketWire.open(url, { "x-forwarded-for": "203.0.113.7" }));
    expect(refusalCode(await back.tryConnect({ device: thief, protocol, scopes: ADMIN, auth: { token: first.token } }))).toMatch(/^AUTH_.*MISMATCH$/);
  });

  test("I7: a flood of frames under way when the device is removed ends with it", async () => {
    const { gateway, clock, port } = await listen();
    const { peer } = await intrude(port);
    const frame = (count: number): Buffer =>
      clientFrame(TEXT, JSON.stringify({ type: "req", id: `${count}`, method: "chat.inject", params: { sessionKey: "main", message: `${count}` } }));
    for (let count = 0; count < 50; count += 1) peer.write(frame(count));
    await gateway.call("device.pair.remove", { deviceId: thief.id });
    for (let count = 50; count < 100; count += 1) peer.write(frame(count));
    expect(await peer.closeFrame()).toMatchObject({ code: 4001 });
    clock.advance(1_000);
    await peer.gone;
    const { messages } = await gateway.call("chat.history", { sessionKey: "main" });
    // What was read before may have been served, in order; nothing that came afterwards was.
    const served = messages.map(({ content }) => Number((content[0] as { text?: string }).text));
    expect(served).toEqual(served.map((_, index) => index));
    expect(served.length).toBeLessThanOrEqual(50);
  });

  test("I7: one role's revocation leaves the other role's connection alone", async () => {
    const { gateway, clock, port } = await listen();
    const { peer: operator } = await intrude(port);
    const { peer: node } = await intrude(port, { role: "node", scopes: [], client: { id: "node-host", mode: "node" } });
    await gateway.call("device.token.revoke", { deviceId: thief.id, role: "node" });
    expect(await node.closeFrame()).toEqual(CHANGED);
    operator.write(clientFrame(TEXT, JSON.stringify({ type: "req", id: "1", method: "last-heartbeat" })));
    for (let answer = ""; !answer.includes('"id":"1"'); ) answer = String((await operator.frame())?.payload ?? '"id":"1" never came');
    clock.advance(1_000);
    await node.gone;
    expect(operator.socket.destroyed).toBe(false);
  });
});

describe("setup codes", () => {
  interface Door {
    readonly gateway: Gateway;
    readonly clock: HandClock;
    arrive(address?: string): TestClient;
    /** The same place after its process was started anew. */
    restart(): Promise<Door>;
    close(): Promise<void>;
  }

  async function door(stateDir: string | undefined, clock = new HandClock()): Promise<Door> {
    const gateway = createGateway({ clock, validator, auth: SECRET, ...(stateDir === undefined ? {} : { stateDir }) });
    const transport = new MemoryTransport({ clock });
    await gateway.serve(transport);
    const close = (): Promise<void> => gateway.close();
    closers.push(close);
    return {
      gateway,
      clock,
      close,
      arrive: (address = "203.0.113.7") => new TestClient(transport.connect({ address })),
      restart: async () => {
        await close();
        return door(stateDir, clock);
      },
    };
  }

  const openDoor = async (kind: string): Promise<Door> => {
    if (kind !== "files") return door(undefined);
    const dir = await mkdtemp(join(tmpdir(), "codes-"));
    closers.push(() => rm(dir, { recursive: true, force: true }));
    return door(dir);
  };

  const redeem = (at: Door, bootstrapToken: string, ask: ConnectAsk & { readonly device?: TestDevice; readonly from?: string } = {}) => {
    const { from, device = new TestDevice("phone"), ...rest } = ask;
    return at.arrive(from).tryConnect({ device, scopes: ["operator.read"], ...rest, auth: { bootstrapToken } });
  };

  const WORTHLESS = "AUTH_BOOTSTRAP_TOKEN_INVALID";

  describe.each(["memory", "files"])("kept in %s", (kind) => {
    test("I8: a second use is refused, to the same device and to another, and after a restart", async () => {
      let at = await openDoor(kind);
      const token = await codeOf(at.gateway);
      expect((await redeem(at, token)).ok).toBe(true);
      expect(refusalCode(await redeem(at, token))).toBe(WORTHLESS);
      expect(refusalCode(await redeem(at, token, { device: new TestDevice("thief") }))).toBe(WORTHLESS);
      if (kind === "files") at = await at.restart();
      expect(refusalCode(await redeem(at, token, { device: new TestDevice("thief") }))).toBe(WORTHLESS);
      expect((await at.gateway.call("device.pair.list", {})).paired).toHaveLength(1);
    });

    test.each([
      ["by a hundred devices", (index: number) => new TestDevice(`phone ${index}`)],
      ["by one device a hundred times", () => new TestDevice("phone")],
    ])("I8: shown at once %s, it lets one in", async (_by, deviceOf) => {
      const at = await openDoor(kind);
      const token = await codeOf(at.gateway);
      const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => redeem(at, token, { device: deviceOf(index), from: `198.51.100.${index}` })));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(new Set(answers.filter(({ ok }) => !ok).map(refusalCode))).toEqual(new Set([WORTHLESS]));
      expect((await at.gateway.call("device.pair.list", {})).paired).toHaveLength(1);
      const after = kind === "files" ? await at.restart() : at;
      expect((await after.gateway.call("device.pair.list", {})).paired).toHaveLength(1);
      expect(refusalCode(await redeem(after, token, { device: new TestDevice("late"), from: "198.51.100.200" }))).toBe(WORTHLESS);
    });

    test("I8: good for ten minutes to the millisecond, across a restart", async () => {
      let at = await openDoor(kind);
      const [used, unused] = [await codeOf(at.gateway), await codeOf(at.gateway)];
      await at.clock.pass(599_999);
      if (kind === "files") at = await at.restart();
      expect((await redeem(at, used)).ok).toBe(true);
      await at.clock.pass(1);
      expect(refusalCode(await redeem(at, unused, { device: new TestDevice("late") }))).toBe(WORTHLESS);
      if (kind === "files") at = await at.restart();
      expect(refusalCode(await redeem(at, unused, { device: new TestDevice("late") }))).toBe(WORTHLESS);
    });

    test("I8: for another role than it was made for it is worth nothing, and stays unspent", async () => {
      const at = await openDoor(kind);
      const token = await codeOf(at.gateway, "node");
      expect(refusalCode(await redeem(at, token))).toBe(WORTHLESS);
      expect(refusalCode(await redeem(at, token, { scopes: [] }))).toBe(WORTHLESS);
      expect((await at.gateway.call("device.pair.list", {})).paired).toEqual([]);
      const node = payloadOf<{ auth: object }>(await redeem(at, token, { role: "node", scopes: ADMIN, client: { id: "node-host", mode: "node" } }));
      expect(node.auth).toMatchObject({ role: "node", scopes: [] });
      expect((await at.gateway.call("device.pair.list", {})).paired).toMatchObject([{ roles: ["node"], scopes: [] }]);
    });
  });

  test.each<Protocol>([3, 4])("I8: wider scopes than it was made for are not given, on that connection or later, protocol %i", async (protocol) => {
    const at = await openDoor("memory");
    const phone = new TestDevice("phone");
    const scopes = ["operator.read", "operator.admin", "operator.pairing", "operator.talk", "made.up"];
    const hello = payloadOf<{ auth: { scopes: string[]; deviceToken: string } }>(await redeem(at, await codeOf(at.gateway), { protocol, device: phone, scopes }));
    // Talk comes with write, which the profile holds.
    expect(hello.auth.scopes).toEqual(["operator.read", "operator.talk"]);
    for (const wish of [ADMIN, ["operator.pairing"], ["made.up"]]) {
      const answer = await at.arrive().tryConnect({ protocol, device: phone, scopes: wish, auth: { token: hello.auth.deviceToken } });
      expect(errorOf(answer)).toMatchObject({ code: "NOT_PAIRED", details: { reason: "scope-upgrade" } });
    }
    const silent = payloadOf<{ auth: { scopes: string[] } }>(await redeem(at, await codeOf(at.gateway), { protocol, device: new TestDevice("silent"), scopes: [] }));
    expect(silent.auth.scopes).toEqual(protocol === 3 ? ["operator.approvals", "operator.questions", "operator.read", "operator.talk.secrets", "operator.write"] : []);
  });

  test("I8: it is no token: in another field, or beside no device, it opens nothing and is not spent", async () => {
    const at = await openDoor("memory");
    const code = await codeOf(at.gateway, "full");
    const device = new TestDevice("phone");
    for (const auth of [{ token: code }, { password: code }, { deviceToken: code }]) {
      expect((await at.arrive().tryConnect({ device, scopes: ADMIN, auth })).ok).toBe(false);
    }
    expect(refusalCode(await at.arrive().tryConnect({ scopes: ADMIN, auth: { bootstrapToken: code } }))).toBe("DEVICE_IDENTITY_REQUIRED");
    expect((await redeem(at, code, { device, scopes: ADMIN })).ok).toBe(true);
  });
});

describe.each<Protocol>([3, 4])("who approves, protocol %i", (protocol) => {
  const mine = new TestDevice("mine");
  const accomplice = new TestDevice("accomplice");
  const ask = (gateway: TestGateway, more: ConnectAsk & { readonly device: TestDevice }) => gateway.arrive(AFAR).tryConnect({ protocol, auth: SECRET, ...more });

  test("I9: nobody but an admin approves or turns down another device, be it for less than it holds itself", async () => {
    const gateway = await open();
    const { client } = await introduce(gateway, { protocol, device: mine, scopes: ["operator.pairing", "operator.write", "operator.approvals"] });
    for (const wish of [{ scopes: [] }, { scopes: ["operator.read"] }, { scopes: ["operator.pairing"] }, { scopes: ADMIN }, { role: "node", scopes: [] }]) {
      const requestId = requestIdOf(await ask(gateway, { device: accomplice, ...wish, ...(protocol === 3 && wish.scopes.length === 0 ? { scopes: ["operator.read"] } : {}) }));
      for (const method of ["device.pair.approve", "device.pair.reject"]) {
        expect(await client.refusal(method, { requestId })).toMatchObject({ code: forbidden(protocol), details: { code: "PAIRING_NOT_ALLOWED", reason: "not-yours" } });
      }
      expect((await gateway.call("device.pair.list", {})).pending).toMatchObject([{ requestId }]);
      await gateway.call("device.pair.reject", { requestId });
    }
    expect((await gateway.call("device.pair.list", {})).paired).toHaveLength(1);
  });

  test("I9: nobody approves itself for more than it holds, or as a node; within what it holds it may", async () => {
    const gateway = await open();
    const { client, token } = await introduce(gateway, { protocol, device: mine, scopes: ["operator.pairing"] });
    for (const wish of [{ scopes: ADMIN }, { scopes: ["operator.pairing", "operator.read"] }, { role: "node", scopes: [], client: { id: "node-host", mode: "node" } as const }]) {
      const requestId = requestIdOf(await ask(gateway, { device: mine, ...wish }));
      expect(await client.refusal("device.pair.approve", { requestId })).toMatchObject({ code: forbidden(protocol), details: { reason: "beyond-yours" } });
      expect((await gateway.call("device.pair.list", {})).paired).toMatchObject([{ roles: ["operator"], scopes: ["operator.pairing"] }]);
    }
    if (protocol === 3) return;
    const moved = requestIdOf(await ask(gateway, { device: mine, scopes: ["operator.pairing"], client: { platform: "windows" }, auth: { token } }));
    expect(await client.call("device.pair.approve", { requestId: moved })).toMatchObject({ device: { platform: "windows", scopes: ["operator.pairing"] } });
  });

  test("I9: a device that was turned away approves nothing, in the same breath or before it is anybody", async () => {
    const gateway = await open();
    const requestId = requestIdOf(await ask(gateway, { device: accomplice, scopes: ADMIN }));
    const approve = { type: "req", id: "approve", method: "device.pair.approve", params: { requestId } };
    const before = gateway.arrive(AFAR);
    before.send({ ...approve, id: "connect" });
    expect(errorOf(await before.response("connect")).message).toBe("invalid handshake: first request must be connect");
    const along = gateway.arrive(AFAR);
    const { nonce, ts } = await along.challenge();
    along.send(accomplice.connectFrame({ protocol, scopes: ADMIN, auth: SECRET, nonce, signedAt: ts }));
    along.send(approve);
    expect(requestIdOf(await along.response("connect"))).toBe(requestId);
    await along.closed;
    expect(along.responses).toHaveLength(1);
    expect((await gateway.call("device.pair.list", {})).paired).toEqual([]);
  });

  test("I9: without pairing nobody approves anything: no other scope, no node, no operator without a device", async () => {
    const gateway = await open();
    const requestId = requestIdOf(await ask(gateway, { device: accomplice, scopes: ["operator.read"] }));
    for (const scope of ["operator.read", "operator.write", "operator.approvals", "operator.questions", "operator.talk", "operator.talk.secrets"]) {
      const { client } = await introduce(gateway, { protocol, device: new TestDevice(scope), scopes: [scope] });
      expect(await client.refusal("device.pair.approve", { requestId })).toMatchObject({ code: forbidden(protocol), message: "missing scope: operator.pairing" });
    }
    const nobody = gateway.arrive(AFAR);
    await nobody.connect({ protocol, scopes: ADMIN, auth: SECRET });
    expect((await nobody.refusal("device.pair.approve", { requestId })).message).toBe("missing scope: operator.pairing");
    const { client: node } = await introduce(gateway, { protocol, device: mine, role: "node", scopes: ADMIN, client: { id: "node-host", mode: "node" } });
    expect((await node.refusal("device.pair.approve", { requestId })).message).toBe("unauthorized role: node");
    const { client: admin } = await introduce(gateway, { protocol, device: new TestDevice("admin"), scopes: ADMIN });
    expect(await admin.call("device.pair.approve", { requestId })).toMatchObject({ requestId, device: { deviceId: accomplice.id } });
  });
});

describe("a flood of requests", () => {
  const BOUND = 64;
  const flooder = { address: "198.51.100.66" };
  const honest = new TestDevice("honest");

  const flood = async (gateway: TestGateway, count: number, peerOf: (index: number) => { address: string } = () => flooder): Promise<string[]> => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      ids.push(requestIdOf(await gateway.arrive(peerOf(index)).tryConnect({ device: new TestDevice(`flood ${index}`), scopes: ADMIN, auth: SECRET })));
      await gateway.pass(1);
    }
    return ids;
  };
  const pending = async (gateway: TestGateway): Promise<string[]> => (await gateway.call("device.pair.list", {})).pending.map(({ requestId }) => requestId);

  test("I10: is bounded, pushes out its own oldest, and leaves the operator and the one honest request alone", async () => {
    const gateway = await open();
    const operator = await gateway.connect({ device: "operator", scopes: ["operator.admin"] });
    const early = requestIdOf(await gateway.arrive(AFAR).tryConnect({ device: honest, scopes: ["operator.read"], auth: SECRET }));
    await gateway.pass(1);
    const ids = await flood(gateway, 3 * BOUND);
    expect((await pending(gateway)).toSorted()).toEqual([early, ...ids.slice(1 - BOUND)].toSorted());
    expect(await operator.call("health")).toMatchObject({ ok: true });
    expect(operator.heard("device.pair.requested")).toHaveLength(1 + 3 * BOUND);
    // Every request that went is told to have gone, so that no list shows what cannot be approved.
    const dropped = operator.heard("device.pair.resolved").map(({ payload }) => (payload as { requestId: string }).requestId);
    expect(dropped.filter((requestId) => ids.includes(requestId))).toEqual(ids.slice(0, 2 * BOUND + 1));
    expect(await operator.call("device.pair.approve", { requestId: early })).toMatchObject({ device: { deviceId: honest.id } });
    const hello = await gateway.arrive(AFAR).connect({ device: honest, scopes: ["operator.read"], auth: SECRET });
    expect(hello.auth?.scopes).toEqual(["operator.read"]);
  });

  test("I10: from more addresses than there are places, it pushes out the oldest; whoever asks anew is seen and approved", async () => {
    const gateway = await open();
    const early = requestIdOf(await gateway.arrive(AFAR).tryConnect({ device: honest, scopes: ["operator.read"], auth: SECRET }));
    await gateway.pass(1);
    await flood(gateway, BOUND + 10, (index) => ({ address: `198.51.100.${index}` }));
    expect(await pending(gateway)).toHaveLength(BOUND);
    expect(await pending(gateway)).not.toContain(early);
    const again = requestIdOf(await gateway.arrive(AFAR).tryConnect({ device: honest, scopes: ["operator.read"], auth: SECRET }));
    expect((await pending(gateway))[0]).toBe(again);
    await gateway.call("device.pair.approve", { requestId: again });
    await gateway.arrive(AFAR).connect({ device: honest, scopes: ["operator.read"], auth: SECRET });
  });

  test("I10: one device that asks for something else each time has one place, and its fellows' requests stay", async () => {
    const gateway = await open();
    const early = requestIdOf(await gateway.arrive(flooder).tryConnect({ device: honest, scopes: ["operator.read"], auth: SECRET }));
    for (let index = 0; index < 2 * BOUND; index += 1) {
      await gateway.arrive(flooder).tryConnect({ device: new TestDevice("fickle"), scopes: [`wish.${index}`], auth: SECRET });
    }
    expect(await pending(gateway)).toHaveLength(2);
    expect(await pending(gateway)).toContain(early);
  });

  test("I10: without the secret nobody gets a place", async () => {
    const gateway = await open();
    for (let index = 0; index < 10; index += 1) {
      const answer = await gateway.arrive(flooder).tryConnect({ device: new TestDevice(`stranger ${index}`), scopes: [], auth: { token: "wrong" } });
      expect(refusalCode(answer)).toBe("AUTH_TOKEN_MISMATCH");
    }
    expect(await pending(gateway)).toEqual([]);
  });
});

describe("what a client calls itself", () => {
  /** A line of its own, colours and a cleared screen, a turned-round word, letters that are not seen, a lone surrogate. */
  const EVIL = 'x\n{"level":"error","msg":"forged"}\r\u001b[2J\u001b]0;title\u0007\u009b31m\u202eneila\u2066\u200b\u200d\ufeff\u2028\ud800\0\u007f';
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Cs}/u;

  test.each<Protocol>([3, 4])("I11: an id or mode that is not one of the known, be it by a sign that is not seen, is refused and not repeated, protocol %i", async (protocol) => {
    const gateway = await open();
    const ids = ["cli\u200b", "\u202ecli", "CLI", "cli\n", " cli", "\u0441li", "gateway-client\0", "admin", "__proto__", EVIL];
    for (const client of [...ids.map((id) => ({ id })), ...ids.map((mode) => ({ mode }))]) {
      const peer = gateway.arrive();
      const answer = await peer.tryConnect({ protocol, device: new TestDevice("named"), scopes: ADMIN, auth: SECRET, client: client as object });
      expect(errorOf(answer).code).toBe("INVALID_REQUEST");
      const { code, reason } = await peer.closed;
      expect(code).toBe(1008);
      for (const text of [errorOf(answer).message, reason]) expect(text).not.toMatch(UNSAFE);
      expect(JSON.stringify([answer, reason])).not.toContain("forged");
    }
    expect(await gateway.call("device.pair.list", {})).toEqual({ pending: [], paired: [] });
  });

  test.each<Protocol>([3, 4])("I11: no name that sounds like the gateway's own tools gets past pairing, protocol %i", async (protocol) => {
    const gateway = await open();
    for (const client of [
      { id: "gateway-client", mode: "backend" }, { id: "cli", mode: "cli" }, { id: "openclaw-control-ui", mode: "ui" }, { id: "openclaw-probe", mode: "probe" },
      { id: "test", mode: "test" }, { id: "webchat", mode: "webchat" }, { id: "node-host", mode: "node" }, { id: "fingerprint", mode: "test" },
    ] as const) {
      for (const more of [{}, { displayName: EVIL }, { displayName: "Gateway Host (trusted)" }]) {
        const answer = await gateway.arrive(AFAR).tryConnect({ protocol, device: new TestDevice("named"), scopes: ADMIN, auth: SECRET, client: { ...client, ...more } });
        expect(errorOf(answer).code).toBe("NOT_PAIRED");
      }
    }
    expect((await gateway.call("device.pair.list", {})).paired).toEqual([]);
  });

  test("I11: is printed safely: by devices list, approve and gateway call, in text and in JSON, in the log and to operators", async () => {
    const shown: string[] = [];
    const filed: string[] = [];
    const log = await PinoLog.open({ level: "debug", output: { isTTY: false, write: (line) => void shown.push(line) }, sink: { write: (line) => void filed.push(line) } });
    const gateway = createGateway({ validator, auth: SECRET, log });
    closers.push(() => gateway.close());
    const { url, port } = await gateway.listen({ port: 0 });
    const home = await mkdtemp(join(tmpdir(), "names-"));
    closers.push(() => rm(home, { recursive: true, force: true }));
    const run = async (...args: string[]): Promise<string> => {
      let printed = "";
      const sink = { write: (text: string) => void (printed += text) };
      const code = await main(args, {
        stdout: sink,
        stderr: sink,
        env: { OPENCLAW_STATE_DIR: home, OPENCLAW_GATEWAY_PORT: `${port}`, OPENCLAW_GATEWAY_TOKEN: SECRET.token },
        home,
        now: () => Date.now(),
        onInterrupt: () => () => {},
        loadDaemon: () => Promise.reject(new Error("not here")),
      });
      expect([code, printed]).toEqual([0, printed]);
      return printed;
    };
    const stranger = new TestDevice("stranger");
    const client = { id: "openclaw-ios", mode: "ui", displayName: EVIL, version: EVIL, platform: EVIL, deviceFamily: EVIL, modelIdentifier: EVIL, instanceId: EVIL } as const;
    const headers = { "x-forwarded-for": "203.0.113.7", "user-agent": "x\u009b31m" };
    const come = async (): Promise<TestClient> => new TestClient(await SocketWire.open(url, headers));
    const hear = new TestClient(await SocketWire.open(url));
    await hear.connect({ device: new TestDevice("hearing"), scopes: ADMIN, auth: SECRET, client: { id: "openclaw-macos", mode: "ui" } });

    const ask = async (at: TestClient) => {
      const { nonce, ts } = await at.challenge();
      const params = stranger.connectParams({ client, scopes: ["operator.read", EVIL], auth: SECRET }, { nonce, signedAt: ts, version: "v2" });
      at.send({ type: "req", id: "connect", method: "connect", params: { ...params, userAgent: EVIL, locale: EVIL, pathEnv: EVIL, caps: [EVIL], commands: [EVIL] } });
      return at.response("connect");
    };
    for (const spoilt of [{ role: EVIL }, { device: { id: EVIL } }, { device: { publicKey: EVIL } }]) {
      const at = await come();
      const { nonce, ts } = await at.challenge();
      const params = stranger.connectParams({ client, scopes: [], auth: SECRET }, { nonce, signedAt: ts });
      at.send({ type: "req", id: "connect", method: "connect", params: { ...params, ...spoilt, device: { ...params.device, ...spoilt.device } } });
      expect((await at.response("connect")).ok).toBe(false);
    }
    const requestId = requestIdOf(await ask(await come()));
    const outputs = [await run("devices", "list"), await run("devices", "list", "--json"), await run("gateway", "call", "device.pair.list", "--json")];
    outputs.push(await run("devices", "approve", requestId));
    const inside = await come();
    expect((await ask(inside)).ok).toBe(true);
    outputs.push(await run("devices", "list"), await run("gateway", "call", "system-presence"), await run("gateway", "call", "system-presence", "--json"));
    outputs.push(await run("devices", "rename", stranger.id, EVIL.slice(0, 40)), await run("devices", "list"));
    for (const output of outputs) {
      for (const line of output.split("\n")) {
        expect(line).not.toMatch(UNSAFE);
        expect(line).not.toMatch(/^\{"level"/);
      }
    }
    const [list = ""] = outputs;
    // One row for the one request, and what belongs in a name is still there.
    expect(list.split("\n").filter((line) => line.startsWith(requestId))).toHaveLength(1);
    expect(list).toContain("x {");

    await gateway.call("device.pair.remove", { deviceId: stranger.id });
    await inside.closed;
    for (const event of hear.events.filter(({ event: name }) => /^device|^presence/.test(name))) {
      for (const text of texts(event.payload)) expect(text).not.toMatch(UNSAFE);
    }
    expect(hear.heard("device.pair.requested")).toHaveLength(1);
    expect(filed.length).toBeGreaterThan(4);
    for (const line of [...filed, ...shown]) {
      expect(line.match(/\n/g)).toHaveLength(1);
      expect(line.trimEnd()).not.toMatch(UNSAFE);
      expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(?:debug|info|warn)$/), msg: expect.not.stringContaining("forged") });
    }
  });
});

/** Every text in a payload, however deep. */
const texts = (value: unknown): string[] =>
  typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];

test("whoever comes while its approval is being written is told to come again, and leaves no second request behind", async () => {
  const tablet = new TestDevice("tablet");
  let written: Promise<void> = Promise.resolve();
  class SlowStore extends MemoryDeviceStore {
    override async update<T>(decide: (devices: Devices) => { changes: DeviceChanges; value: T }): Promise<T> {
      await written;
      return super.update(decide);
    }
  }
  const gateway = await createTestGateway({ validator, devices: new SlowStore() });
  closers.push(() => gateway.close());
  const ask = { auth: SECRET, device: tablet };
  const requestId = requestIdOf(await gateway.arrive(AFAR).tryConnect(ask));
  let letWrite = (): void => undefined;
  written = new Promise((resolve) => (letWrite = resolve));
  const approved = gateway.call("device.pair.approve", { requestId });
  const meanwhile = gateway.arrive(AFAR).tryConnect(ask);
  await gateway.pass(1);
  letWrite();
  await approved;
  expect(errorOf(await meanwhile)).toMatchObject({ code: "UNAVAILABLE", retryable: true });
  expect((await gateway.call("device.pair.list", {})).pending).toEqual([]);
  expect(payloadOf(await gateway.arrive(AFAR).tryConnect(ask))).toMatchObject({ type: "hello-ok" });
});
