import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { afterEach, describe, expect, test } from "@jest/globals";
import { FileConfigSource } from "../../src/adapters/config/file/index.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import type { OutboxItem } from "../../src/domain/messaging/outbox-item.js";
import { keyOfRecord, type SenderRecord } from "../../src/domain/pairing/sender.js";
import { MemoryChannel } from "../../src/adapters/channels/memory/index.js";
import { NodeSignatures } from "../../src/adapters/crypto/node/index.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { ScriptedRuntime, type ScriptStep } from "../../src/adapters/agent/scripted/index.js";
import { MemoryDeviceStore } from "../../src/adapters/storage/memory/memory-device-store.js";
import { MemoryExecApprovals } from "../../src/adapters/storage/memory/memory-exec-approvals.js";
import { MemoryInviteStore } from "../../src/adapters/storage/memory/memory-invite-store.js";
import { MemoryLogTail } from "../../src/adapters/storage/memory/memory-log-tail.js";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { MemoryTransport, type MemoryClient } from "../../src/adapters/transport/memory/index.js";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import { createGateway } from "../../src/app/compose/create-gateway.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { signaturePayload, type PayloadVersion } from "../../src/domain/handshake/signature-payload.js";
import { after, epochMs } from "../../src/domain/moment.js";
import { nodeKey, requestKey, type NodeBookRecord } from "../../src/domain/nodes/node-record.js";
import type { PendingAction } from "../../src/domain/nodes/pending-action.js";
import { readSurface } from "../../src/domain/nodes/surface.js";
import type { Job, RunEntry } from "../../src/domain/schedule/job.js";
import { readJob } from "../../src/domain/schedule/read-job.js";
import type { PairedDevice, PendingDevice } from "../../src/domain/pairing/device.js";
import { decodeSetupCode, type SetupCode } from "../../src/domain/pairing/setup-code.js";
import { LIVE_METHODS, METHODS, type LiveMethod } from "../../src/domain/protocol/catalog.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import type { ResponseFrame } from "../../src/domain/protocol/frames.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import { schemaDocument } from "../../src/domain/protocol/schema-document.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { SeededIds } from "../../src/testing/seeded-ids.js";
import { signed } from "../../scripts/codegen/device-key.js";
import { FIRST_FRAME_CASES, type FirstFrameCase } from "../../scripts/codegen/conformance/first-frames.js";
import type { FrameCase } from "../../scripts/codegen/conformance/frames.js";
import type { Facts, HandshakeCase } from "../../scripts/codegen/conformance/refusals.js";
import { CONNECT_EXAMPLE, HELLO_EXAMPLE, METHOD_EXAMPLES, requestFrame } from "../../scripts/codegen/examples.js";
import { RAW } from "../../scripts/codegen/examples/setup.js";
import type { MethodExample } from "../../scripts/codegen/examples/shape.js";
import {
  AGENT_RUN, CHALLENGE_NONCE, CHAT_RUN, GATEWAY_TOKEN, GREETING, LAPTOP, MAIN_SESSION, MAIN_SESSION_ID, MINUTE, MODEL, NOW, PAIRING_REQUEST, PHONE,
  RECIPIENT, TABLET, TRIP_SESSION, TRIP_SESSION_ID,
} from "../../scripts/codegen/examples/world.js";
import { METHOD_NOTES } from "../../scripts/codegen/notes.js";
import { TestClient } from "../support/client.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../generated/conformance/${name}.json`, import.meta.url), "utf8")) as T;

const validator = new AjvFrameValidator();
const signatures = new NodeSignatures();

/** Ids whose second one of each connection, its nonce, is known beforehand. */
class KnownNonces extends SeededIds {
  readonly #nonce: string;
  #drawn = 0;

  constructor(nonce: string) {
    super();
    this.#nonce = nonce;
  }

  override uuid(): string {
    this.#drawn += 1;
    return this.#drawn % 2 === 0 ? this.#nonce : super.uuid();
  }
}

