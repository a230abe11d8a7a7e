import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test } from "@jest/globals";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { HARD_BUFFER_BYTES, SOFT_BUFFER_BYTES } from "../../src/domain/events/slow-reader.js";
import { FrontDoor, type Guest } from "../support/front-door.js";

// A client that was let in and stops reading its socket. The system buffers some ten megabytes of it before the gateway has to.

const MIB = 1_048_576;
/** More than the systems of both ends hold, and the soft bound with it, yet less than the hard one. */
const PAST_SOFT = 32;
const PAST_HARD = 72;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What this process holds, of either kind of memory. */
function held(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What was let go may take some turns of the event loop to be gone. */
async function heldBelow(bytes: number): Promise<number> {
  let now = held();
  for (let turn = 0; turn < 100 && now >= bytes; turn += 1) {
    await door.clock.pass(0);
    now = held();
  }
  return now;
}

/** How a slow reader hears of its end: told why, or, where it is slower than the grace after that, not at all. */
async function endOf({ closed }: Guest): Promise<void> {
  const { code, reason } = await closed;
  expect([{ code: 1008, reason: "slow consumer" }, { code: 1006, reason: "" }]).toContainEqual({ code, reason });
}

/** The gateway must not be charged for transcripts here. */
class ForgetfulStore extends MemorySessionStore {
  override async append(): Promise<void> {}
}

let door: FrontDoor;
afterEach(async () => {
  expect(door.errors()).toEqual([]);
  await door.close();
});

const open = async (): Promise<FrontDoor> => (door = await FrontDoor.open({ sessions: new ForgetfulStore() }));

/** An event that must not be lost, of one megabyte. Whoever reads has read it afterwards. */
async function shout(reader: Guest): Promise<void> {
  await door.gateway.call("chat.inject", { sessionKey: "main", message: "x".repeat(MIB) });
  expect(await reader.call("health")).toMatchObject({ ok: true });
}

/** Fills the presence list, so that one event of it takes about a megabyte. */
async function crowd(): Promise<void> {
  const long = "x".repeat(200);
  for (let index = 0; index < 198; index += 1) {
    await door.gateway.call("system-event", { text: `Node: ${index}`, deviceId: `${index}`, host: long, reason: long, tags: Array.from({ length: 32 }, () => long) });
  }
  await door.clock.pass(100);
}

/** Events that may be lost. */
async function stir(count: number, reader: Guest): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await door.gateway.call("system-event", { text: `Node: 0`, deviceId: "0", host: `turn ${index}` });
    await door.clock.pass(100);
    expect(await reader.call("health")).toMatchObject({ ok: true });
  }
}

const closings = () => door.log.entries.filter(({ message }) => message === "closed a connection that reads too slowly");
const numbered = ({ events }: Guest) => events.filter(({ seq }) => seq !== undefined);
const numbers = (guest: Guest) => numbered(guest).map(({ seq }) => seq ?? 0);

describe.each([3, 4])("protocol %i", (protocol) => {
  test("X3: past the soft bound what can be done without is left out, the hole shows in seq, and the rest arrives", async () => {
    await open();
    const ask = { protocol, scopes: ["operator.read"] };
    const slow = await door.enter({ ...ask, device: "slow" });
    const quick = await door.enter({ ...ask, device: "quick" });
    slow.wire.pause();
    for (let index = 0; index < PAST_SOFT; index += 1) await shout(quick);
    await stir(12, quick);
    await door.gateway.call("chat.inject", { sessionKey: "main", message: "the end" });
    const end = ({ payload }: { payload?: unknown }): boolean => JSON.stringify(payload).includes("the end");
    await quick.nextEvent("chat", end);
    slow.wire.resume();
    await slow.nextEvent("chat", end);

    const all = numbers(quick);
    expect(all).toEqual(all.map((_, index) => index + 1));
    const got = numbers(slow);
    expect(got).toEqual(got.toSorted((a, b) => a - b));
    // The same numbers mean the same events, and what is missing is presence, all of it after the last that was sent.
    const lost = all.filter((seq) => !got.includes(seq));
    expect(lost).toHaveLength(12);
    expect(lost.map((seq) => numbered(quick)[seq - 1]?.event)).toEqual(lost.map(() => "presence"));
    expect(numbered(slow).filter(({ event }) => event === "chat")).toHaveLength(PAST_SOFT + 1);
    expect(closings()).toEqual([]);
    await stir(1, quick);
    await slow.nextEvent("presence");
  }, 20_000);
});

