import { afterEach, describe, expect, test } from "@jest/globals";
import { Gate, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { DEFAULT_POLICY } from "../../src/domain/messaging/policy.js";
import type { HeartbeatSettings, HeartbeatVisibility } from "../../src/domain/schedule/heartbeat-settings.js";
import type { BeatRecord } from "../../src/domain/schedule/stored-schedule.js";
import type { WaitingEvents } from "../../src/domain/schedule/waiting-events.js";
import type { AgentSettings, Settings } from "../../src/domain/settings.js";
import { StaticConfig } from "../../src/app/compose/static-config.js";
import type { ConfigChange } from "../../src/ports/config-source.js";
import { createTestGateway, MemoryWorkspace, type TestGateway, type TestGatewayOptions } from "../../src/testing/index.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-10-02T08:00:00Z");

let gateway: TestGateway | undefined;

afterEach(async () => {
  const closing = gateway?.close();
  await gateway?.pass(60_000);
  await closing;
  expect(gateway?.clock.pending ?? 0).toBe(0);
  gateway = undefined;
});

/** Settings that can be changed while the gateway runs. */
class Changing extends StaticConfig {
  now: Settings;
  #tell: (change: ConfigChange) => void = () => undefined;

  constructor(settings: Settings) {
    super(settings);
    this.now = settings;
  }

  override settings(): Settings {
    return this.now;
  }

  override onChange(tell?: (change: ConfigChange) => void): () => void {
    this.#tell = tell ?? this.#tell;
    return () => undefined;
  }

  change(heartbeat: Partial<HeartbeatSettings>): void {
    this.now = { ...this.now, heartbeat: { ...this.now.heartbeat, ...heartbeat } };
    this.#tell({ path: "", hash: "", changed: [], needsRestart: [] });
  }
}

interface Asked extends Omit<TestGatewayOptions, "settings" | "config"> {
  readonly beat?: Partial<HeartbeatSettings>;
  readonly visibility?: Partial<HeartbeatVisibility>;
  readonly agents?: readonly AgentSettings[];
}

async function open({ beat = {}, visibility = {}, agents = DEFAULT_SETTINGS.agents, ...options }: Asked = {}) {
  const config = new Changing({
    ...DEFAULT_SETTINGS,
    agents,
    auth: { mode: "token", token: "test-token" },
    heartbeat: { ...DEFAULT_SETTINGS.heartbeat, ...beat },
    channels: [{ channel: "memory", accountId: "default", policy: { ...DEFAULT_POLICY, allowFrom: ["ada"], heartbeat: { ...DEFAULT_POLICY.heartbeat, ...visibility } } }],
  });
  const opened = await createTestGateway({ startAt: START, config, ...options });
  gateway = opened;
  const client = await opened.connect();
  return {
    ...opened,
    config,
    client,
    /** The owner writes, so that the assistant knows where they are. */
    greet: async () => {
      await opened.channel.say({ text: "good morning" });
      await opened.pass(1_000);
    },
    beats: () => client.heard("heartbeat").map(({ payload }) => payload as Readonly<Record<string, unknown>>),
  };
}

/** Says one thing to the owner, and others in its heartbeats, the last of them from then on. */
const saying = (...texts: readonly string[]): Script => {
  let nth = 0;
  return ({ message }) => {
    if (!message.includes("HEARTBEAT")) return [{ kind: "say", text: "Good morning, Ada." }];
    const text = texts[Math.min(nth, texts.length - 1)] ?? "";
    nth += 1;
    return text === "" ? [] : [{ kind: "say", text }];
  };
};

