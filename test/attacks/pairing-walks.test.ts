import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createGateway, type Gateway } from "../../src/index.js";
import { ScriptedRuntime } from "../../src/adapters/agent/scripted/index.js";
import { MemoryTransport } from "../../src/adapters/transport/memory/index.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import type { PeerFacts } from "../../src/ports/transport.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { errorOf, payloadOf, TestClient, type Ending } from "../support/client.js";
import { TestDevice, type ConnectAsk } from "../support/device.js";
import { validator } from "../support/pairing.js";

// Walks through everything that devices, owners, thieves and restarts can do to a gateway, all of it over the wire and
// on real files. What people gave is written into a ledger beside it, by the rules of the protocol's description.

type Role = "operator" | "node";
type Protocol = 3 | 4;
type Who = (typeof PEOPLE)[number];
type Profile = "limited" | "full" | "node";
type Place = keyof typeof PLACES;
type Credential = "secret" | "token" | "old token" | "somebody's token" | "code" | "wrong" | "none";

const PEOPLE = ["phone", "laptop", "thief"] as const;
const DEVICES = new Map([...PEOPLE, "host"].map((name) => [name, new TestDevice(name)]));
const NAMES = new Map([...DEVICES].map(([name, { id }]) => [id, name]));
const SECRET = { token: "the secret" };
/** Each has an address of its own, which its wrong guesses are counted on. */
const HOMES: ReadonlyMap<string, string> = new Map([["phone", "203.0.113.7"], ["laptop", "203.0.113.8"], ["thief", "203.0.113.9"]]);
const PLACES = {
  afar: (from: string): Partial<PeerFacts> => ({ address: HOMES.get(from) ?? from }),
  here: (): Partial<PeerFacts> => ({ address: "127.0.0.1" }),
  "behind a proxy": (): Partial<PeerFacts> => ({ address: "127.0.0.1", headers: { "x-forwarded-for": "127.0.0.1" } }),
  "a page": (from: string): Partial<PeerFacts> => ({ address: "127.0.0.1", headers: { origin: `http://${from}.localhost` } }),
};
const LIMITED = ["operator.approvals", "operator.questions", "operator.read", "operator.talk.secrets", "operator.write"];
const GRANTS: Readonly<Record<Profile, readonly string[]>> = { limited: LIMITED, full: ["operator.admin", ...LIMITED], node: [] };
const SKEW_LIMIT = { 3: 600_000, 4: 120_000 } as const;

const covers = (held: readonly string[], wanted: string): boolean =>
  held.includes(wanted) ||
  (held.includes("operator.admin") && wanted.startsWith("operator.")) ||
  (held.includes("operator.write") && ["operator.read", "operator.talk"].includes(wanted));
const coversAll = (held: readonly string[], wanted: readonly string[]): boolean => wanted.every((scope) => covers(held, scope));

/** What people gave, to whom. Nothing that the gateway says goes in here unless somebody who may give it gave it. */
class Ledger {
  readonly #scopes = new Map<string, Set<string>>();
  readonly #roles = new Map<string, Set<string>>();
  /** Tokens that were taken away. */
  readonly dead = new Set<string>();
  readonly revoked = new Set<string>();

  give(who: string, role: Role, scopes: readonly string[]): void {
    this.#roles.set(who, (this.#roles.get(who) ?? new Set()).add(role));
    const held = this.#scopes.get(who) ?? new Set();
    if (role === "operator") for (const scope of scopes) held.add(scope);
    this.#scopes.set(who, held);
    this.revoked.delete(`${who} ${role}`);
  }

  forget(who: string): void {
    this.#roles.delete(who);
    this.#scopes.delete(who);
  }

