import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Gate, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { JOURNAL_LIMITS, journalKey, type JournalRecord } from "../../src/domain/messaging/journal.js";
import type { ActionOutcome, MessageRef, OutboundPart, Receipt, Target } from "../../src/domain/messaging/outbound.js";
import type { OutboxItem } from "../../src/domain/messaging/outbox-item.js";
import { DEFAULT_POLICY, type AccountPolicy } from "../../src/domain/messaging/policy.js";
import type { SenderRecord } from "../../src/domain/pairing/sender.js";
import type { SendAttempt } from "../../src/ports/channel.js";
import type { RecordStore } from "../../src/ports/record-store.js";
import { createTestGateway, MemoryChannel, type TestGateway } from "../../src/testing/index.js";
import { MortalStore, Mortality } from "../support/mortality.js";

/** The chats stay, whoever comes and goes. */
class Chats extends MemoryChannel {
  life = new Mortality();
  readonly #postponed: Receipt[] = [];

  constructor() {
    super({ id: "chat" });
  }

  /** Once, in whichever life. */
  postponeNext(): void {
    this.#postponed.push({ kind: "later", reason: "Slower, please.", retryAfterMs: 20_000, scope: "chat" });
  }

  override send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt> {
    return this.life.step(async () => this.#postponed.shift() ?? super.send(to, part, attempt));
  }

  override edit(message: MessageRef, part: OutboundPart, attempt: SendAttempt): Promise<ActionOutcome> {
    return this.life.step(() => super.edit(message, part, attempt));
  }
}

/** What one test leaves on disk and in the chats. */
class World {
  readonly chats = new Chats();
  readonly journal = new MemoryRecordStore<JournalRecord>();
  readonly outbox = new MemoryRecordStore<OutboxItem>();
  readonly senders = new MemoryRecordStore<SenderRecord>();
  readonly notes = new MemoryRecordStore<string>();
  readonly sessions = new MemorySessionStore();
  /** Said, and not yet known to be taken over. */
  readonly #untold = new Map<string, Said>();
  readonly said: string[] = [];

  async begin(life: Mortality, { policy = {}, script }: Play): Promise<TestGateway | undefined> {
    const stores = { journal: this.journal, outbox: this.outbox, senders: this.senders, notes: this.notes };
    this.chats.life = life;
    const gateway = createTestGateway({
      channels: [this.chats],
      sessions: this.sessions,
      records: Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, new MortalStore(store as RecordStore<unknown>, life)])),
      settings: { channels: [{ channel: "chat", accountId: "default", policy: { ...DEFAULT_POLICY, dmPolicy: "open", groupPolicy: "open", ...policy } }] },
      script,
    });
    // It may die before it is there.
    const settled = await Promise.race([gateway, life.over]);
    if (settled === undefined) return undefined;
    for (const said of this.#untold.values()) this.#tell(said);
    return settled;
  }

  say(said: Said): void {
    const { messageId } = said;
    if (this.said.includes(messageId)) return;
    this.said.push(messageId);
    this.#untold.set(messageId, said);
    this.#tell(said);
  }

  /** A provider keeps what was not taken over, and tells it anew. */
  #tell(said: Said): void {
    const isTold = async (): Promise<void> => {
      await this.chats.say(said);
      this.#untold.delete(said.messageId);
    };
    isTold().catch(() => undefined);
  }

  /** How often each of the messages was answered, and which of those without an answer no operator would see. */
  async reckon(gateway: TestGateway): Promise<{ readonly twice: readonly string[]; readonly lost: readonly string[]; readonly dead: number }> {
    const { deadLetters } = await gateway.call("channels.deadLetters.list", {});
    const listed = new Set(deadLetters.map(({ id }) => id));
    const isListed = (key: string): boolean => listed.has(`in:${key}`) || [...this.outbox.view().values()].some(({ id, answers }) => listed.has(id) && answers?.includes(key) === true);
    const counts = this.said.map((messageId) => ({ messageId, count: this.chats.texts.filter((text) => new RegExp(`\\b${messageId}\\b`, "u").test(text)).length }));
    const lost = counts.filter(({ messageId, count }) => count === 0 && ![...this.journal.view().keys()].some((key) => key.endsWith(`:${messageId}"]`) && isListed(key)));
    return { twice: counts.filter(({ count }) => count > 1).map(({ messageId }) => messageId), lost: lost.map(({ messageId }) => messageId), dead: listed.size };
  }
}

interface Said {
  readonly messageId: string;
  readonly text: string;
  readonly chat?: { readonly id: string; readonly kind: "direct" | "group" };
  readonly addressed?: boolean;
}

interface Play {
  readonly name: string;
  readonly policy?: Partial<AccountPolicy>;
  readonly script: Script;
  /** What happens in the chats. A life that begins later is told only what was not said before. */
  readonly act: (world: World, pass: (ms: number) => Promise<void>) => Promise<void>;
}

const said = (messageId: string, more: Partial<Said> = {}): Said => ({ messageId, text: messageId, ...more });
const answering: Script = ({ message }) => [{ kind: "say", text: `You said ${message}.` }];