test("X3: past the hard bound it is closed, alone, and told why if it reads in time", async () => {
  await open();
  const slow = await door.enter({ device: "slow", scopes: ["operator.read"] });
  const quick = await door.enter({ device: "quick", scopes: ["operator.pairing"] });
  slow.wire.pause();
  let count = 0;
  for (; closings().length === 0 && count < PAST_HARD; count += 1) await shout(quick);
  expect(closings()).toHaveLength(1);
  const { bufferedBytes } = closings()[0]!.fields;
  expect(bufferedBytes).toBeGreaterThan(HARD_BUFFER_BYTES);
  expect(bufferedBytes).toBeLessThan(HARD_BUFFER_BYTES + 2 * MIB);
  slow.wire.resume();
  await endOf(slow);
  expect(numbered(slow).filter(({ event }) => event === "chat").length).toBeLessThan(count);
  // And may come back.
  await door.enter({ device: "slow", scopes: ["operator.read"] });
}, 20_000);

test("X3: whoever never reads again is cut off, and what was kept for it is let go", async () => {
  await open();
  const slow = await door.enter({ device: "slow", scopes: ["operator.read"] });
  const quick = await door.enter({ device: "quick", scopes: ["operator.pairing"] });
  slow.wire.pause();
  const before = held();
  let most = 0;
  for (let index = 0; index < 1.5 * PAST_HARD; index += 1) {
    await shout(quick);
    if (index % 36 === 35) most = Math.max(most, held() - before);
  }
  // 108 MiB were said.
  expect(most).toBeLessThan(HARD_BUFFER_BYTES + 24 * MIB);
  expect(closings()).toHaveLength(1);
  await door.clock.pass(1_000);
  expect(await quick.call("health")).toMatchObject({ ok: true });
  expect(await heldBelow(before + 24 * MIB)).toBeLessThan(before + 24 * MIB);
}, 20_000);

test("X3: any amount of what can be done without costs no more than the soft bound, for each of several", async () => {
  await open();
  const slow = await Promise.all(["a", "b", "c"].map((device) => door.enter({ device, scopes: ["operator.read"] })));
  const quick = await door.enter({ device: "quick", scopes: ["operator.pairing"] });
  await crowd();
  for (const { wire } of slow) wire.pause();
  const before = held();
  await stir(80, quick);
  expect(held() - before).toBeLessThan(slow.length * (SOFT_BUFFER_BYTES + 4 * MIB));
  expect(closings()).toEqual([]);
  expect(await quick.call("health")).toMatchObject({ ok: true });
}, 20_000);

test("X3: answers that nobody reads end the same way as events", async () => {
  await open();
  const greedy = await door.enter({ device: "greedy", scopes: ["operator.read"] });
  const quick = await door.enter({ device: "quick", scopes: ["operator.pairing"] });
  await crowd();
  greedy.wire.pause();
  const before = held();
  for (let index = 0; closings().length === 0 && index < 2 * PAST_HARD; index += 1) {
    greedy.ask("system-presence");
    expect(await quick.call("health")).toMatchObject({ ok: true });
  }
  expect(closings()).toHaveLength(1);
  expect(held() - before).toBeLessThan(HARD_BUFFER_BYTES + 24 * MIB);
  greedy.wire.resume();
  await endOf(greedy);
}, 20_000);