  scopesOf(who: string): readonly string[] {
    return [...(this.#scopes.get(who) ?? [])];
  }

  has(who: string, role: Role): boolean {
    return this.#roles.get(who)?.has(role) === true;
  }

  allows(who: string, role: Role, scopes: readonly string[]): boolean {
    return this.has(who, role) && (role === "node" ? scopes.length === 0 : coversAll(this.scopesOf(who), scopes));
  }
}

interface Session {
  readonly who: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly client: TestClient;
  ending?: Ending;
}

interface Code {
  readonly token: string;
  readonly profile: Profile;
  readonly expiresAt: number;
  used: boolean;
}

interface Asked {
  readonly requestId: string;
  readonly who: string;
  readonly role: Role;
  readonly scopes: readonly string[];
}

interface Answered {
  readonly client: TestClient;
  readonly answer: Awaited<ReturnType<TestClient["tryConnect"]>>;
}

/** How often each thing came about, over all walks: a walk that meets nothing proves nothing. */
const tally = new Map<string, number>();
const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

/** A gateway on its folder, whoever is connected to it, and what they keep. */
class World {
  readonly ledger: Ledger;
  readonly sessions: Session[] = [];
  readonly codes: Code[] = [];
  /** Every token that was ever told, the latest last. */
  readonly tokens = new Map<string, string[]>();
  readonly #dir: string;
  #clock: HandClock;
  #gateway: Gateway;
  #transport: MemoryTransport;
  #strangers = 0;

  private constructor(dir: string, ledger: Ledger) {
    this.#dir = dir;
    this.ledger = ledger;
    this.#clock = new HandClock();
    [this.#gateway, this.#transport] = this.#build();
  }

  static async open(ledger: Ledger): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), "walk-")), ledger);
    await world.#gateway.serve(world.#transport);
    return world;
  }

  #build(): [Gateway, MemoryTransport] {
    const agent = new ScriptedRuntime([{ kind: "say", text: "ok" }]);
    const gateway = createGateway({ clock: this.#clock, validator, auth: SECRET, stateDir: this.#dir, agent });
    return [gateway, new MemoryTransport({ clock: this.#clock })];
  }

  async restart({ shift, loseKey }: { shift: number; loseKey: boolean }): Promise<void> {
    await this.#gateway.close();
    await this.#clock.pass(0);
    for (const session of this.sessions.splice(0)) expect(session.ending?.code).toBe(1012);
    if (loseKey) await rm(join(this.#dir, "devices", "token-key"), { force: true });
    this.#clock = new HandClock(this.#clock.now() + shift);
    [this.#gateway, this.#transport] = this.#build();
    await this.#gateway.serve(this.#transport);
  }

  async close(): Promise<void> {
    await this.#gateway.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  get now(): number {
    return this.#clock.now();
  }

  pass(ms: number): Promise<void> {
    return this.#clock.pass(ms);
  }

  get owner(): Pick<Gateway, "call"> {
    return this.#gateway;
  }

  async pending(): Promise<Asked[]> {
    const { pending } = await this.#gateway.call("device.pair.list", {});
    return pending.map(({ requestId, deviceId, role, scopes }) => ({ requestId, who: NAMES.get(deviceId) ?? "?", role: role as Role, scopes: scopes ?? [] }));
  }

  tokensOf(who: string, role: Role): string[] {
    const key = `${who} ${role}`;
    const kept = this.tokens.get(key) ?? [];
    this.tokens.set(key, kept);
    return kept;
  }

  keep(who: string, role: Role, token: string | undefined): void {
    const kept = this.tokensOf(who, role);
    if (token !== undefined && kept.at(-1) !== token) kept.push(token);
  }

  /** One connect frame and its answer. */
  async attempt(who: string, place: Place, { skew = 0, from = who, ...ask }: ConnectAsk & { readonly skew?: number; readonly from?: string }): Promise<Answered> {
    const client = new TestClient(this.#transport.connect(PLACES[place](from)));
    const { ts } = await client.challenge();
    const before = this.#clock.pending;
    const device = DEVICES.get(who)!;
    const asked = client.tryConnect({ ...ask, device, ...(skew === 0 ? {} : { signedAt: ts + skew }) });
    // On this host the refusal of a wrong credential is held back, for five seconds at most.
    if (place === "here" && ask.auth !== SECRET) await this.#until(asked, () => this.#clock.pending > before, 5_000);
    return { client, answer: await asked };
  }

  /** Waits for something, and lets time pass once, where that is what it waits for. */
  async #until(something: Promise<unknown>, isHeldBack: () => boolean, ms: number): Promise<void> {
    const still = Symbol("still under way");
    for (;;) {
      const turn = this.pass(0).then(() => still);
      if ((await Promise.race([something, turn])) !== still) return;
      if (isHeldBack()) return this.pass(ms);
    }
  }

  admit(session: Session): void {
    this.sessions.push(session);
    void session.client.closed.then((ending) => (session.ending = ending));
    if (this.sessions.length > 8) this.sessions.shift()?.client.close();
  }

  /** The invariant: whoever is connected holds nothing that nobody gave, now. */
  async check(): Promise<void> {
    await this.pass(0);
    const open = this.sessions.filter(({ ending }) => ending === undefined);
    this.sessions.splice(0, this.sessions.length, ...open);
    for (const { who, role, scopes } of open) expect([who, role, scopes, this.ledger.allows(who, role, scopes)]).toEqual([who, role, scopes, true]);
  }

  /** Its tokens are worth nothing from now on, and its connections must be on their way out. */
  async invalidate(who: string, role?: Role): Promise<void> {
    await this.pass(0);
    for (const session of this.sessions) {
      if (session.who !== who || (role !== undefined && session.role !== role)) continue;
      expect([session.who, session.role, session.ending?.code]).toEqual([session.who, session.role, 4001]);
      count("closed");
    }
    for (const one of role === undefined ? (["operator", "node"] as const) : [role]) {
      for (const token of this.tokensOf(who, one)) this.ledger.dead.add(token);
      for (const token of this.tokensOf(who, one).slice(-2)) await this.#expectDead(who, one, token);
    }
  }

  /** Tried from an address that has not failed before, so that it is the token that is judged. */
  async #expectDead(who: string, role: Role, token: string): Promise<void> {
    this.#strangers += 1;
    const from = `198.51.${100 + (this.#strangers >> 8)}.${this.#strangers & 0xff}`;
    const { answer } = await this.attempt(who, "afar", { from, role, scopes: [], auth: { deviceToken: token }, client: { id: "openclaw-ios", mode: "ui" } });
    expect(errorOf(answer).details).toMatchObject({ code: "AUTH_DEVICE_TOKEN_MISMATCH" });
    count("tried a dead token");
  }
}

/** The one answer of a request that may be refused: both are fine, depending on who asks. */
async function outcomeOf<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}

interface Connecting {
  readonly kind: "connect";
  readonly who: Who;
  readonly role: Role;
  readonly scopes: readonly string[] | undefined;
  readonly protocol: Protocol;
  readonly place: Place;
  readonly credential: Credential;
  /** Of the limit that its protocol has. */
  readonly skew: number;
}

/** Whoever changes a pairing: the owner, or one of those who are connected. */
type Actor = "owner" | number;

type Deed =
  | Connecting
  | { readonly kind: "approve" | "reject"; readonly by: Actor; readonly which: number }
  | { readonly kind: "rotate"; readonly by: Actor; readonly whom: Who; readonly role: Role; readonly scopes: readonly string[] | undefined }
  | { readonly kind: "revoke"; readonly by: Actor; readonly whom: Who; readonly role: Role }
  | { readonly kind: "remove"; readonly by: Actor; readonly whom: Who }
  | { readonly kind: "rename"; readonly by: Actor; readonly whom: Who }
  /** A device that tries to get more by what it may do with its own pairing. */
  | { readonly kind: "help itself"; readonly by: number; readonly how: "approve" | "rotate" | "revive"; readonly scopes: readonly string[] | undefined }
  | { readonly kind: "code"; readonly by: Actor; readonly profile: Profile }
  | { readonly kind: "restart"; readonly shift: number; readonly loseKey: boolean }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "guess" }
  | { readonly kind: "come back" };

/** What it shows; a device that has no token yet shows the secret. */
function authOf(world: World, { who, role, credential }: Connecting, code: Code | undefined): NonNullable<ConnectAsk["auth"]> {
  const own = world.tokensOf(who, role);
  switch (credential) {
    case "secret":
      return SECRET;
    case "token":
      return own.length === 0 ? SECRET : { token: own.at(-1) ?? "" };
    case "old token":
      return own.length < 2 ? SECRET : { deviceToken: own.at(-2) ?? "" };
    case "somebody's token":
      return { token: PEOPLE.filter((other) => other !== who).flatMap((other) => world.tokensOf(other, role)).at(-1) ?? "never seen one" };
    case "code":
      return code === undefined ? SECRET : { bootstrapToken: code.token };
    case "wrong":
      return { token: "a guess" };
    case "none":
      return {};
  }
}

async function connect(world: World, deed: Connecting): Promise<void> {
  const { who, role, scopes, protocol, place } = deed;
  const { ledger } = world;
  const code = world.codes.at(-1);
  const auth = authOf(world, deed, code);
  const credential = auth === SECRET ? "secret" : deed.credential;
  const skew = Math.round(deed.skew * SKEW_LIMIT[protocol]);
  const startedAt = world.now;
  const { client, answer } = await world.attempt(who, place, { protocol, role, auth, skew, client: { id: "openclaw-ios", mode: "ui" }, ...(scopes === undefined ? {} : { scopes }) });
  if (!answer.ok) {
    count(`refused ${errorOf(answer).code}`);
    // Here, and with the secret, nothing is left to ask for.
    if (place === "here" && credential === "secret") expect(errorOf(answer).code).not.toBe("NOT_PAIRED");
    return;
  }
  count(`let in by ${credential}`);
  const { auth: granted } = payloadOf<HelloOk>(answer);
  const leftOut = protocol === 3 && (scopes ?? []).length === 0;
  expect(Math.abs(deed.skew)).toBeLessThanOrEqual(1);
  expect(["secret", "token", "old token", "code"]).toContain(credential);
  for (const token of [auth.token, auth.deviceToken]) expect(ledger.dead.has(token ?? "")).toBe(false);
  if (credential === "code") {
    expect(code).toMatchObject({ used: false });
    expect(startedAt).toBeLessThan(code?.expiresAt ?? 0);
    expect(role === "node" || code?.profile !== "node").toBe(true);
    if (code) code.used = true;
    if (code?.profile !== "node") ledger.give(who, "operator", GRANTS[code?.profile ?? "node"]);
    ledger.give(who, "node", []);
  }
  // This host's own word, for what was asked; protocol 3 that leaves it out asks for what it has, or for all at first.
  if (credential === "secret" && place === "here") ledger.give(who, role, leftOut ? (ledger.has(who, "operator") ? [] : ["operator.admin"]) : (scopes ?? []));
  // The secret brings a revoked role back, within what was approved.
  if (credential === "secret") ledger.revoked.delete(`${who} ${role}`);
  const held = granted?.scopes ?? [];
  expect([who, role, held, ledger.allows(who, role, held)]).toEqual([who, role, held, true]);
  if (role === "operator" && !leftOut) expect(coversAll(scopes ?? [], held)).toBe(true);
  world.keep(who, role, granted?.deviceToken);
  for (const other of granted?.deviceTokens ?? []) world.keep(who, other.role as Role, other.deviceToken);
  world.admit({ who, role, scopes: held, client });
}

interface Hand {
  /** The payload, or `undefined` where the request was refused. */
  call(method: string, params: object): Promise<Record<string, unknown> | undefined>;
  readonly session: Session | undefined;
}

const isAdmin = ({ session }: Hand): boolean => session === undefined || session.scopes.includes("operator.admin");

function handOf(world: World, by: Actor): Hand {
  const session = by === "owner" ? undefined : world.sessions[by % Math.max(1, world.sessions.length)];
  if (by !== "owner" && session) {
    return { session, call: async (method, params) => outcomeOf(session.client.call(method, params)) };
  }
  return { session: undefined, call: (method, params) => outcomeOf(world.owner.call(method as never, params as never) as Promise<Record<string, unknown>>) };
}

/** What a connected device got done must have been its to do. */
function expectMayManage(hand: Hand, whom: string): void {
  const { session } = hand;
  if (!session) return count("done by the owner");
  expect(session.role).toBe("operator");
  expect(covers(session.scopes, "operator.pairing")).toBe(true);
  expect(isAdmin(hand) || session.who === whom).toBe(true);
  count("done by a device");
}

async function answerRequest(world: World, { kind, by, which }: Extract<Deed, { kind: "approve" | "reject" }>): Promise<void> {
  const asked = await world.pending();
  const request = asked[which % Math.max(1, asked.length)];
  if (!request) return;
  const hand = handOf(world, by);
  if (!(await hand.call(`device.pair.${kind}`, { requestId: request.requestId }))) return;
  expectMayManage(hand, request.who);
  count(kind);
  if (kind === "reject") return;
  if (!isAdmin(hand)) {
    expect(request.role).toBe("operator");
    expect(coversAll(hand.session?.scopes ?? [], request.scopes)).toBe(true);
  }
  world.ledger.give(request.who, request.role, request.scopes);
}

async function rotate(world: World, { by, whom, role, scopes }: Extract<Deed, { kind: "rotate" }>): Promise<void> {
  const hand = handOf(world, by);
  const done = await hand.call("device.token.rotate", { deviceId: DEVICES.get(whom)!.id, role, ...(scopes === undefined ? {} : { scopes }) });
  if (!done) return;
  expectMayManage(hand, whom);
  count("rotate");
  const held = done["scopes"] as string[];
  expect(world.ledger.allows(whom, role, held)).toBe(true);
  if (hand.session) expect(coversAll(hand.session.scopes, held)).toBe(true);
  if (world.ledger.revoked.delete(`${whom} ${role}`)) expect(isAdmin(hand)).toBe(true);
  await world.invalidate(whom, role);
  world.keep(whom, role, done["token"] as string | undefined);
}

async function takeAway(world: World, deed: Extract<Deed, { kind: "revoke" | "remove" }>): Promise<void> {
  const { by, whom } = deed;
  const hand = handOf(world, by);
  const role = deed.kind === "revoke" ? deed.role : undefined;
  const done = await hand.call(deed.kind === "revoke" ? "device.token.revoke" : "device.pair.remove", { deviceId: DEVICES.get(whom)!.id, ...(role === undefined ? {} : { role }) });
  if (!done) return;
  expectMayManage(hand, whom);
  count(deed.kind);
  if (role === undefined) world.ledger.forget(whom);
  else world.ledger.revoked.add(`${whom} ${role}`);
  await world.invalidate(whom, role);
}

async function helpItself(world: World, { by, how, scopes }: Extract<Deed, { kind: "help itself" }>): Promise<void> {
  const session = world.sessions[by % Math.max(1, world.sessions.length)];
  const whom = PEOPLE.find((one) => one === session?.who);
  if (!session || whom === undefined || session.role !== "operator") return;
  if (how === "rotate") return rotate(world, { kind: "rotate", by, whom, role: "operator", scopes });
  if (how === "revive") {
    await takeAway(world, { kind: "revoke", by: "owner", whom, role: "node" });
    return rotate(world, { kind: "rotate", by, whom, role: "node", scopes: undefined });
  }
  await connect(world, { kind: "connect", who: whom, role: "operator", scopes, protocol: 4, place: "afar", credential: "token", skew: 0 });
  const which = (await world.pending()).findIndex(({ who }) => who === whom);
  if (which >= 0) await answerRequest(world, { kind: "approve", by, which });
}

async function makeCode(world: World, { by, profile }: Extract<Deed, { kind: "code" }>): Promise<void> {
  const hand = handOf(world, by);
  const done = await hand.call("device.pair.setupCode", { publicUrl: "ws://host", bootstrapProfile: profile });
  if (!done) return;
  expect(isAdmin(hand)).toBe(true);
  const code = decodeSetupCode(String(done["setupCode"]));
  world.codes.push({ token: code?.bootstrapToken ?? "", profile, expiresAt: Number(done["expiresAtMs"]), used: false });
}

/** Guesses from where honest devices are, until nobody there is listened to. */
async function guess(world: World): Promise<void> {
  for (let index = 0; index < 22; index += 1) {
    const { answer } = await world.attempt("thief", "afar", { from: index < 11 ? "phone" : "laptop", scopes: [], auth: { token: "a guess", ...(index % 2 === 0 ? {} : { bootstrapToken: "another" }) } });
    expect(answer.ok).toBe(false);
  }
}

/** The command line of the gateway's own host: always let in, whatever was done to it. */
async function host(world: World): Promise<TestClient> {
  const ask = { scopes: ["operator.admin", "operator.pairing"], auth: SECRET, client: { id: "cli", mode: "cli" } } as const;
  const { client, answer } = await world.attempt("host", "here", ask);
  expect(answer).toMatchObject({ ok: true, payload: { auth: { scopes: ask.scopes } } });
  return client;
}

/** What the gateway tells a device that is turned away is enough to get in: wait, or have the host approve. */
async function comeBack(world: World, who: Who, ask: ConnectAsk): Promise<HelloOk> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const { client, answer } = await world.attempt(who, "afar", { ...ask, client: { id: "openclaw-ios", mode: "ui" } });
    if (answer.ok) {
      const hello = payloadOf<HelloOk>(answer);
      world.keep(who, "operator", hello.auth?.deviceToken);
      for (const other of hello.auth?.deviceTokens ?? []) world.keep(who, other.role as Role, other.deviceToken);
      world.admit({ who, role: "operator", scopes: hello.auth?.scopes ?? [], client });
      return hello;
    }
    const error = errorOf(answer);
    const { requestId, code } = error.details as { requestId?: string; code?: string };
    if (code === "AUTH_RATE_LIMITED") await world.pass(error.retryAfterMs ?? 0);
    else {
      expect([who, code]).toEqual([who, "PAIRING_REQUIRED"]);
      const cli = await host(world);
      await cli.call("device.pair.approve", { requestId });
      cli.close();
      world.ledger.give(who, "operator", ask.scopes ?? []);
    }
  }
  throw new Error(`${who} does not get back in`);
}

async function everybodyComesBack(world: World): Promise<void> {
  const scopes = ["operator.read", "operator.admin"];
  for (const protocol of [3, 4] as const) {
    const hello = await comeBack(world, "phone", { protocol, scopes, auth: SECRET });
    world.ledger.revoked.delete("phone operator");
    // From then on by the token alone.
    await comeBack(world, "phone", { protocol, scopes, auth: { token: hello.auth?.deviceToken ?? "" } });
  }
  // A device that knows no secret: the owner makes it a code, from the host's own command line.
  const cli = await host(world);
  const { setupCode } = await cli.call<{ setupCode: string }>("device.pair.setupCode", { publicUrl: "ws://host" });
  cli.close();
  world.ledger.give("laptop", "operator", LIMITED);
  world.ledger.give("laptop", "node", []);
  await comeBack(world, "laptop", { scopes: ["operator.read"], auth: { bootstrapToken: decodeSetupCode(setupCode)?.bootstrapToken ?? "" } });
  count("came back");
}

async function perform(world: World, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case "connect":
      return connect(world, deed);
    case "approve":
    case "reject":
      return answerRequest(world, deed);
    case "rotate":
      return rotate(world, deed);
    case "revoke":
    case "remove":
      return takeAway(world, deed);
    case "help itself":
      return helpItself(world, deed);
    case "rename": {
      const hand = handOf(world, deed.by);
      if (await hand.call("device.pair.rename", { deviceId: DEVICES.get(deed.whom)!.id, label: "renamed" })) expectMayManage(hand, deed.whom);
      return;
    }
    case "code":
      return makeCode(world, deed);
    case "restart":
      return world.restart(deed);
    case "pass":
      return world.pass(deed.ms);
    case "guess":
      return guess(world);
    case "come back":
      return everybodyComesBack(world);
  }
}

