import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ResponseFrame } from "../../src/domain/protocol/frames.js";
import type { RawPeer } from "../stand-ins/raw-peer.js";
import { TEXT, clientFrame } from "../stand-ins/raw-peer.js";
import { payloadOf } from "../support/client.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor } from "../support/front-door.js";

// Bytes, most of them right. A failing run prints the seed and the path that repeat it.

const RUNS = 200;

let door: FrontDoor;

beforeEach(async () => {
  door = await FrontDoor.open();
});

afterEach(async () => {
  const honest = await door.enter({ device: "honest" });
  expect(await honest.call("health")).toMatchObject({ ok: true });
  expect(door.errors()).toEqual([]);
  await door.close();
});

/** One change of some bytes. Places are shares of the whole, so that they fit whatever came of the changes before. */
interface Change {
  readonly at: number;
  readonly length: number;
  /** `letter` leaves the form as it is: a letter or digit becomes another. */
  readonly kind: "flip" | "letter" | "cut" | "insert" | "repeat" | "end";
  readonly bytes: Uint8Array;
}

const MEANINGFUL = ["\r\n", "\0", "\u00ff", ":", " ", "\"", "{", "[", "\\", "{\"__proto__\":1}", "\r\n\r\n", "GET ", "null", "-", "1e999", "\u00c3\u0028"].map((text) => Buffer.from(text, "latin1"));

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.integer({ min: 0, max: 9_999 }).map((share) => share / 10_000),
  length: fc.integer({ min: 1, max: 40 }),
  kind: fc.constantFrom("flip", "letter", "letter", "letter", "cut", "insert", "repeat", "end"),
  bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constantFrom(...MEANINGFUL)),
});

function changed(whole: Buffer, changes: readonly Change[]): Buffer {
  return changes.reduce((bytes, { at, length, kind, bytes: given }) => {
    const place = Math.floor(at * bytes.length);
    const [head, middle, tail] = [bytes.subarray(0, place), bytes.subarray(place, place + length), bytes.subarray(place + length)];
    switch (kind) {
      case "flip":
        return Buffer.concat([head, Buffer.from(middle.map((byte, index) => byte ^ (given[index % given.length] ?? 0))), tail]);
      case "letter":
        return Buffer.concat([head, Buffer.from(middle.map((byte, index) => (index === 0 && LETTER.test(String.fromCharCode(byte)) ? LETTERS[(given[0] ?? 0) % LETTERS.length]! : byte))), tail]);
      case "cut":
        return Buffer.concat([head, tail]);
      case "insert":
        return Buffer.concat([head, given, middle, tail]);
      case "repeat":
        return Buffer.concat([head, middle, middle, tail]);
      case "end":
        return head;
    }
  }, whole);
}

const LETTER = /[a-z0-9]/i;
const LETTERS = Buffer.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

const changes = fc.array(change, { minLength: 1, maxLength: 4 });

/** In as many pieces, each after the last was handed to the system. */
async function writeIn(pieces: number, peer: RawPeer, bytes: Buffer): Promise<void> {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let from = 0; from < bytes.length && !peer.socket.destroyed; from += size) {
    await new Promise((resolve) => peer.socket.write(bytes.subarray(from, from + size), resolve));
  }
}

const upgradeOf = (peer: RawPeer): Buffer =>
  Buffer.from([
    "GET / HTTP/1.1", `Host: 127.0.0.1:${door.port}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Extensions: permessage-deflate", `Origin: http://127.0.0.1:${peer.socket.remotePort}`, "X-Forwarded-For: 127.0.0.1", "", "",
  ].join("\r\n"));

/** All texts that came, until the connection ended. */
async function heard(peer: RawPeer): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const frame = await peer.frame();
    if (!frame) return texts;
    if (frame.opcode === 1) texts.push(frame.payload.toString("utf8"));
  }
}

test("Z2: an upgrade request with any bytes changed is refused or taken, and nothing else", async () => {
  const seen = new Set<number | undefined>();
  await fc.assert(fc.asyncProperty(changes, fc.integer({ min: 1, max: 6 }), async (wrong, pieces) => {
    const peer = await door.raw();
    await writeIn(pieces, peer, changed(upgradeOf(peer), wrong));
    peer.socket.end();
    const response = await peer.response();
    seen.add(response?.status);
    expect([undefined, 101, 400, 403, 404, 405, 417, 426, 431]).toContain(response?.status);
    if (response?.status === 101) for (const text of await heard(peer)) expect(JSON.parse(text)).toMatchObject({ event: "connect.challenge" });
    await peer.gone;
  }), { numRuns: RUNS });
  expect([...seen]).toEqual(expect.arrayContaining([101, 400]));
}, 20_000);