describe("generated/conformance/signatures.json", () => {
  interface Vectors {
    readonly keys: Readonly<Record<string, { seedHex: string; publicKey: string; publicKeyPem: string; deviceId: string }>>;
    readonly payloads: readonly { name: string; key: string; version: PayloadVersion; signedAt: number; nonce: string | null; connect: ConnectParams; payload: string; signature: string }[];
    readonly checks: readonly { name: string; publicKey: string; payload: string; signature: string; refusal: string | null }[];
  }
  const vectors = read<Vectors>("signatures");

  const privateKeyOf = (seedHex: string) => createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${seedHex}`, "hex"), format: "der", type: "pkcs8" });

  test("keys follow from their seeds, ids from the keys", () => {
    for (const { seedHex, publicKey, publicKeyPem, deviceId } of Object.values(vectors.keys)) {
      const raw = createPublicKey(privateKeyOf(seedHex)).export({ format: "der", type: "spki" }).subarray(-32);
      expect([raw.toString("base64url"), createHash("sha256").update(raw).digest("hex")]).toEqual([publicKey, deviceId]);
      expect([signatures.deviceIdOf(publicKey), signatures.deviceIdOf(publicKeyPem)]).toEqual([deviceId, deviceId]);
    }
  });

  test("payloads and signatures", () => {
    expect([...new Set(vectors.payloads.map(({ version }) => version))].sort()).toEqual(["v1", "v2", "v3"]);
    for (const { name, key, version, signedAt, nonce, connect, payload, signature } of vectors.payloads) {
      const { seedHex = "", publicKey = "", deviceId = "" } = vectors.keys[key] ?? {};
      const { auth, client } = connect;
      const ours = signaturePayload(version, {
        deviceId,
        clientId: client.id,
        clientMode: client.mode,
        role: connect.role ?? "operator",
        scopes: connect.scopes ?? [],
        signedAtMs: signedAt,
        token: auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken ?? "",
        nonce: nonce ?? "",
        platform: client.platform,
        ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
      });
      expect([name, ours]).toEqual([name, payload]);
      expect([name, sign(null, Buffer.from(payload), privateKeyOf(seedHex)).toString("base64url")]).toEqual([name, signature]);
      expect([name, signatures.verify(publicKey, signature, payload)]).toEqual([name, true]);
    }
  });

  test("good ones verify, the others are refused for the reason named", () => {
    expect(vectors.checks.filter(({ refusal }) => refusal !== null).length).toBeGreaterThan(vectors.checks.filter(({ refusal }) => refusal === null).length);
    for (const { name, publicKey, payload, signature, refusal } of vectors.checks) {
      const known = signatures.deviceIdOf(publicKey) !== undefined;
      const verdict = known ? (signatures.verify(publicKey, signature, payload) ? null : "DEVICE_AUTH_SIGNATURE_INVALID") : "DEVICE_AUTH_PUBLIC_KEY_INVALID";
      expect([name, verdict]).toEqual([name, refusal]);
    }
  });
});

test("generated/conformance/setup-codes.json", () => {
  const { cases } = read<{ cases: readonly { name: string; text: string; code: SetupCode | null }[] }>("setup-codes");
  expect(cases.filter(({ code }) => code === null).length).toBeGreaterThan(8);
  for (const { name, text, code } of cases) {
    expect([name, decodeSetupCode(text) ?? null]).toEqual([name, code]);
    // Another reader's way to the same.
    const body = text.replaceAll(/\s/g, "").replace(/^oc-pair:\/\//i, "");
    if (code) expect(JSON.parse(Buffer.from(body, "base64url").toString("utf8"))).toMatchObject(code);
  }
});

test("generated/conformance/frames.json", () => {
  const { definitions } = schemaDocument();
  const { cases } = read<{ cases: readonly FrameCase[] }>("frames");
  expect(cases.length).toBeGreaterThan(500);
  expect([...new Set(cases.map(({ definition }) => definition))].filter((name) => definitions[name] === undefined)).toEqual([]);
  for (const { name, definition, value, valid, problem } of cases) {
    const found = validator.explain((definitions[definition] ?? {}) as never, value) ?? null;
    expect([name, found === null, found]).toEqual([name, valid, problem]);
  }
});

describe("generated/conformance/refusals.json", () => {
  const { cases, firstMessages } = read<{ cases: readonly HandshakeCase[]; firstMessages: { cases: readonly FirstFrameCase[] } }>("refusals");

  async function gatewayWith(facts: Facts) {
    const clock = new HandClock(facts.now);
    const transport = new MemoryTransport();
    const log = new MemoryLog();
    const [devices, invites] = [new MemoryDeviceStore(), new MemoryInviteStore()];
    const { auth, paired, invite } = facts;
    const gateway = createGateway({ auth, clock, log, devices, invites, ids: new KnownNonces(facts.nonce) });
    await gateway.serve(transport);
    if (paired) await devices.update(() => ({ changes: { paired: new Map([[paired.deviceId, recordOf(paired, clock)]]) }, value: undefined }));
    if (invite) await invites.put({ setupId: "setup", digest: signatures.digest(invite.bootstrapToken), profile: invite.profile, createdAtMs: clock.now(), expiresAtMs: after(clock.now(), MINUTE) });
    const peer = { address: facts.peer.address, headers: facts.peer.origin === undefined ? {} : { origin: facts.peer.origin } };
    return { gateway, log, connect: () => transport.connect(peer) };
  }

  const recordOf = (paired: NonNullable<Facts["paired"]>, clock: HandClock): PairedDevice => ({
    ...paired,
    tokens: new Map(),
    createdAtMs: clock.now(),
    approvedAtMs: clock.now(),
    approvedVia: "owner",
  });

  async function failOnce(client: MemoryClient, connect: unknown): Promise<void> {
    await client.next();
    const { device: _device, ...bare } = connect as ConnectParams;
    client.send(JSON.stringify(requestFrame("connect", { ...bare, auth: { token: "wrong" } })));
    await client.closed;
  }

  test.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, { rule, facts, connect, expected }) => {
    const { gateway, log, connect: open } = await gatewayWith(facts);
    try {
      for (let failed = 0; failed < (facts.wrongBefore ?? 0); failed += 1) await failOnce(open(), connect);
      const client = open();
      expect(JSON.parse(await client.next())).toMatchObject({ event: "connect.challenge", payload: { nonce: facts.nonce, ts: facts.now } });
      client.send(JSON.stringify(requestFrame("connect", connect)));
      const response = JSON.parse(await client.next()) as ResponseFrame;
      if (expected.kind === "admitted") {
        const { protocol, auth } = response.payload as HelloOk;
        // Protocol 3 is told its scopes only beside a device token, and gets one here only with a device.
        expect({ ok: response.ok, protocol, ...(auth ? { role: auth.role, scopes: auth.scopes } : {}) }).toEqual({
          ok: true, protocol: expected.protocol, ...(auth ? { role: expected.role, scopes: expected.scopes } : {}),
        });
        if (expected.protocol === 4) expect(auth).toBeDefined();
      } else {
        const { code, message, details, closeCode, closeReason = message } = expected;
        expect(response).toMatchObject({ ok: false, error: { code, message, ...(Object.keys(details).length === 0 ? {} : { details }) } });
        const { requestId = "" } = (response.error?.details ?? {}) as { requestId?: string };
        expect(await client.closed).toEqual({ code: closeCode, reason: closeReason.replace("<requestId>", requestId) });
      }
      const verdict = log.entries.findLast(({ fields }) => fields["verdict"] !== undefined)?.fields["verdict"];
      expect(verdict).toBe(rule === "admitted" ? "admit" : rule);
    } finally {
      await gateway.close();
    }
  });

  test.each(firstMessages.cases.map((one) => [one.name, one] as const))("first message: %s", async (_name, { send, error, close }) => {
    const { gateway, connect } = await gatewayWith({ auth: { mode: "token", token: "t" }, now: NOW, nonce: CHALLENGE_NONCE, peer: { address: "203.0.113.7" } });
    const client = connect();
    await client.next();
    client.send(send);
    expect(await client.closed).toEqual(close);
    const response = error === null ? [] : [{ type: "res", id: error.id, ok: false, error: { code: error.code, message: error.message } }];
    expect(client.messages.slice(1).map((text) => JSON.parse(text) as unknown)).toEqual(response);
    await gateway.close();
  });

  test("what is committed is what the sources say", () => {
    expect(firstMessages.cases).toEqual(FIRST_FRAME_CASES);
  });
});

/** The gateway that the examples speak of, and the laptop's connection to it. */
async function exampleWorld() {
  const clock = new HandClock(NOW);
  const transport = new MemoryTransport();
  const [devices, sessions, logTail] = [new MemoryDeviceStore(), new MemorySessionStore(), new MemoryLogTail()];
  logTail.write('{"level":30,"time":1790000000000,"msg":"gateway ready"}');
  const agent = new ScriptedRuntime(
    // What the chat example starts goes on until it is stopped.
    (turn): ScriptStep[] => (turn.message.startsWith("Remind") ? [{ kind: "hang" }] : [{ kind: "say", text: GREETING }, { kind: "done", usage: { input: 812, output: 14, total: 826 }, stopReason: "stop" }]),
    { models: [{ ...MODEL, reasoning: true, input: ["text", "image"] }] },
  );
  const settings = { ...DEFAULT_SETTINGS, canvas: { ...DEFAULT_SETTINGS.canvas, root: "canvas" }, auth: { mode: "token", token: GATEWAY_TOKEN } as const, agents: [{ id: "main", name: "Molly", isDefault: true, identity: { name: "Molly", theme: "calm", emoji: "🦞", avatar: "M" } }] };
  const file = await exampleFile();
  const gateway = createGateway({
    config: {
      settings: () => settings, path: () => file.path(), view: () => file.view(), edit: (edit) => file.edit(edit),
      onChange: (listener) => file.onChange(listener), schema: () => file.schema(), restartPaths: () => file.restartPaths(),
    },
    channels: [new MemoryChannel({ id: "telegram", label: "Telegram", login: [{ kind: "qr", text: "a code" }, { kind: "linked", message: "Linked." }] })],
    records: { ...(await waitingMessages()), ...(await knownJob()), nodes: await knownNodes(), nodeActions: await waitingActions() },
    ids: new KnownNonces(CHALLENGE_NONCE),
    execApprovals: new MemoryExecApprovals({ current: JSON.stringify(METHOD_EXAMPLES["exec.approvals.get"].result.file) }),
    clock, devices, sessions, logTail, agent,
  });
  await gateway.serve(transport);
  await devices.update(() => ({ changes: { pending: new Map([[PAIRING_REQUEST, tablet]]), paired: new Map([[PHONE.deviceId, phone], [LAPTOP.deviceId, laptop]]) }, value: undefined }));
  const trip = { key: TRIP_SESSION, agentId: "main", sessionId: TRIP_SESSION_ID, updatedAt: NOW - MINUTE, label: "Trip to Oslo", thinkingLevel: "low", lastChannel: "telegram", lastTo: RECIPIENT, inputTokens: 1200, outputTokens: 340, totalTokens: 1540 };
  await sessions.put(TRIP_SESSION, trip);
  await sessions.put(MAIN_SESSION, { key: MAIN_SESSION, agentId: "main", sessionId: MAIN_SESSION_ID, updatedAt: NOW - 5 * MINUTE });
  await sessions.append(trip, [
    { role: "user", content: [{ type: "text", text: "Which train goes to Oslo?" }], timestamp: NOW - 2 * MINUTE },
    { role: "assistant", content: [{ type: "text", text: "The one at 8:14." }], timestamp: NOW - MINUTE },
  ]);
  const client = new TestClient(transport.connect({ address: "192.168.1.20" }));
  client.send(requestFrame("connect", CONNECT_EXAMPLE));
  const hello = await client.response("1");
  return { gateway, client, hello, clock, node: () => connectPhone(transport), desk: () => connectDesk(transport) };
}

const { platform: PHONE_PLATFORM = "", caps: PHONE_CAPS, commands: PHONE_COMMANDS, permissions: PHONE_PERMISSIONS = {}, displayName: PHONE_NAME = "", version: PHONE_VERSION = "", deviceFamily: PHONE_FAMILY = "", modelIdentifier: PHONE_MODEL = "" } =
  METHOD_EXAMPLES["node.describe"].result;
const PHONE_CLIENT = { id: "openclaw-ios", mode: "node", version: PHONE_VERSION, platform: PHONE_PLATFORM, deviceFamily: PHONE_FAMILY, modelIdentifier: PHONE_MODEL, displayName: PHONE_NAME } as const;

/** The phone as a node: it answers what it is asked with the example's result. */
async function connectPhone(transport: MemoryTransport): Promise<TestClient> {
  const client = new TestClient(transport.connect({ address: "192.168.1.21", dialled: "192.168.1.10:18789" }));
  const { nonce } = await client.challenge();
  const params = { minProtocol: 4, maxProtocol: 4, client: PHONE_CLIENT, role: "node", auth: { token: GATEWAY_TOKEN }, caps: [...PHONE_CAPS], commands: [...PHONE_COMMANDS], permissions: PHONE_PERMISSIONS };
  await client.call("connect", signed(PHONE, params, { version: "v3", signedAt: NOW, nonce }));
  void client.nextEvent("node.invoke.request").then(({ payload }) => {
    const { params: answer } = METHOD_EXAMPLES["node.invoke.result"];
    client.ask("node.invoke.result", { ...answer, id: (payload as { id: string }).id });
  }, () => undefined);
  return client;
}

const DESK_CLIENT = { id: "node-host", mode: "node", version: "1", platform: "macos" } as const;
const DESK_COMMANDS = ["system.execApprovals.get", "system.execApprovals.set"];

/** The laptop as a node, whose file of approvals is the example's. */
async function connectDesk(transport: MemoryTransport): Promise<void> {
  const client = new TestClient(transport.connect({ address: "192.168.1.20" }));
  const { nonce } = await client.challenge();
  const params = { minProtocol: 4, maxProtocol: 4, client: DESK_CLIENT, role: "node", auth: { token: GATEWAY_TOKEN }, commands: DESK_COMMANDS };
  await client.call("connect", signed(LAPTOP, params, { version: "v3", signedAt: NOW, nonce }));
  void client.nextEvent("node.invoke.request").then(({ payload }) => {
    client.ask("node.invoke.result", { id: (payload as { id: string }).id, nodeId: LAPTOP.deviceId, ok: true, payload: METHOD_EXAMPLES["exec.approvals.node.get"].result });
  }, () => undefined);
}

/** A command that waits for a word. Its own answer comes with that. */
async function askForApproval(client: TestClient, id: string): Promise<void> {
  client.send({ ...requestFrame("exec.approval.request", METHOD_EXAMPLES["exec.approval.request"].params), id });
  await client.nextEvent("exec.approval.requested");
}

/** The phone's commands are approved, the laptop's as well, and somebody asks for more on its behalf. */
async function knownNodes() {
  const nodes = new MemoryRecordStore<NodeBookRecord>();
  await nodes.open();
  const { requestId } = METHOD_EXAMPLES["node.pair.approve"].params;
  const { token } = METHOD_EXAMPLES["node.pair.verify"].params;
  const nodeId = PHONE.deviceId;
  const { id: _id, mode: _mode, platform, ...traits } = PHONE_CLIENT;
  const surface = readSurface({ platform, caps: PHONE_CAPS, commands: PHONE_COMMANDS, permissions: PHONE_PERMISSIONS });
  const approval = { surface, requestId: "before", approvedAtMs: at, tokenDigest: signatures.digest(token) };
  const known: NodeBookRecord = { kind: "node", nodeId, traits, approval, createdAtMs: at };
  const waiting: NodeBookRecord = { kind: "request", requestId, nodeId, surface: { ...surface, caps: [...surface.caps, "canvas"] }, traits, by: "operator", silent: false, isRepair: true, ts: at };
  const desk: NodeBookRecord = { ...known, nodeId: LAPTOP.deviceId, traits: {}, approval: { ...approval, surface: readSurface({ platform: DESK_CLIENT.platform, commands: DESK_COMMANDS }) } };
  const changes = new Map<string, NodeBookRecord>([[nodeKey(nodeId), known], [requestKey(nodeId), waiting], [nodeKey(desk.nodeId), desk]]);
  await nodes.update(() => ({ changes, value: undefined }));
  return nodes;
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function exampleFile(): Promise<FileConfigSource> {
  const stateDir = await mkdtemp(join(tmpdir(), "examples-"));
  folders.push(stateDir);
  await writeFile(join(stateDir, "openclaw.json"), RAW, { mode: 0o600 });
  return FileConfigSource.open({ stateDir, env: {} });
}

/** Somebody who waits to be let in, somebody who was, and a message of which nobody knows whether it arrived. */
async function waitingMessages() {
  const [senders, outbox] = [new MemoryRecordStore<SenderRecord>(), new MemoryRecordStore<OutboxItem>()];
  await Promise.all([senders.open(), outbox.open()]);
  const [row] = METHOD_EXAMPLES["channels.pairing.list"].result.requests;
  const [known] = METHOD_EXAMPLES["channels.pairing.list"].result.approved ?? [];
  const [letter] = METHOD_EXAMPLES["channels.deadLetters.list"].result.deadLetters;
  if (row === undefined || known === undefined || letter === undefined) throw new Error("an example is missing");
  const request: SenderRecord = {
    kind: "request", channel: row.channel, accountId: row.accountId ?? "", requestId: row.requestId, id: row.id, ids: [row.id], name: "Ole", code: row.code ?? "",
    createdAtMs: at, lastSeenAtMs: at, toldAtMs: at,
  };
  const grant: SenderRecord = { kind: "grant", channel: known.channel, accountId: known.accountId, id: known.id, ids: [known.id], name: "Ida", approvedAtMs: at };
  const item: OutboxItem = {
    id: letter.id, channel: letter.channel, accountId: letter.accountId, target: { chatId: letter.chatId }, createdAt: at, sessionKey: MAIN_SESSION,
    parts: [{ part: { body: { kind: "text", text: { text: "hi", plain: "hi" } } }, attempts: 1, state: { kind: "unknown", reason: letter.reason } }],
  };
  await senders.update(() => ({ changes: new Map([request, grant].map((one) => [keyOfRecord(one), one])), value: undefined }));
  await outbox.update(() => ({ changes: new Map([[item.id, item]]), value: undefined }));
  return { senders, outbox };
}

async function waitingActions() {
  const actions = new MemoryRecordStore<PendingAction>();
  await actions.open();
  const [queued] = METHOD_EXAMPLES["node.pending.pull"].result.actions;
  if (queued === undefined) throw new Error("an example is missing");
  const action: PendingAction = { ...queued, nodeId: PHONE.deviceId, enqueuedAtMs: at, expiresAtMs: after(at, 10 * MINUTE) };
  await actions.update(() => ({ changes: new Map([[action.id, action]]), value: undefined }));
  return actions;
}

/** The job of the examples, which ran late this morning. */
async function knownJob() {
  const [cronJobs, cronRuns] = [new MemoryRecordStore<Job>(), new MemoryRecordStore<RunEntry>()];
  await Promise.all([cronJobs.open(), cronRuns.open()]);
  const { id } = METHOD_EXAMPLES["cron.get"].result;
  const read = readJob(METHOD_EXAMPLES["cron.add"].params, id, { protocol: 4, now: at, explain: () => undefined, hasAgent: () => true });
  const [run] = METHOD_EXAMPLES["cron.runs"].result.entries;
  if (read.kind !== "ok" || run === undefined) throw new Error("an example is missing");
  const entry: RunEntry = {
    jobId: id, runId: run.runId ?? "", ts: at, trigger: "schedule", startedAt: at, slot: epochMs(run.scheduledAtMs ?? 0), isLate: true, status: "ok", isDelivered: true, durationMs: 0, summary: "Two meetings.",
  };
  await cronJobs.update(() => ({ changes: new Map([[id, read.value]]), value: undefined }));
  await cronRuns.update(() => ({ changes: new Map([[entry.runId, entry]]), value: undefined }));
  return { cronJobs, cronRuns };
}

const at = epochMs(NOW - MINUTE);
const PLACE = { displayName: "Kitchen tablet", platform: "android", deviceFamily: "Android", clientId: "openclaw-android", clientMode: "ui", remoteIp: "192.168.1.23" };
const tablet: PendingDevice = {
  ...PLACE, requestId: PAIRING_REQUEST, deviceId: TABLET.deviceId, publicKey: TABLET.publicKey, role: "operator", scopes: ["operator.read"], silent: false, isRepair: false, ts: at,
};
const paired = (key: typeof PHONE, scopes: readonly string[], traits: Partial<PairedDevice>): PairedDevice => ({
  deviceId: key.deviceId,
  publicKey: key.publicKey,
  roles: ["operator"],
  scopes,
  tokens: new Map([["operator", { role: "operator", scopes, digest: signatures.digest(`token of ${key.deviceId}`), serial: "serial", createdAtMs: at }]]),
  createdAtMs: at,
  approvedAtMs: at,
  approvedVia: "owner",
  ...traits,
});
const phone = paired(PHONE, ["operator.read", "operator.write"], { roles: ["operator", "node"], displayName: "Phone", platform: "ios", deviceFamily: "iPhone", clientId: "openclaw-ios", clientMode: "ui" });
const laptop = paired(LAPTOP, ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"], { roles: ["operator", "node"], platform: "macos", deviceFamily: "Mac" });

/** What must have happened before an example makes sense. */
const BEFORE: Partial<Record<LiveMethod, LiveMethod>> = { "agent.wait": "agent", "chat.abort": "chat.send", "web.login.wait": "web.login.start" };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Where the example promises what the gateway did not send. Values may differ, shapes may not. */
function broken(example: unknown, actual: unknown, path = "$"): string[] {
  if (Array.isArray(example)) {
    if (!Array.isArray(actual)) return [`${path}: not a list`];
    if (example.length > 0 && actual.length === 0) return [`${path}: empty`];
    return example.length === 0 ? [] : broken(example[0], actual[0], `${path}[0]`);
  }
  if (isObject(example)) {
    if (!isObject(actual)) return [`${path}: no object`];
    return Object.entries(example).flatMap(([key, value]) => (key in actual ? broken(value, actual[key], `${path}.${key}`) : [`${path}.${key}: not sent`]));
  }
  return example === null || actual === null || typeof example === typeof actual ? [] : [`${path}: ${JSON.stringify(actual)} for ${JSON.stringify(example)}`];
}

describe("the examples of the documents, against a gateway", () => {
  const examples = new Map<string, MethodExample>(Object.entries(METHOD_EXAMPLES));

  test("connect and hello-ok", async () => {
    const { gateway, hello, client } = await exampleWorld();
    expect(await client.challenge()).toEqual({ nonce: CHALLENGE_NONCE, ts: NOW });
    expect(hello.ok).toBe(true);
    expect(broken(HELLO_EXAMPLE, hello.payload)).toEqual([]);
    await gateway.close();
  });

  test.each(LIVE_METHODS.map((method) => [method]))("%s", async (method) => {
    const { gateway, client: laptop, clock, node, desk } = await exampleWorld();
    const phone = method.startsWith("node.") ? await node() : undefined;
    if (method.startsWith("exec.approvals.node.")) await desk();
    if (method === "exec.approval.list" || method === "exec.approval.resolve") await askForApproval(laptop, "waiting");
    const client = METHODS[method].role === "node" && phone ? phone : laptop;
    const given = examples.get(method);
    if (!given) throw new Error(`${method} has no example`);
    // A ticket is drawn anew each time, and nobody comes with it over HTTP here.
    const example = method === "proxy.check.read" ? { ...given, params: { ticket: (await laptop.call<{ ticket: string }>("proxy.check.begin", {})).ticket }, result: { sightings: [] } } : given;
    const before = BEFORE[method];
    if (before !== undefined) {
      client.send({ ...requestFrame(before, examples.get(before)?.params), id: "before" });
      await client.response("before");
    }
    if (method === "exec.approval.request") {
      await askForApproval(client, "asked");
      await client.call("exec.approval.resolve", METHOD_EXAMPLES["exec.approval.resolve"].params);
    } else client.send({ ...requestFrame(method, example.params), id: "asked" });
    const response = await client.response("asked");
    expect([method, response.error]).toEqual([method, undefined]);
    expect(validator.explain(METHODS[method].result, response.payload)).toBeUndefined();
    expect(broken(example.result, response.payload)).toEqual([]);
    if (example.final !== undefined) {
      const final = await client.response("asked");
      expect(validator.explain(METHODS[method].result, final.payload)).toBeUndefined();
      expect(broken(example.final, final.payload)).toEqual([]);
    }
    const closing = gateway.close();
    await clock.pass(15_000);
    await closing;
  });

  test("ids of runs are the keys that began them", () => {
    expect([METHOD_EXAMPLES.agent.params.idempotencyKey, METHOD_EXAMPLES["chat.send"].params.idempotencyKey]).toEqual([AGENT_RUN, CHAT_RUN]);
  });

  test("each refusal that the documents name and that can be brought about", async () => {
    let tried = 0;
    for (const [method, { errors = [] }] of Object.entries(METHOD_NOTES)) {
      if (METHODS[method as keyof typeof METHODS].state !== "live") continue;
      const provoked = errors.filter(({ provoke }) => provoke !== undefined);
      if (provoked.length === 0) continue;
      const { gateway, client, clock } = await exampleWorld();
      for (const { code, when, provoke } of provoked) {
        // Under one key, the second of two requests would only hear that they differ.
        const params = provoke as Readonly<Record<string, unknown>>;
        const response = await client.request(method, "idempotencyKey" in params ? { ...params, idempotencyKey: `key ${tried}` } : params);
        expect([method, when, response.error?.code]).toEqual([method, when, code]);
        tried += 1;
      }
      const closing = gateway.close();
      await clock.pass(15_000);
      await closing;
    }
    expect(tried).toBeGreaterThan(25);
  });
});
