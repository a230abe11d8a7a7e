import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SystemClock } from "../../src/adapters/system/index.js";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import { findEvent, LIVE_METHODS, METHODS, type LiveMethod } from "../../src/domain/protocol/catalog.js";
import { ConnectParams } from "../../src/domain/protocol/connect.js";
import { ERROR_CODES } from "../../src/domain/protocol/errors.js";
import { EventFrame as EventFrameSchema, RequestFrame, ResponseFrame as ResponseFrameSchema, type EventFrame, type ResponseFrame } from "../../src/domain/protocol/frames.js";
import { HelloOk } from "../../src/domain/protocol/hello.js";
import { errorOf } from "../support/client.js";
import { TestDevice } from "../support/device.js";
import { FrontDoor, TOKEN, type Guest } from "../support/front-door.js";
import { answer, DESK, idOf } from "../support/nodes.js";
import { fitting, misfits, type Hints, type Shape } from "../support/schema-arbitrary.js";

// The catalogue is the grammar: what fits it must be served or refused in its own words, what does not must be refused.

const validator = new AjvFrameValidator();
const RUNS = 5;

type Protocol = 3 | 4;

const DEVICES = ["fuzzer", "owner"].map((name) => new TestDevice(name).id);

let door: FrontDoor;
let stateDir: string;
let rounds = 0;