describe("by the clock", () => {
  test("every so often, in the main session, with the prompt as it is; what needs attention goes where the owner was last heard from", async () => {
    const { greet, pass, agent, channel, beats, call } = await open({ script: saying("The washing machine has finished.", "HEARTBEAT_OK") });
    await greet();
    await pass(30 * MINUTE);
    expect(agent.turns[1]).toMatchObject({ sessionKey: "agent:main:main", message: DEFAULT_SETTINGS.heartbeat.prompt });
    expect(channel.texts).toEqual(["Good morning, Ada.", "The washing machine has finished."]);
    const sent = { ts: START + 30 * MINUTE, status: "sent", durationMs: 0, channel: "memory", to: "ada", preview: "The washing machine has finished.", indicatorType: "alert" };
    expect(beats()).toEqual([sent]);
    expect(await call("last-heartbeat", {})).toEqual(sent);
    await pass(60 * MINUTE);
    expect(beats().slice(1)).toEqual([60, 90].map((minutes) => ({ ts: START + minutes * MINUTE, status: "ok-token", durationMs: 0, channel: "memory", to: "ada", silent: true, indicatorType: "ok" })));
    expect(channel.texts).toHaveLength(2);
  });

  test("one in which nothing was to be told leaves no trace in the conversation, nor in chats; what was told does", async () => {
    const { greet, pass, agent, call, client } = await open({ script: saying("HEARTBEAT_OK", "Rain is coming.") });
    await greet();
    const before = (await call("sessions.list", {})).sessions[0]?.updatedAt;
    await pass(30 * MINUTE);
    expect((await call("chat.history", { sessionKey: "main" })).messages).toHaveLength(2);
    expect((await call("sessions.list", {})).sessions[0]?.updatedAt).toBe(before);
    expect(JSON.stringify(client.heard("chat"))).not.toContain("HEARTBEAT_OK");
    expect(client.heard("agent").filter(({ payload }) => (payload as { isHeartbeat?: boolean }).isHeartbeat === true).length).toBeGreaterThan(2);
    await pass(30 * MINUTE);
    expect((await call("chat.history", { sessionKey: "main" })).messages).toHaveLength(4);
    expect(agent.turns.at(-1)?.history).toHaveLength(2);
    expect(client.heard("chat").at(-1)?.payload).toMatchObject({ state: "final", message: { content: [{ text: "Rain is coming." }] } });
  });

  test("what an agent did in one stands in the conversation, whatever it said of it", async () => {
    const { pass, call } = await open({ script: [{ kind: "call", tool: "sessions_list" }, { kind: "say", text: "HEARTBEAT_OK" }] });
    await pass(30 * MINUTE);
    expect((await call("chat.history", { sessionKey: "main" })).messages.length).toBeGreaterThan(2);
  });

  test("the same is told once a day, over restarts too", async () => {
    const [sessions, beatStore] = [new MemorySessionStore(), new MemoryRecordStore<BeatRecord>()];
    const first = await open({ script: saying("It rains."), sessions, records: { heartbeats: beatStore } });
    await first.greet();
    await first.pass(60 * MINUTE);
    expect(first.beats().map(({ status, reason, preview }) => [status, reason, preview])).toEqual([["sent", undefined, "It rains."], ["skipped", "duplicate", "It rains."]]);
    await first.close();
    const later = await open({ script: saying("It rains."), sessions, records: { heartbeats: beatStore }, startAt: START + 65 * MINUTE });
    await later.pass(23 * HOUR);
    expect(later.channel.texts).toEqual([]);
    await later.pass(HOUR);
    expect(later.channel.texts).toEqual(["It rains."]);
  });

  test("a gateway that starts again goes on where it was, and does not begin with one", async () => {
    const beatStore = new MemoryRecordStore<BeatRecord>();
    const first = await open({ records: { heartbeats: beatStore } });
    await first.pass(40 * MINUTE);
    await first.close();
    const soon = await open({ records: { heartbeats: beatStore }, startAt: START + 45 * MINUTE });
    await soon.pass(15 * MINUTE - 1);
    expect(soon.agent.turns).toHaveLength(0);
    await soon.pass(1);
    expect(soon.agent.turns).toHaveLength(1);
    await soon.close();
    const late = await open({ records: { heartbeats: beatStore }, startAt: START + 9 * HOUR });
    await late.pass(MINUTE - 1);
    expect(late.agent.turns).toHaveLength(0);
    await late.pass(1);
    expect(late.agent.turns).toHaveLength(1);
  });

  test("after a night's sleep there is one, not one for each that was missed", async () => {
    const { pass, clock, agent } = await open();
    await pass(30 * MINUTE);
    clock.jump(9 * HOUR);
    await pass(MINUTE);
    expect(agent.turns).toHaveLength(2);
    await pass(29 * MINUTE);
    expect(agent.turns).toHaveLength(2);
    clock.jump(-20 * HOUR);
    await pass(31 * MINUTE);
    expect(agent.turns).toHaveLength(3);
  });

  test("only in its hours, in its time zone", async () => {
    // 8:00 in UTC is 10:00 in Vienna.
    const { pass, agent, beats } = await open({ beat: { everyMs: HOUR, activeHours: { startMinute: 12 * 60, endMinute: 14 * 60, timeZone: "Europe/Vienna" } } });
    await pass(24 * HOUR);
    expect(agent.turns).toHaveLength(2);
    const [quiet, told] = [beats().filter(({ reason }) => reason === "quiet-hours"), beats().filter(({ reason }) => reason !== "quiet-hours")];
    expect(told.map(({ ts }) => ((ts as number) - START) / HOUR)).toEqual([2, 3]);
    expect(quiet).toHaveLength(22);
  });

  test("a change of the settings takes hold at once, and within half a minute where nobody tells of it", async () => {
    const { pass, agent, config } = await open();
    config.change({ everyMs: 10_000, prompt: "Look at the HEARTBEAT list." });
    await pass(10_000);
    expect(agent.turns.map(({ message }) => message)).toEqual(["Look at the HEARTBEAT list."]);
    config.change({ everyMs: 0 });
    await pass(5 * HOUR);
    expect(agent.turns).toHaveLength(1);
    config.now = { ...config.now, heartbeat: { ...config.now.heartbeat, everyMs: HOUR } };
    await pass(MINUTE);
    expect(agent.turns).toHaveLength(2);
  });

  test("operators switch it off and on; on again, it counts from then", async () => {
    const { pass, agent, call } = await open();
    expect(await call("set-heartbeats", { enabled: false })).toEqual({ ok: true, enabled: false });
    await pass(5 * HOUR);
    expect(agent.turns).toHaveLength(0);
    expect((await call("health", { probe: true })).agents[0]?.heartbeat.enabled).toBe(false);
    await call("set-heartbeats", { enabled: true });
    await pass(30 * MINUTE - 1);
    expect(agent.turns).toHaveLength(0);
    await pass(1);
    expect(agent.turns).toHaveLength(1);
    expect((await call("health", { probe: true })).agents[0]?.heartbeat.enabled).toBe(true);
  });

  test("agents that have their own: those alone, each with its own", async () => {
    const beat = { ...DEFAULT_SETTINGS.heartbeat, everyMs: HOUR, every: "1h", prompt: "Look at the machines.", model: "scripted/small", session: "watch" };
    const { pass, agent, call } = await open({ agents: [{ id: "main", isDefault: true }, { id: "ops", isDefault: false, heartbeat: beat }] });
    await pass(2 * HOUR);
    expect(agent.turns.map(({ agentId, sessionKey, message, model }) => [agentId, sessionKey, message, model])).toEqual([0, 1].map(() => ["ops", "agent:ops:watch", "Look at the machines.", "scripted/small"]));
    expect((await call("status", {})).heartbeat.agents).toEqual([{ agentId: "main", enabled: false, every: "30m", everyMs: null }, { agentId: "ops", enabled: true, every: "1h", everyMs: HOUR }]);
  });
});