/** Each time anew: a gate opens once. */
const PLAYS: readonly (() => Play)[] = [
  () => ({
    name: "a direct message",
    script: answering,
    act: async (world, pass) => {
      world.say(said("m1"));
      await pass(1_000);
    },
  }),
  () => ({
    name: "a message in a group",
    script: answering,
    act: async (world, pass) => {
      world.say(said("m1", { chat: { id: "family", kind: "group" }, addressed: true }));
      await pass(1_000);
    },
  }),
  () => {
    const gate = new Gate();
    return {
      name: "an answer that grows",
      script: ({ message }) => [{ kind: "say", text: `You said ${message}` }, { kind: "wait", gate }, { kind: "say", text: ", and I have thought about it." }],
      act: async (world, pass) => {
        world.say(said("m1"));
        await pass(3_000);
        gate.open();
        await pass(3_000);
      },
    };
  },
  () => ({
    name: "an answer that is postponed",
    policy: { streaming: "off" },
    script: answering,
    act: async (world, pass) => {
      if (world.said.length === 0) world.chats.postponeNext();
      world.say(said("m1"));
      await pass(30_000);
    },
  }),
  () => {
    const [first, rest] = [new Gate(), new Gate()];
    return {
      name: "three messages, of which two are collected, in answers that grow",
      policy: { queueMode: "collect" },
      script: ({ message }) => [{ kind: "say", text: `You said ${message}` }, { kind: "wait", gate: message.includes("m1") ? first : rest }, { kind: "say", text: ", indeed." }],
      act: async (world, pass) => {
        for (const id of ["m1", "m2", "m3"]) world.say(said(id));
        await pass(2_000);
        first.open();
        await pass(3_000);
        rest.open();
        await pass(3_000);
      },
    };
  },
  () => ({
    name: "five messages, one after the other",
    script: answering,
    act: async (world, pass) => {
      for (const id of ["m1", "m2", "m3", "m4", "m5"]) world.say(said(id));
      await pass(3_000);
    },
  }),
];

/** Lives one after the other, each until its step; the last one until all is said and done. */
async function live(play: Play, deaths: readonly Mortality[]): Promise<{ readonly world: World; readonly last: TestGateway }> {
  const world = new World();
  for (const life of deaths) {
    const gateway = await world.begin(life, play);
    if (gateway !== undefined) await play.act(world, (ms) => gateway.pass(ms));
  }
  const last = await world.begin(new Mortality(), play);
  if (last === undefined) throw new Error("the gateway did not begin");
  await play.act(world, (ms) => last.pass(ms));
  await last.pass(10 * 60_000);
  return { world, last };
}

// Some hundred gateways each.
const LONG_MS = 120_000;

describe.each(PLAYS)("a gateway that ends at any step of: %#", (make) => {
  test(make().name, async () => {
    const untouched = new Mortality();
    const { world, last } = await live(make(), [untouched]);
    expect(await world.reckon(last)).toEqual({ twice: [], lost: [], dead: 0 });
    await last.close();
    const { steps } = untouched;
    expect(steps).toBeGreaterThan(4);
    for (let at = 1; at <= steps; at += 1) {
      for (const leavesTrace of [false, true]) {
        const after = await live(make(), [new Mortality(at, leavesTrace)]);
        const { twice, lost } = await after.world.reckon(after.last);
        expect({ at, leavesTrace, twice, lost }).toEqual({ at, leavesTrace, twice: [], lost: [] });
        await after.last.close();
      }
    }
  }, LONG_MS);
});

test("a gateway that ends again and again", async () => {
  const death = fc.record({ at: fc.integer({ min: 1, max: 40 }), leavesTrace: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PLAYS), fc.array(death, { minLength: 2, maxLength: 5 }), async (make, deaths) => {
      const { world, last } = await live(make(), deaths.map(({ at, leavesTrace }) => new Mortality(at, leavesTrace)));
      const { twice, lost } = await world.reckon(last);
      expect({ twice, lost }).toEqual({ twice: [], lost: [] });
      await last.close();
    }),
    { numRuns: 60, seed: 20_260_126 },
  );
}, LONG_MS);

test("a message is given up only after its answer was begun as often as may be, never for having waited", async () => {
  const gate = new Gate();
  const play: Play = {
    name: "one that hangs, and one behind it",
    script: ({ message }) => (message.includes("m1") ? [{ kind: "wait", gate }] : [{ kind: "say", text: `You said ${message}.` }]),
    act: async (world, pass) => {
      world.say(said("m1"));
      await pass(100);
      world.say(said("m2"));
      await pass(100);
    },
  };
  const { world, last } = await live(play, Array.from({ length: JOURNAL_LIMITS.maxAttempts }, () => new Mortality()));
  expect(world.chats.texts).toEqual(["You said m2."]);
  const { deadLetters } = await last.call("channels.deadLetters.list", {});
  expect(deadLetters.map(({ id, state }) => [id, state])).toEqual([[`in:${journalKey({ channel: "chat", accountId: "default", key: "ada:m1" })}`, "unanswered"]]);
  await last.close();
});

test("a message that comes while the gateway ends is taken over, and answered by the next", async () => {
  const gate = new Gate();
  const world = new World();
  const play: Play = { name: "an answer under way", script: ({ message }) => [...(message.includes("m1") ? [{ kind: "wait", gate } as const] : []), { kind: "say", text: `You said ${message}.` }], act: async () => undefined };
  const first = await world.begin(new Mortality(), play);
  if (first === undefined) throw new Error("the gateway did not begin");
  world.say(said("m1"));
  await first.pass(100);
  const closed = first.close();
  // Of a provider that tells nothing twice.
  expect(await world.chats.say(said("m2"))).toBe("stored");
  gate.open();
  await first.pass(20_000);
  await closed;
  expect(world.chats.texts).toEqual(["You said m1."]);
  const next = await world.begin(new Mortality(), play);
  await next?.pass(1_000);
  expect(world.chats.texts).toEqual(["You said m1.", "You said m2."]);
  await next?.close();
});