/** An admin who comes back whenever its own requests threw it out. */
class Fuzzer {
  readonly #protocol: Protocol;
  #guest: Guest | undefined;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  async guest(): Promise<Guest> {
    if (this.#guest) return this.#guest;
    const guest = await this.enter(this.#protocol);
    expect(validator.explain(HelloOk, guest.hello)).toBeUndefined();
    expect(guest.hello.protocol).toBe(this.#protocol);
    void guest.closed.then(() => (this.#guest = undefined));
    this.entered(guest);
    return (this.#guest = guest);
  }

  protected enter(protocol: Protocol): Promise<Guest> {
    return door.enter({ device: "fuzzer", protocol, caps: ["tool-events"], client: { id: "openclaw-tui", mode: "ui" } });
  }

  protected entered(_guest: Guest): void {}

  /** All that a request is answered: an accepted run is answered twice. */
  async ask(method: LiveMethod, params: unknown): Promise<readonly ResponseFrame[]> {
    const guest = await this.guest();
    const id = guest.ask(method, params);
    const first = await guest.response(id).catch(() => undefined);
    // Closed before it was read: an earlier request took this device's access away.
    if (!first) return this.ask(method, params);
    const accepted = first.ok && (first.payload as { status?: unknown } | null)?.status === "accepted";
    return accepted ? [first, await guest.response(id)] : [first];
  }
}

/** A node that answers whatever it is asked, and comes back whenever it was thrown out. */
class NodeFuzzer extends Fuzzer {
  protected override enter(protocol: Protocol): Promise<Guest> {
    return door.enter({ device: "desk", protocol, ...DESK, commands: ["location.get", "system.run"] });
  }

  protected override entered(guest: Guest): void {
    void answer(guest, {}).then(() => this.entered(guest), () => undefined);
  }
}

const JOB = { schedule: { kind: "every", everyMs: 86_400_000 }, payload: { kind: "systemEvent", text: "hi" } };

/** Sessions, a run, devices, a node, a job, and requests to be paired: something for each method to find. */
async function furnish(method: LiveMethod, node: Fuzzer): Promise<Hints> {
  rounds += 1;
  const owner = await door.enter({ device: "owner" });
  await node.guest();
  for (const { requestId } of (await owner.call<{ pending: { requestId: string }[] }>("node.pair.list", {})).pending) await owner.call("node.pair.approve", { requestId });
  const { request } = await owner.call<{ request: { requestId: string } }>("node.pair.request", { nodeId: `tablet ${rounds}`, commands: ["location.get"] });
  await owner.call("sessions.patch", { key: "main", sendPolicy: null, label: `Home ${rounds}` });
  await owner.call("chat.inject", { sessionKey: "main", message: "once" });
  await owner.call("chat.inject", { sessionKey: "side", message: "twice" });
  const jobs = method.startsWith("cron.") ? [await owner.call<{ id: string }>("cron.add", { name: `job ${rounds}`, ...JOB })] : [];
  const run = owner.ask("agent", { message: "hi", sessionKey: "main", idempotencyKey: `run-${rounds}` });
  await owner.response(run);
  await owner.response(run);
  const stranger = await door.knock({ origin: door.url.replace("ws", "http") });
  const asked = errorOf(await stranger.tryConnect({ auth: { token: TOKEN }, device: new TestDevice(`stranger ${rounds}`), scopes: ["operator.read"] }));
  const { requestId } = asked.details as { requestId: string };
  owner.close();
  return {
    ...(method.startsWith("cron.") ? { id: jobs.map(({ id }) => id), jobId: jobs.map(({ id }) => id), expr: ["0 9 * * 1-5", "@daily"], tz: ["Europe/Vienna"], everyMs: [3_600_000], at: ["2099-01-01T09:00:00Z"], sessionTarget: ["main", "isolated", "session:side"], mode: ["none", "announce", "force"] } : {}),
    sessionKey: ["main", "agent:main:main", "agent:main:side"], key: ["main", "agent:main:side", "agent:main:nowhere"], label: [`Home ${rounds}`],
    deviceId: DEVICES, requestId: [method.startsWith("node.") ? request.requestId : requestId], nodeId: [idOf("desk"), idOf("desk"), `tablet ${rounds}`], command: ["location.get"], expiresInMs: [1_000],
    event: ["voice.transcript", "node.presence.alive"], payloadJSON: ['{"text":"hi"}', null], role: ["operator", "node"], scopes: [["operator.read"]],
    runId: [`run-${rounds}`, "nobody"], channel: ["memory", "webchat", "last", "telegram"], replyChannel: ["memory"], accountId: ["default"], action: ["react", "delete"], messageId: ["m1"], emoji: ["\u{1f44d}"], agentId: ["main"],
    timeoutMs: [0, 1], idempotencyKey: [FRESH], publicUrl: ["wss://gateway.example"], maxSelections: [1], content: ["aGk="], includeQr: [false],
  };
}

/**
 * Nobody waits to be let in here and nothing was given up; no command waits for a word, and no node keeps approvals; the
 * configuration is its program's, and there is no canvas.
 */
const NOTHING_TO_FIND = /^(?:channels\.(?:pairing\.(?:approve|dismiss|revoke)|deadLetters\.(?:retry|discard))|config\.(?:set|patch|apply)|exec\.approval(?:\.resolve|s\.node\.[gs]et)|node\.(?:pluginSurface|canvas).*)$/;

/** Stands for a key that no request had before. */
const FRESH = "fresh";
let keys = 0;

function ready(method: LiveMethod, made: unknown): unknown {
  const params = made as Readonly<Record<string, unknown>>;
  // Without a time of its own, a wait for a run that nobody began takes half a minute.
  if (method === "agent.wait") return { timeoutMs: 0, ...params };
  // Nobody is there to decide.
  if (method === "exec.approval.request") return { ...params, timeoutMs: 1 };
  return params["idempotencyKey"] === FRESH ? { ...params, idempotencyKey: `fresh-${(keys += 1)}` } : params;
}

/** What a stranger may send at all. */
const isSmall = (params: unknown): boolean => JSON.stringify(params).length < 30_000;

const said = (method: string, params: unknown, answer: unknown): string => `${method} ${JSON.stringify(params)?.slice(0, 2_000)} is answered ${JSON.stringify(answer)?.slice(0, 2_000)}`;

const known: ReadonlySet<unknown> = new Set(ERROR_CODES);

function checkAnswer(method: LiveMethod, params: unknown, response: ResponseFrame): void {
  const problems = [
    validator.explain(ResponseFrameSchema, response),
    response.ok === (response.error === undefined) ? undefined : "ok and error do not agree",
    response.ok ? validator.explain(METHODS[method].result, response.payload) : known.has(response.error?.code) ? undefined : "an unknown code",
  ];
  const about = said(method, params, response);
  expect([about, problems.filter(Boolean)]).toEqual([about, []]);
}

function checkEvent(frame: EventFrame): void {
  const spec = findEvent(frame.event);
  const problems = [validator.explain(EventFrameSchema, frame), spec ? validator.explain(spec.payload, frame.payload) : "an unknown event"];
  expect([frame, problems.filter(Boolean)]).toEqual([frame, []]);
}

describe.each<Protocol>([3, 4])("protocol %i", (protocol) => {
  const fuzzer = new Fuzzer(protocol);
  const node = new NodeFuzzer(protocol);
  const served = new Set<LiveMethod>();

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "gateway-"));
    // On files once, in memory once: what the stores refuse must be refused before it reaches them.
    door = await FrontDoor.open({ ownClock: new SystemClock(), ...(protocol === 4 ? { stateDir } : {}) });
  });

  afterAll(async () => {
    await door.close();
    await rm(stateDir, { recursive: true });
  });

  test.each(LIVE_METHODS)("Z1: %s: what fits is answered in the catalogue's words, what does not is refused and told where", async (method) => {
    const hints = await furnish(method, node);
    const caller = METHODS[method].role === "node" ? node : fuzzer;
    const shape = METHODS[method].params as Shape;
    await fc.assert(fc.asyncProperty(fitting(shape, hints), async (made) => {
      const params = ready(method, made);
      for (const response of await caller.ask(method, params)) {
        checkAnswer(method, params, response);
        if (response.ok) served.add(method);
      }
      const { events } = await fuzzer.guest();
      for (const frame of events.splice(1)) checkEvent(frame);
    }), { numRuns: RUNS });
    await fc.assert(fc.asyncProperty(fitting(shape, hints), async (params) => {
      // No params and `null` are the same.
      for (const { why, value } of misfits(shape, params).filter((misfit) => misfit.value !== null)) {
        const [response] = await caller.ask(method, value);
        const about = `${why}: ${said(method, value, response)}`;
        expect([about, response?.error]).toEqual([about, { code: "INVALID_REQUEST", message: expect.stringMatching(`^invalid ${method} params: at `) }]);
      }
    }), { numRuns: 1 });
    expect(door.errors()).toEqual([]);
  }, 20_000);

  test("Z1: a frame that does not fit is refused under its own id, or as invalid, and the connection goes on", async () => {
    const frame = { type: "req", id: "whole", method: "health", params: {}, traceparent: "00-1", expectedProfileId: "p" };
    const client = await fuzzer.guest();
    for (const { why, value } of misfits(RequestFrame as Shape, frame)) {
      client.send(JSON.stringify(value));
      const { id } = (value ?? {}) as { id?: unknown };
      const answer = await client.response(id === "whole" ? "whole" : "invalid");
      expect([why, answer.error]).toEqual([why, { code: "INVALID_REQUEST", message: expect.stringMatching(/^invalid request frame: at /) }]);
    }
    client.send(frame);
    expect((await client.response("whole")).ok).toBe(true);
  });

  test("Z1: a connect that fits is judged like any other, one that does not is told where, and neither opens without a secret", async () => {
    const shape = ConnectParams as Shape;
    const hints: Hints = { minProtocol: [protocol, protocol, 1], maxProtocol: [protocol, protocol, 9], role: ["operator", "node"], token: ["wrong"], scopes: [["operator.admin"]] };
    const tell = async (params: unknown) => {
      const stranger = await door.knock();
      await stranger.challenge();
      stranger.send({ type: "req", id: "1", method: "connect", params });
      const ending = await stranger.closed;
      const [answer] = stranger.responses;
      const about = said("connect", params, answer);
      expect([about, answer && validator.explain(ResponseFrameSchema, answer), answer?.ok, ending.code]).toEqual([about, undefined, false, ending.reason === "protocol mismatch" ? 1002 : 1008]);
      return { about, error: answer?.error };
    };
    const told: string[] = [];
    await fc.assert(fc.asyncProperty(fitting(shape, hints).filter(isSmall), async (params) => {
      const { about, error } = await tell(params);
      expect([about, ERROR_CODES]).toEqual([about, expect.arrayContaining([error?.code])]);
      told.push(error?.message ?? "");
    }), { numRuns: 20 });
    expect(told.filter((message) => message.startsWith("invalid connect params"))).toEqual([]);
    const whole = new TestDevice("nobody").connectParams({ protocol, caps: ["x"], role: "operator", scopes: ["operator.read"], auth: { token: "wrong" } }, { nonce: "n", signedAt: 1 });
    // Each takes a connection of its own, so each protocol gets one half of them.
    for (const { why, value } of misfits(shape, whole).filter((misfit, index) => misfit.value !== null && index % 2 === protocol % 2)) {
      const { about, error } = await tell(value);
      expect([why, about, error]).toEqual([why, about, { code: "INVALID_REQUEST", message: expect.stringMatching(/^invalid connect params: at /) }]);
    }
    expect(door.errors()).toEqual([]);
  }, 20_000);

  // A grammar that only ever led to refusals would prove little.
  test("Z1: most of it was served", () => {
    const unserved = LIVE_METHODS.filter((method) => !served.has(method) && !NOTHING_TO_FIND.test(method));
    expect(unserved.length < LIVE_METHODS.length / 6 ? [] : unserved).toEqual([]);
  });
});