describe("the checklist", () => {
  test("is handed over as it is now, and one that asks for nothing spends no turn", async () => {
    const workspace = new MemoryWorkspace();
    const { pass, agent, beats } = await open({ workspace });
    workspace.put("main", "HEARTBEAT.md", "# Checklist\n\n- [ ]\n");
    await pass(30 * MINUTE);
    expect([agent.turns.length, beats()]).toEqual([0, [{ ts: START + 30 * MINUTE, status: "skipped", reason: "empty-heartbeat-file" }]]);
    workspace.put("main", "HEARTBEAT.md", "- water the plants");
    await pass(30 * MINUTE);
    expect(agent.turns[0]?.systemPrompt).toContain("HEARTBEAT.md of your workspace:\n- water the plants");
    workspace.put("main", "HEARTBEAT.md", "x".repeat(70_000));
    await pass(30 * MINUTE);
    expect(agent.turns[1]?.systemPrompt).toBeUndefined();
  });
});

describe("somebody wants one", () => {
  test("now: what it is about is told, whatever the hour or the checklist, and to the session that is meant", async () => {
    const workspace = new MemoryWorkspace();
    workspace.put("main", "HEARTBEAT.md", "# nothing\n");
    const { pass, agent, call } = await open({ workspace, beat: { everyMs: 0, activeHours: { startMinute: 0, endMinute: 1 } } });
    expect(await call("wake", { mode: "now", text: " The door bell. " })).toEqual({ ok: true });
    expect(await call("wake", { mode: "now", text: "  " })).toEqual({ ok: false });
    await call("wake", { mode: "now", text: "The train.", sessionKey: "trip" });
    await pass(1_000);
    expect(agent.turns.map(({ sessionKey, systemPrompt }) => [sessionKey, /System event: .*/u.exec(systemPrompt ?? "")?.[0]])).toEqual([["agent:main:main", "System event: The door bell."], ["agent:main:trip", "System event: The train."]]);
  });

  test("with the next heartbeat: it waits for that, or for whatever turn comes first", async () => {
    const { pass, agent, call } = await open();
    await call("wake", { mode: "next-heartbeat", text: "The door bell." });
    await call("system-event", { text: "The phone." });
    await pass(30 * MINUTE - 1);
    expect([agent.turns.length, (await call("status", {})).queuedSystemEvents]).toEqual([0, ["The door bell.", "The phone."]]);
    await pass(1);
    expect(agent.turns[0]?.systemPrompt).toMatch(/System event: The door bell\.\n\nSystem event: The phone\./);
    expect((await call("status", {})).queuedSystemEvents).toEqual([]);
  });

  test("while the session is at work: that is told, and it comes once the session is free", async () => {
    const gate = new Gate();
    const { pass, agent, call, beats } = await open({ script: ({ message }) => (message === "hello" ? [{ kind: "wait", gate }, { kind: "say", text: "hi" }] : [{ kind: "say", text: "HEARTBEAT_OK" }]) });
    await call("chat.send", { sessionKey: "main", message: "hello", idempotencyKey: "k" });
    await pass(5 * MINUTE);
    for (const text of ["one", "two", "three"]) await call("wake", { mode: "now", text });
    await pass(MINUTE);
    expect([agent.turns.length, beats().map(({ status, reason }) => [status, reason])]).toEqual([1, [["skipped", "requests-in-flight"]]]);
    gate.open();
    await pass(MINUTE);
    expect(agent.turns[1]?.systemPrompt).toMatch(/one[^]*two[^]*three/u);
    expect(beats().map(({ status }) => status)).toContain("ok-token");
    // What came while one was wanted already is one more at most.
    expect(agent.turns.length).toBeLessThanOrEqual(3);
  });

  test("before the gateway ended: it is made up for", async () => {
    const waiting = new MemoryRecordStore<WaitingEvents>();
    const first = await open({ records: { systemEvents: waiting }, script: [{ kind: "hang" }] });
    await first.call("wake", { mode: "now", text: "The door bell." });
    await first.pass(1_000);
    // Thrown away in the middle of that turn.
    const later = await open({ records: { systemEvents: waiting }, startAt: START + MINUTE });
    await later.pass(1_000);
    expect(later.agent.turns[0]?.systemPrompt).toContain("The door bell.");
    await later.pass(1_000);
    expect(waiting.view().size).toBe(0);
  });
});