describe("what was recorded on another connection", () => {
  /** A connect frame that let its device in, with the token the device holds: all that a listener could have. */
  async function recorded(protocol: number): Promise<Buffer> {
    const device = new TestDevice("victim");
    const { hello } = await door.enter({ device: "victim", protocol });
    const held = hello.auth?.deviceToken ?? "";
    expect(held).not.toBe("");
    const auth = protocol === 3 ? { token: held } : { token: held, deviceToken: held };
    const client = await door.knock();
    const { nonce, ts } = await client.challenge();
    const frame = device.connectFrame({ protocol, auth, scopes: ["operator.admin"], nonce, signedAt: ts });
    client.send(frame);
    payloadOf(await client.response("connect"));
    client.close();
    return Buffer.from(frame);
  }

  test.each([3, 4])("Z2: its text with any bytes changed, or none, lets nobody in, protocol %i", async (protocol) => {
    const text = await recorded(protocol);
    const answers = new Set<string>();
    await fc.assert(fc.asyncProperty(fc.oneof({ weight: 20, arbitrary: changes }, { weight: 1, arbitrary: fc.constant([]) }), fc.integer({ min: 1, max: 4 }), fc.constantFrom(TEXT, 0x82), async (wrong, pieces, opcode) => {
      const peer = await door.raw();
      peer.askForUpgrade();
      expect((await peer.response())?.status).toBe(101);
      await writeIn(pieces, peer, clientFrame(opcode, changed(text, wrong)));
      peer.socket.end();
      const [challenge, ...rest] = await heard(peer);
      expect(JSON.parse(challenge ?? "")).toMatchObject({ event: "connect.challenge" });
      for (const answer of rest) expect(JSON.parse(answer)).toMatchObject({ type: "res", ok: false, error: { code: expect.any(String), message: expect.any(String) } });
      for (const answer of rest) answers.add((JSON.parse(answer) as ResponseFrame).error?.message.split(":")[0] ?? "");
      expect(rest.length).toBeLessThanOrEqual(1);
    }), { numRuns: RUNS });
    // What is whole got as far as the nonce.
    expect([...answers]).toEqual(expect.arrayContaining(["device nonce mismatch", "invalid connect params"]));
  }, 20_000);

  test("Z2: its frame with any bytes changed, behind any other frames, lets nobody in", async () => {
    const text = await recorded(4);
    const other = fc.record({ first: fc.integer({ min: 0, max: 255 }), payload: fc.uint8Array({ maxLength: 140 }) });
    await fc.assert(fc.asyncProperty(fc.array(other, { maxLength: 3 }), changes, fc.integer({ min: 1, max: 4 }), async (others, wrong, pieces) => {
      const peer = await door.raw();
      peer.askForUpgrade();
      expect((await peer.response())?.status).toBe(101);
      const before = Buffer.concat(others.map(({ first, payload }) => clientFrame(first, payload)));
      await writeIn(pieces, peer, Buffer.concat([before, changed(clientFrame(TEXT, text), wrong)]));
      peer.socket.end();
      expect((await heard(peer)).join("\n")).not.toContain("hello-ok");
    }), { numRuns: RUNS });
  }, 20_000);
});

test("Z2: once let in, a request with any characters changed is answered, and the connection goes on", async () => {
  const client = await door.enter({ device: "fuzzer" });
  const requests = [
    { type: "req", id: "a", method: "sessions.list", params: { limit: 10, search: "x\"\\y" } },
    { type: "req", id: "a", method: "chat.inject", params: { sessionKey: "main", message: "hi", label: "l" } },
    { type: "req", id: "a", method: "send", params: { channel: "memory", to: "x", message: "hi", idempotencyKey: "k" } },
  ].map((frame) => Buffer.from(JSON.stringify(frame)));
  await fc.assert(fc.asyncProperty(fc.constantFrom(...requests), changes, async (request, wrong) => {
    // Invalid UTF-8 would end the connection at the transport: here each byte stands for a character.
    const text = changed(request, wrong).toString("latin1");
    const count = client.responses.length;
    client.send(text);
    client.ask("health", undefined, "after");
    expect(payloadOf(await client.response("after"))).toMatchObject({ ok: true });
    await client.wire.settle();
    expect(client.responses.length).toBe(count + 2);
    for (const answer of client.responses.slice(count)) expect(answer.ok || typeof answer.error?.message === "string").toBe(true);
  }), { numRuns: 2 * RUNS });
}, 20_000);