class Step implements fc.AsyncCommand<Ledger, World> {
  readonly #deed: Deed;

  constructor(deed: Deed) {
    this.#deed = deed;
  }

  check(): boolean {
    return true;
  }

  async run(_ledger: Ledger, world: World): Promise<void> {
    await perform(world, this.#deed);
    await world.check();
  }

  toString(): string {
    return JSON.stringify(this.#deed);
  }
}

/** Everybody is there from the start, twice, or a short walk meets nobody: each time with some of what it was approved for. */
async function settleIn(world: World, holdings: readonly (readonly string[])[]): Promise<void> {
  const local = { kind: "connect", protocol: 4, place: "here", credential: "secret", skew: 0 } as const;
  await Promise.all(PEOPLE.map(async (who, index) => {
    for (const scopes of holdings.slice(2 * index, 2 * index + 2)) await connect(world, { ...local, who, role: "operator", scopes });
    await connect(world, { ...local, who, role: "node", scopes: [] });
  }));
}

const who = fc.constantFrom(...PEOPLE);
const role = fc.constantFrom<Role>("operator", "operator", "operator", "node");
const scopes = fc.oneof(
  fc.constantFrom(["operator.admin"], ["operator.read"], ["operator.pairing"], ["operator.pairing"], ["operator.pairing", "operator.write"], ["made.up"]),
  fc.subarray(["operator.admin", "operator.read", "operator.write", "operator.pairing", "operator.approvals"], { maxLength: 3 }),
);
const maybeScopes = fc.option(scopes, { nil: undefined });
const by = fc.oneof(fc.constant<Actor>("owner"), fc.nat(7), fc.nat(7));
const kind = <K extends string>(...kinds: K[]) => fc.constantFrom(...kinds);

const connecting: fc.Arbitrary<Deed> = fc.record({
  kind: kind("connect"),
  who,
  role,
  scopes: maybeScopes,
  protocol: fc.constantFrom<Protocol>(3, 4),
  place: fc.constantFrom<Place>("afar", "afar", "here", "behind a proxy", "a page"),
  credential: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom<Credential>("secret", "secret", "token", "token", "code", "old token") },
    { weight: 2, arbitrary: fc.constantFrom<Credential>("somebody's token", "wrong", "none") },
  ),
  skew: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 0, 1, -1) }, { weight: 1, arbitrary: fc.constantFrom(1.001, -1.001) }),
});
const deeds: fc.Arbitrary<Deed>[] = [
  connecting,
  connecting,
  connecting,
  connecting,
  fc.record({ kind: kind("approve", "approve", "approve", "reject"), by, which: fc.nat(3) }),
  fc.record({ kind: kind("approve", "approve", "reject"), by, which: fc.nat(3) }),
  fc.record({ kind: kind("rotate"), by, whom: who, role, scopes: maybeScopes }),
  fc.record({ kind: kind("revoke"), by, whom: who, role }),
  fc.record({ kind: kind("remove", "rename"), by, whom: who }),
  fc.record({ kind: kind("help itself"), by: fc.nat(7), how: kind("approve", "rotate", "revive"), scopes: maybeScopes }),
  fc.record({ kind: kind("help itself"), by: fc.nat(7), how: kind("approve", "rotate"), scopes: maybeScopes }),
  fc.record({ kind: kind("help itself"), by: fc.nat(7), how: kind("rotate", "revive"), scopes: maybeScopes }),
  fc.record({ kind: kind("code"), by, profile: fc.constantFrom<Profile>("limited", "full", "node") }),
  fc.record({ kind: kind("restart"), shift: fc.constantFrom(0, 0, 3_600_000, -3_600_000), loseKey: fc.constantFrom(false, false, true) }),
  fc.record({ kind: kind("pass"), ms: fc.constantFrom(1, 1, 60_000, 299_999, 300_000, 600_000) }),
  fc.record({ kind: kind("guess", "come back") }),
];

test("Z3: nobody ever holds what nobody gave, what was taken away opens nothing, and from everywhere there is a way back in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(scopes, { minLength: 6, maxLength: 6 }), fc.commands(deeds.map((deed) => deed.map((one) => new Step(one))), { maxCommands: 60, size: "max" }), async (holdings, walk) => {
      const ledger = new Ledger();
      const world = await World.open(ledger);
      try {
        await settleIn(world, holdings);
        await fc.asyncModelRun(() => ({ model: ledger, real: world }), walk);
        await everybodyComesBack(world);
        await world.check();
      } finally {
        await world.close();
      }
    }),
    { numRuns: 12 },
  );
  const wanted = ["let in by secret", "let in by token", "refused NOT_PAIRED", "refused INVALID_REQUEST", "approve", "rotate", "revoke", "remove", "closed", "tried a dead token", "done by a device", "done by the owner"];
  expect(wanted.filter((met) => !tally.has(met))).toEqual([]);
}, 60_000);