describe("what people see of it", () => {
  test.each<[string, Partial<HeartbeatVisibility>, string, readonly string[], Readonly<Record<string, unknown>>]>([
    ["an all-is-well where that is wanted", { showOk: true }, "HEARTBEAT_OK", ["HEARTBEAT_OK"], { status: "ok-token", silent: false, indicatorType: "ok" }],
    ["no alert where none is wanted", { showAlerts: false }, "It rains.", [], { status: "skipped", reason: "alerts-disabled", preview: "It rains." }],
    ["no indicator where none is wanted", { useIndicator: false }, "HEARTBEAT_OK", [], { status: "ok-token", silent: true }],
    ["nothing at all: then no turn is spent", { showAlerts: false, useIndicator: false }, "It rains.", [], { status: "skipped", reason: "alerts-disabled" }],
    ["an answer without a word", {}, "", [], { status: "ok-empty", silent: true, indicatorType: "ok" }],
  ])("%s", async (_name, visibility, text, shown, event) => {
    const { greet, pass, channel, beats, agent } = await open({ visibility, script: saying(text) });
    await greet();
    await pass(30 * MINUTE);
    expect(channel.texts.slice(1)).toEqual(shown);
    expect(beats()).toEqual([expect.objectContaining(event)]);
    expect("indicatorType" in (beats()[0] ?? {})).toBe(visibility.useIndicator !== false);
    expect(agent.turns).toHaveLength(visibility.showAlerts === false && visibility.useIndicator === false ? 1 : 2);
  });

  test("a target that is named, or none, or nobody to go by", async () => {
    const named = await open({ beat: { target: "memory", to: "work" }, script: saying("It rains.") });
    await named.greet();
    await named.pass(30 * MINUTE);
    expect(named.channel.shown.at(-1)).toMatchObject({ to: { chatId: "work" } });
    await named.close();
    const none = await open({ beat: { target: "none" }, script: saying("It rains.") });
    await none.greet();
    await none.pass(30 * MINUTE);
    expect([none.channel.texts.length, none.beats()[0]]).toEqual([1, expect.objectContaining({ status: "skipped", reason: "target-none", preview: "It rains." })]);
    await none.close();
    const nobody = await open({ script: saying("It rains.") });
    await nobody.pass(30 * MINUTE);
    expect(nobody.beats()[0]).toMatchObject({ status: "skipped", reason: "no-target" });
  });

  test("what went wrong: a turn that failed, a message that nobody can take", async () => {
    const failing = await open({ script: [{ kind: "fail", failure: { reason: "network", message: "The provider can't be reached." } }] });
    await failing.pass(30 * MINUTE);
    expect(failing.beats()).toEqual([{ ts: START + 30 * MINUTE, status: "failed", reason: "The provider can't be reached.", durationMs: 0, indicatorType: "error" }]);
    expect((await failing.call("chat.history", { sessionKey: "main" })).messages).toEqual([]);
    await failing.close();
    const lost = await open({ beat: { target: "telegram", to: "1" }, script: saying("It rains.") });
    await lost.pass(30 * MINUTE);
    expect(lost.beats()[0]).toMatchObject({ status: "failed", reason: expect.stringContaining("channel telegram is not set up"), indicatorType: "error" });
  });

  test("an alert that can't go now goes later", async () => {
    const { greet, pass, channel, beats } = await open({ script: saying("It rains.", "HEARTBEAT_OK") });
    await greet();
    channel.meetNext({ kind: "later", reason: "Slower, please.", retryAfterMs: 50_000, scope: "chat" });
    await pass(32 * MINUTE);
    expect(beats()[0]).toMatchObject({ status: "sent" });
    expect(channel.texts.at(-1)).toBe("It rains.");
  });

  test("who may not read hears that there was one, and not what it said", async () => {
    const { greet, pass, connect } = await open({ script: saying("It rains.") });
    await greet();
    const other = await connect({ device: "other", scopes: ["operator.pairing"] });
    await pass(30 * MINUTE);
    expect(other.heard("heartbeat").map(({ payload }) => payload)).toEqual([{ ts: START + 30 * MINUTE, status: "sent", durationMs: 0, channel: "memory", indicatorType: "alert" }]);
  });
});

test("a gateway that ends lets the one under way come to its end, and nothing of it stays behind", async () => {
  const { pass, close, agent } = await open({ script: [{ kind: "hang" }] });
  await pass(30 * MINUTE);
  expect(agent.turns).toHaveLength(1);
  const closing = close();
  await pass(20_000);
  await closing;
});

test("a disk that is full costs no turn, and is not asked without end", async () => {
  let tries = 0;
  class Full extends MemoryRecordStore<BeatRecord> {
    override async update(): Promise<never> {
      tries += 1;
      throw new Error("no space left on device");
    }
  }
  const { pass, agent } = await open({ records: { heartbeats: new Full() } });
  await pass(40 * MINUTE);
  expect(agent.turns).toHaveLength(0);
  expect(tries).toBe(11);
});
