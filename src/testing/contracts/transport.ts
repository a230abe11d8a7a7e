import { describe, expect, test } from "./kit.js";
import type { Connection, ConnectionListener, PeerFacts, Transport } from "../../ports/transport.js";
import type { HandClock } from "../hand-clock.js";

export interface TransportPeer {
  send(message: string | Uint8Array): void;
  /** The next message not taken yet. */
  next(): Promise<string>;
  close(code: number, reason: string): void;
  /** Vanishes without a close. */
  drop(): void;
  stall(): void;
  resume(): void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export interface TransportRig {
  readonly transport: Transport;
  readonly clock: HandClock;
  connect(): Promise<TransportPeer>;
}

interface Line {
  readonly connection: Connection;
  readonly heard: string[];
  readonly endings: { readonly code: number; readonly reason: string }[];
  /** Resolves once so many messages have been heard. */
  hears(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

/** Plays the gateway: keeps a record of each connection and offers them in order. */
class Switchboard {
  readonly lines: Line[] = [];
  onMessage: ((line: Line, text: string) => void) | undefined;
  #waiting: ((line: Line) => void)[] = [];
  #taken = 0;

  readonly accept = (connection: Connection): ConnectionListener => {
    let onHeard: (() => void) | undefined;
    let onEnded: () => void = () => {};
    const ended = new Promise<void>((resolve) => (onEnded = resolve));
    const line: Line = {
      connection,
      heard: [],
      endings: [],
      ended,
      hears: (count) =>
        new Promise((resolve) => {
          onHeard = () => line.heard.length >= count && resolve();
          onHeard();
        }),
    };
    this.lines.push(line);
    this.#waiting.shift()?.(line);
    return {
      message: (text) => {
        line.heard.push(text);
        onHeard?.();
        this.onMessage?.(line, text);
      },
      closed: (code, reason) => {
        line.endings.push({ code, reason });
        onEnded();
      },
    };
  };

  next(): Promise<Line> {
    const line = this.lines[this.#taken];
    this.#taken += 1;
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }
}

const PREAUTH_BYTES = 65_536;
const MAX_BYTES = 26_214_400;

export function transportContract(name: string, createRig: () => Promise<TransportRig>): void {
  const stage = async (play: (scene: { rig: TransportRig; board: Switchboard; meet: () => Promise<[TransportPeer, Line]> }) => Promise<void>) => {
    const rig = await createRig();
    const board = new Switchboard();
    await rig.transport.start(board.accept);
    const meet = async (): Promise<[TransportPeer, Line]> => {
      const peer = await rig.connect();
      return [peer, await board.next()];
    };
    try {
      await play({ rig, board, meet });
    } finally {
      await rig.transport.stop();
      expect(rig.clock.pending).toBe(0);
    }
  };

  describe(`Transport: ${name}`, () => {
    test("carries messages in order, both ways, text and bytes", () =>
      stage(async ({ meet }) => {
        const [peer, line] = await meet();
        const texts = Array.from({ length: 500 }, (_, index) => JSON.stringify({ index, text: "größer 🦞 \u0000 \u2028" }));
        for (const text of texts) peer.send(text);
        for (const [index, text] of texts.entries()) line.connection.send(index % 2 === 0 ? text : new TextEncoder().encode(text));
        for (const text of texts) expect(await peer.next()).toBe(text);
        await line.hears(texts.length);
        expect(line.heard).toEqual(texts);
      }));

    test("hands over a binary message as the text that it encodes, and refuses one that encodes none", () =>
      stage(async ({ meet }) => {
        const [peer, line] = await meet();
        peer.send(new TextEncoder().encode('{"type":"req","id":"ü"}'));
        await line.hears(1);
        expect(line.heard).toEqual(['{"type":"req","id":"ü"}']);
        peer.send(new Uint8Array([0x7b, 0xc3, 0x28, 0x7d]));
        expect((await peer.closed).code).toBe(1007);
        await line.ended;
        expect(line.heard).toHaveLength(1);
        expect(line.endings).toEqual([{ code: 1007, reason: "invalid UTF-8" }]);
      }));

    test("tells who connected", () =>
      stage(async ({ meet }) => {
        const [, line] = await meet();
        const { address, headers, tls }: PeerFacts = line.connection.peer;
        expect(address).not.toBe("");
        expect(headers).toEqual(expect.any(Object));
        expect(tls).toBe(false);
      }));

    test("our close arrives with its code and reason, behind what was sent before", () =>
      stage(async ({ meet }) => {
        const [peer, line] = await meet();
        line.connection.send("last words");
        line.connection.close(1008, `why: ${"ä".repeat(100)}`);
        line.connection.close(1011, "second thoughts");
        expect(await peer.next()).toBe("last words");
        expect(await peer.closed).toEqual({ code: 1008, reason: `why: ${"ä".repeat(57)}` });
        await line.ended;
        expect(line.endings).toEqual([{ code: 1008, reason: `why: ${"ä".repeat(57)}` }]);
      }));

    test("the peer's close arrives with its code and reason, and so does its silent end", () =>
      stage(async ({ meet }) => {
        const [peer, line] = await meet();
        peer.close(4000, "tick timeout");
        await line.ended;
        expect(line.endings).toEqual([{ code: 4000, reason: "tick timeout" }]);
        expect(await peer.closed).toEqual({ code: 4000, reason: "tick timeout" });

        const [lost, lostLine] = await meet();
        lost.drop();
        await lostLine.ended;
        expect(lostLine.endings).toEqual([{ code: 1006, reason: "" }]);
      }));

    test("after a close nothing is heard, sending is harmless, and the end is told once", () =>
      stage(async ({ rig, board, meet }) => {
        const [peer, line] = await meet();
        board.onMessage = ({ connection }) => connection.close(1008, "enough");
        peer.send("one");
        peer.send("two");
        peer.send("three");
        await peer.closed;
        await line.ended;
        line.connection.send("anyone there?");
        line.connection.close(1000);
        line.connection.admit();
        await rig.clock.pass(120_000);
        expect(line.heard).toEqual(["one"]);
        expect(line.endings).toEqual([{ code: 1008, reason: "enough" }]);
      }));

    test("before admission 65,536 bytes pass and one more is 1009, in one message or in what follows", () =>
      stage(async ({ meet }) => {
        const [peer, line] = await meet();
        peer.send("x".repeat(PREAUTH_BYTES));
        peer.send("y".repeat(PREAUTH_BYTES));
        await line.hears(2);
        expect(line.heard.map((text) => text.length)).toEqual([PREAUTH_BYTES, PREAUTH_BYTES]);
        peer.send("z".repeat(PREAUTH_BYTES + 1));
        expect(await peer.closed).toEqual({ code: 1009, reason: "preauth payload too large" });
        await line.ended;
        expect(line.endings).toEqual([{ code: 1009, reason: "preauth payload too large" }]);
        expect(line.heard).toHaveLength(2);
      }));

    test("the cap counts bytes, not characters, and the largest messages are refused alike", () =>
      stage(async ({ meet }) => {
        for (const message of ["€".repeat(30_000), "x".repeat(10_485_760), "x".repeat(MAX_BYTES + 1)]) {
          const [peer, line] = await meet();
          peer.send(message);
          expect(await peer.closed).toEqual({ code: 1009, reason: "preauth payload too large" });
          await line.ended;
          expect(line.heard).toEqual([]);
        }
      }));

    test("after admission 10 MiB and 25 MiB pass and one byte more is 1009", () =>
      stage(async ({ meet }) => {
        const [peer, line] = await meet();
        line.connection.admit();
        for (const bytes of [10_485_760, MAX_BYTES]) peer.send("x".repeat(bytes));
        await line.hears(2);
        expect(line.heard.map((text) => text.length)).toEqual([10_485_760, MAX_BYTES]);
        peer.send("x".repeat(MAX_BYTES + 1));
        expect((await peer.closed).code).toBe(1009);
        await line.ended;
        expect(line.endings.map(({ code }) => code)).toEqual([1009]);
      }));

    test("a slow reader shows in bufferedBytes, and once it reads on, everything arrives", () =>
      stage(async ({ meet }) => {
        const [peer, line] = await meet();
        expect(line.connection.bufferedBytes).toBe(0);
        peer.stall();
        const message = "x".repeat(1_048_576);
        for (let count = 0; count < 32; count += 1) line.connection.send(message);
        expect(line.connection.bufferedBytes).toBeGreaterThanOrEqual(message.length);
        await new Promise(setImmediate);
        expect(line.connection.bufferedBytes).toBeGreaterThanOrEqual(message.length);
        peer.resume();
        for (let count = 0; count < 32; count += 1) expect((await peer.next()).length).toBe(message.length);
        expect(line.connection.bufferedBytes).toBe(0);
      }));

    test("a peer that does not answer a close is cut off a second later", () =>
      stage(async ({ rig, meet }) => {
        const [peer, line] = await meet();
        peer.stall();
        line.connection.send("x".repeat(16 * 1_048_576));
        line.connection.close(1008, "slow consumer");
        await rig.clock.pass(999);
        expect(line.endings).toEqual([]);
        await rig.clock.pass(1);
        await line.ended;
        expect(line.endings).toEqual([{ code: 1008, reason: "slow consumer" }]);
        peer.resume();
        expect((await peer.closed).code).toBe(1006);
      }));

    test("paused, it lets nobody in and keeps those it has; stopped, it sends them away with 1012", () =>
      stage(async ({ rig, board, meet }) => {
        const [peer, line] = await meet();
        rig.transport.pause();
        const outcome = await rig.connect().then((late) => late.closed, () => ({ code: 1006 }));
        expect(outcome.code).toBe(1006);
        peer.send("still here");
        await line.hears(1);
        const stopping = rig.transport.stop();
        expect(await peer.closed).toEqual({ code: 1012, reason: "service restart" });
        await stopping;
        expect(line.endings).toEqual([{ code: 1012, reason: "service restart" }]);
        expect(board.lines).toHaveLength(1);
        await rig.transport.stop();
      }));

    test("is started once", () =>
      stage(async ({ rig, board }) => {
        await expect(rig.transport.start(board.accept)).rejects.toThrow("started before");
      }));
  });
}
