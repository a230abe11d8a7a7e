import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { coversAll, holds } from "../../src/domain/access/scopes.js";
import { readClaim } from "../../src/domain/handshake/claim.js";
import { judgeConnect } from "../../src/domain/handshake/judge.js";
import { after, epochMs, type EpochMs } from "../../src/domain/moment.js";
import type { Actor, IssueToken, PairingCommand, PairingDecision, PairingRequest } from "../../src/domain/pairing/command.js";
import { decidePairing, expiryOf } from "../../src/domain/pairing/decide.js";
import { MAX_PENDING, PENDING_TTL_MS, type Devices, type PairedDevice, type PendingDevice } from "../../src/domain/pairing/device.js";
import { recognisesToken } from "../../src/domain/pairing/grant.js";
import type { Role } from "../../src/domain/protocol/scopes.js";
import { applied } from "../support/shelf.js";

const T0 = epochMs(1_790_000_000_000);
const OWNER: Actor = { kind: "owner" };
const same = (a: string, b: string): boolean => a === b;

/** The stored devices, as a store would keep them between decisions. */
class Shelf {
  devices: Devices = { pending: new Map(), paired: new Map() };
  now: EpochMs = T0;
  /** False once the key that tokens are derived from is lost: what was issued can be recognised, not told again. */
  vault = 0;
  #issued = 0;
  readonly #vaultOf = new Map<string, number>();

  readonly issue: IssueToken = () => {
    this.#issued += 1;
    const serial = `s${this.#issued}`;
    this.#vaultOf.set(serial, this.vault);
    return { serial, digest: `token-${serial}` };
  };

  canTell = (serial: string | undefined): boolean => serial !== undefined && this.#vaultOf.get(serial) === this.vault;

  nextId(): string {
    this.#issued += 1;
    return `r${this.#issued}`;
  }

  decide(command: PairingCommand): PairingDecision {
    const decision = decidePairing(this.devices, command, this.now);
    if (decision.kind === "refused") return decision;
    this.devices = applied(this.devices, decision.changes);
    return decision;
  }

  ask(deviceId: string, scopes: readonly string[] = ["operator.read"], change: Partial<PairingRequest> = {}): PairingRequest {
    return { requestId: this.nextId(), deviceId, publicKey: `key of ${deviceId}`, role: "operator", scopes, traits: { platform: "linux" }, ...change };
  }

  request(deviceId: string, scopes?: readonly string[], change?: Partial<PairingRequest>): Extract<PairingDecision, { kind: "done" }> {
    return done(this.decide({ kind: "request", request: this.ask(deviceId, scopes, change) }));
  }

  pair(deviceId: string, scopes?: readonly string[], change?: Partial<PairingRequest>): PairedDevice {
    const { device } = done(this.decide({ kind: "vouch", via: "silent", request: this.ask(deviceId, scopes, change), issue: this.issue }));
    if (!device) throw new Error("vouching left no device");
    return device;
  }

  live(): PendingDevice[] {
    return [...this.devices.pending.values()].filter((pending) => this.now < expiryOf(pending));
  }

  recognises(deviceId: string, role: string, token: string): boolean {
    const device = this.devices.paired.get(deviceId);
    return device !== undefined && recognisesToken(device, role, token, same);
  }
}

function done(decision: PairingDecision): Extract<PairingDecision, { kind: "done" }> {
  if (decision.kind === "refused") throw new Error(`refused: ${decision.reason}`);
  return decision;
}

const actor = (deviceId: string | undefined, ...scopes: string[]): Actor => ({ kind: "device", deviceId, scopes });

describe("requests", () => {
  test("one a device: the same again is the same, another replaces it and is told so", () => {
    const shelf = new Shelf();
    const first = shelf.request("a");
    expect(first.events.map(({ kind }) => kind)).toEqual(["requested"]);
    const again = shelf.request("a");
    expect(again).toMatchObject({ events: [], changes: {}, request: first.request });
    const wider = shelf.request("a", ["operator.write"]);
    expect(wider.events).toEqual([
      { kind: "resolved", requestId: first.request?.requestId, deviceId: "a", decision: "rejected" },
      { kind: "requested", request: wider.request },
    ]);
    expect(shelf.live()).toEqual([wider.request]);
  });

  test("whose approval changed since it was judged asks for nothing: it is to be judged again", () => {
    const shelf = new Shelf();
    const asks = (deviceId: string, approvedAtMs: number | undefined) => done(shelf.decide({ kind: "request", request: shelf.ask(deviceId), known: { approvedAtMs } }));
    const { request } = asks("a", undefined);
    shelf.now = after(T0, 5);
    done(shelf.decide({ kind: "approve", requestId: request?.requestId ?? "", actor: OWNER, issue: shelf.issue }));
    expect(asks("a", undefined)).toEqual({ kind: "done", changes: {}, events: [] });
    expect(shelf.live()).toEqual([]);
    // Known as it is, it may ask for more.
    expect(asks("a", shelf.devices.paired.get("a")?.approvedAtMs).request).toMatchObject({ deviceId: "a", isRepair: true });
    // Removed meanwhile is changed too.
    done(shelf.decide({ kind: "remove", deviceId: "a", actor: OWNER }));
    expect(asks("a", after(T0, 5)).request).toBeUndefined();
    expect(asks("a", undefined).request).toMatchObject({ deviceId: "a" });
  });

  test("unanswered, it is gone after five minutes, also for whoever would approve it", () => {
    const shelf = new Shelf();
    const { request } = shelf.request("a");
    const requestId = request?.requestId ?? "";
    shelf.now = after(T0, PENDING_TTL_MS - 1);
    expect(shelf.live()).toHaveLength(1);
    shelf.now = after(T0, PENDING_TTL_MS);
    expect(shelf.decide({ kind: "approve", requestId, actor: OWNER, issue: shelf.issue })).toEqual({ kind: "refused", reason: "unknown-request" });
    expect(shelf.decide({ kind: "reject", requestId, actor: OWNER })).toEqual({ kind: "refused", reason: "unknown-request" });
    expect(shelf.request("a").request?.requestId).not.toBe(requestId);
    expect(shelf.devices.pending.size).toBe(1);
  });

  test("a flood pushes out its own oldest, and those who were shown it are told", () => {
    const shelf = new Shelf();
    const { request: oldest } = shelf.request("first");
    for (let index = 1; index < MAX_PENDING; index += 1) {
      shelf.now = after(shelf.now, 1);
      shelf.request(`d${index}`);
    }
    expect(shelf.devices.pending.size).toBe(MAX_PENDING);
    shelf.now = after(shelf.now, 1);
    const next = shelf.request("one-more");
    expect(next.events[0]).toEqual({ kind: "resolved", requestId: oldest?.requestId, deviceId: "first", decision: "rejected" });
    expect(shelf.devices.pending.size).toBe(MAX_PENDING);
    expect(shelf.live().some(({ deviceId }) => deviceId === "one-more")).toBe(true);
  });

  test("bounded, and one a device, whoever asks for what and when", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(90), fc.subarray(["operator.read", "operator.write"]), fc.nat(9_000)), { minLength: 60, maxLength: 150 }), (asks) => {
        const shelf = new Shelf();
        for (const [who, scopes, ms] of asks) {
          shelf.now = after(shelf.now, ms);
          const { request } = shelf.request(`d${who}`, scopes);
          const live = shelf.live();
          const isSound = live.includes(request as PendingDevice) && shelf.devices.pending.size <= MAX_PENDING && new Set(live.map(({ deviceId }) => deviceId)).size === live.length;
          expect(isSound).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("where this host vouches for a device, its open request is answered, and told as what it came to", () => {
    const shelf = new Shelf();
    const narrow = shelf.request("a", ["operator.read"]).request?.requestId;
    const vouched = shelf.ask("a", ["operator.write"]);
    const first = done(shelf.decide({ kind: "vouch", via: "silent", request: vouched, issue: shelf.issue }));
    expect(first.events).toEqual([
      { kind: "resolved", requestId: vouched.requestId, deviceId: "a", decision: "approved" },
      { kind: "resolved", requestId: narrow, deviceId: "a", decision: "approved" },
    ]);
    const node = shelf.request("a", [], { role: "node" }).request?.requestId;
    const second = done(shelf.decide({ kind: "vouch", via: "silent", request: shelf.ask("a"), issue: shelf.issue }));
    expect(second.events[1]).toEqual({ kind: "resolved", requestId: node, deviceId: "a", decision: "rejected" });
    expect(shelf.devices.pending.size).toBe(0);
  });
});

describe("who may do what", () => {
  test.each<[string, Actor, string, readonly string[], Role, string]>([
    ["the owner approves anything", OWNER, "a", ["operator.admin"], "operator", "done"],
    ["an admin approves anything of others", actor("b", "operator.admin"), "a", ["operator.admin", "operator.talk.secrets"], "node", "done"],
    ["a pairing operator approves no other device", actor("b", "operator.pairing", "operator.read"), "a", ["operator.read"], "operator", "not-yours"],
    ["nor one without a device", actor(undefined, "operator.pairing", "operator.read"), "a", ["operator.read"], "operator", "not-yours"],
    ["its own it may, within what it holds", actor("a", "operator.pairing", "operator.write"), "a", ["operator.read"], "operator", "done"],
    ["but not beyond it", actor("a", "operator.pairing"), "a", ["operator.read"], "operator", "beyond-yours"],
    ["nor for itself as a node", actor("a", "operator.pairing"), "a", [], "node", "beyond-yours"],
  ])("%s", (_title, who, deviceId, scopes, role, outcome) => {
    const shelf = new Shelf();
    const requestId = shelf.request(deviceId, scopes, { role }).request?.requestId ?? "";
    const decision = shelf.decide({ kind: "approve", requestId, actor: who, issue: shelf.issue });
    expect(decision.kind === "refused" ? decision.reason : decision.kind).toBe(outcome);
    expect(shelf.devices.paired.has(deviceId)).toBe(outcome === "done");
    if (outcome !== "done") expect(shelf.live()).toHaveLength(1);
  });

  test("a rotation stays within the approval and within the caller, and kills the token before", () => {
    const shelf = new Shelf();
    const before = shelf.pair("a", ["operator.write", "operator.pairing"]).tokens.get("operator")?.digest ?? "";
    const rotate = (who: Actor, scopes?: readonly string[]) =>
      shelf.decide({ kind: "rotate", deviceId: "a", role: "operator", actor: who, issue: shelf.issue, ...(scopes === undefined ? {} : { scopes }) });
    expect(rotate(OWNER, ["operator.admin"])).toMatchObject({ kind: "refused", reason: "beyond-approved", missing: ["operator.admin"] });
    // The caller holds less than the token it would be handed.
    expect(rotate(actor("a", "operator.pairing"))).toMatchObject({ kind: "refused", reason: "beyond-yours", missing: ["operator.write"] });
    expect(rotate(actor("b", "operator.pairing", "operator.write"))).toMatchObject({ kind: "refused", reason: "not-yours" });
    expect(shelf.recognises("a", "operator", before)).toBe(true);
    const rotated = done(rotate(actor("a", "operator.pairing"), ["operator.pairing", "operator.pairing"]));
    expect(rotated.device?.tokens.get("operator")?.scopes).toEqual(["operator.pairing"]);
    expect(rotated.events).toEqual([{ kind: "invalidated", deviceId: "a", role: "operator", why: "gateway auth changed" }]);
    expect(shelf.recognises("a", "operator", before)).toBe(false);
    expect(done(rotate(OWNER, ["operator.write"])).device?.scopes).toEqual(["operator.write", "operator.pairing"]);
    expect(shelf.decide({ kind: "rotate", deviceId: "a", role: "node", actor: OWNER, issue: shelf.issue })).toMatchObject({ kind: "refused", reason: "unknown-device" });
  });

  test("what is revoked or removed opens nothing any more", () => {
    const shelf = new Shelf();
    const digest = shelf.pair("a").tokens.get("operator")?.digest ?? "";
    const revoked = done(shelf.decide({ kind: "revoke", deviceId: "a", role: "operator", actor: actor("a", "operator.pairing") }));
    expect(revoked.events).toMatchObject([{ kind: "invalidated", deviceId: "a", role: "operator" }]);
    expect(shelf.recognises("a", "operator", digest)).toBe(false);
    expect(done(shelf.decide({ kind: "remove", deviceId: "a", actor: OWNER })).events).toEqual([{ kind: "invalidated", deviceId: "a", why: "device removed" }]);
    expect(shelf.devices.paired.size).toBe(0);
    for (const kind of ["remove", "revoke", "rotate", "rename"] as const) {
      const command = { kind, deviceId: "a", role: "operator", label: "x", actor: OWNER, issue: shelf.issue } as PairingCommand;
      expect(shelf.decide(command)).toMatchObject({ kind: "refused", reason: "unknown-device" });
    }
  });
});

const SCOPES = ["operator.admin", "operator.read", "operator.write", "operator.pairing", "operator.approvals", "other"];
const scopeList = fc.subarray(SCOPES, { maxLength: 3 });
const deviceName = fc.constantFrom("a", "b", "c");
const roleName = fc.constantFrom<Role>("operator", "operator", "node");
const anyActor: fc.Arbitrary<Actor> = fc.oneof(
  fc.constant(OWNER),
  fc.record({ kind: fc.constant("device" as const), deviceId: fc.option(deviceName, { nil: undefined }), scopes: scopeList }),
);

type Deed =
  | { readonly kind: "request" | "vouch" | "ensure-token"; readonly on: string; readonly role: Role; readonly scopes: readonly string[] }
  | { readonly kind: "approve" | "reject"; readonly which: number; readonly who: Actor }
  | { readonly kind: "remove" | "rename"; readonly on: string; readonly who: Actor }
  | { readonly kind: "rotate" | "revoke"; readonly on: string; readonly role: Role; readonly scopes: readonly string[] | undefined; readonly who: Actor }
  | { readonly kind: "pass"; readonly ms: number };

const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constantFrom("request" as const, "request" as const, "vouch" as const, "ensure-token" as const), on: deviceName, role: roleName, scopes: scopeList }),
  fc.record({ kind: fc.constantFrom("approve" as const, "approve" as const, "reject" as const), which: fc.nat(3), who: anyActor }),
  fc.record({ kind: fc.constantFrom("remove" as const, "rename" as const), on: deviceName, who: anyActor }),
  fc.record({ kind: fc.constantFrom("rotate" as const, "revoke" as const), on: deviceName, role: roleName, scopes: fc.option(scopeList, { nil: undefined }), who: anyActor }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, 60_000, PENDING_TTL_MS) }),
);

/** What people gave, kept apart from what the rules made of it. */
class Ledger {
  readonly #scopes = new Map<string, Set<string>>();
  readonly #roles = new Map<string, Set<string>>();

  approve({ deviceId, role, scopes }: PendingDevice | PairingRequest): void {
    const given = this.#scopes.get(deviceId) ?? new Set();
    const roles = this.#roles.get(deviceId) ?? new Set();
    if (role === "operator") for (const scope of scopes) given.add(scope);
    this.#scopes.set(deviceId, given);
    this.#roles.set(deviceId, roles.add(role));
  }

  forget(deviceId: string): void {
    this.#scopes.delete(deviceId);
    this.#roles.delete(deviceId);
  }

  check(device: PairedDevice): void {
    const given = [...(this.#scopes.get(device.deviceId) ?? [])];
    expect(given).toEqual(expect.arrayContaining([...device.scopes]));
    expect([...(this.#roles.get(device.deviceId) ?? [])]).toEqual(expect.arrayContaining([...device.roles]));
    for (const [role, token] of device.tokens) {
      expect(token.role).toBe(role);
      expect(role === "node" ? token.scopes : []).toEqual([]);
      expect(coversAll(given, token.scopes)).toBe(true);
      expect(coversAll(device.scopes, token.scopes)).toBe(true);
    }
  }
}

function commandOf(deed: Exclude<Deed, { kind: "pass" }>, shelf: Shelf): PairingCommand {
  switch (deed.kind) {
    case "request":
    case "vouch": {
      const request = shelf.ask(deed.on, deed.role === "node" ? [] : deed.scopes, { role: deed.role });
      return deed.kind === "request" ? { kind: "request", request } : { kind: "vouch", via: "silent", request, issue: shelf.issue };
    }
    case "ensure-token":
      return { kind: "ensure-token", deviceId: deed.on, role: deed.role, scopes: deed.role === "node" ? [] : deed.scopes, canTell: () => true, issue: shelf.issue };
    case "approve":
      return { kind: "approve", requestId: [...shelf.devices.pending.keys()][deed.which] ?? "none", actor: deed.who, issue: shelf.issue };
    case "reject":
      return { kind: "reject", requestId: [...shelf.devices.pending.keys()][deed.which] ?? "none", actor: deed.who };
    case "remove":
      return { kind: "remove", deviceId: deed.on, actor: deed.who };
    case "rename":
      return { kind: "rename", deviceId: deed.on, label: "label", actor: deed.who };
    case "rotate":
      return { kind: "rotate", deviceId: deed.on, role: deed.role, actor: deed.who, issue: shelf.issue, ...(deed.scopes === undefined ? {} : { scopes: deed.scopes }) };
    case "revoke":
      return { kind: "revoke", deviceId: deed.on, role: deed.role, actor: deed.who };
  }
}

test("whatever is done in whatever order, nobody ends up with more than somebody who held it gave", () => {
  fc.assert(
    fc.property(fc.array(anyDeed, { minLength: 5, maxLength: 60 }), (deeds) => {
      const shelf = new Shelf();
      const ledger = new Ledger();
      for (const deed of deeds) {
        if (deed.kind === "pass") {
          shelf.now = after(shelf.now, deed.ms);
          continue;
        }
        const before = shelf.devices;
        const command = commandOf(deed, shelf);
        const decision = shelf.decide(command);
        if (decision.kind === "refused") {
          expect(shelf.devices).toBe(before);
          continue;
        }
        const deviceId = decision.request?.deviceId ?? decision.device?.deviceId;
        // Nothing but the one device it is about changes.
        for (const id of decision.changes.paired?.keys() ?? []) expect(id).toBe(deviceId);
        if ("actor" in command && command.actor.kind === "device" && !holds(command.actor.scopes, "operator.admin")) {
          expect(command.actor.deviceId).toBe(deviceId);
          if (command.kind === "approve") expect(coversAll(command.actor.scopes, decision.request?.scopes ?? [])).toBe(true);
        }
        if (command.kind === "vouch") ledger.approve(command.request);
        if (command.kind === "approve" && decision.request) ledger.approve(decision.request);
        if (command.kind === "remove") ledger.forget(command.deviceId);
        if (command.kind === "rotate") {
          const held = before.paired.get(command.deviceId);
          const fresh = decision.device?.tokens.get(command.role);
          expect(coversAll(held?.scopes ?? [], fresh?.scopes ?? [])).toBe(true);
          if (command.actor.kind === "device") expect(coversAll(command.actor.scopes, fresh?.scopes ?? [])).toBe(true);
          if (command.scopes === undefined) expect(new Set(fresh?.scopes)).toEqual(new Set(held?.tokens.get(command.role)?.scopes));
          expect(decision.device?.scopes).toEqual(held?.scopes);
          for (const digest of [held?.tokens.get(command.role)?.digest, held?.tokens.get(command.role)?.previousDigest]) {
            if (digest !== undefined) expect(shelf.recognises(command.deviceId, command.role, digest)).toBe(false);
          }
        }
        for (const device of shelf.devices.paired.values()) ledger.check(device);
        const live = shelf.live();
        expect(new Set(live.map((pending) => pending.deviceId)).size).toBe(live.length);
      }
    }),
    { numRuns: 400 },
  );
});

/** A phone that keeps the token it was last told, and may or may not know the gateway's secret. */
class Phone {
  stored: string | undefined;

  /** Connects by the rules of the handshake, as the gateway carries them out; a lost answer tells the phone nothing. */
  connect(shelf: Shelf, ask: { readonly scopes: readonly string[]; readonly secret: boolean; readonly local?: boolean; readonly lost?: boolean }): string {
    const held = this.stored !== undefined && shelf.recognises("phone", "operator", this.stored) ? this.stored : undefined;
    const verdict = judgeConnect(
      readClaim({
        minProtocol: 4,
        maxProtocol: 4,
        client: { id: "openclaw-ios", version: "1", platform: "ios", mode: "ui" },
        scopes: [...ask.scopes],
        device: { id: "phone", publicKey: "key", signature: "s", signedAt: shelf.now, nonce: "nonce" },
      }),
      {
        now: shelf.now,
        nonce: "nonce",
        locality: ask.local === true ? "direct-local" : "remote",
        origin: undefined,
        scopeCap: undefined,
        derivedDeviceId: "phone",
        signatureValid: true,
        locked: undefined,
        credentials: ask.secret ? { kind: "accepted", method: "token" } : held ? { kind: "accepted", method: "device-token" } : { kind: "refused", reason: "device_token_mismatch" },
        invite: undefined,
        record: shelf.devices.paired.get("phone"),
        autoApproveLocal: true,
      },
    );
    const request = shelf.ask("phone", ask.scopes, { traits: { platform: "ios" } });
    const ensure = (scopes: readonly string[]) =>
      done(shelf.decide({
        kind: "ensure-token", deviceId: "phone", role: "operator", scopes, canTell: (token) => shelf.canTell(token.serial), issue: shelf.issue,
        ...(held === undefined ? {} : { presented: held }),
      })).device?.tokens.get("operator");
    if (verdict.kind === "refuse") return verdict.rule;
    if (verdict.kind === "ask-to-pair") {
      shelf.decide({ kind: "request", request });
      return "asked";
    }
    if (verdict.approveSilently !== undefined) shelf.decide({ kind: "vouch", via: "silent", request, issue: shelf.issue });
    const token = ensure(verdict.scopes);
    expect(coversAll(verdict.scopes, ask.scopes)).toBe(true);
    if (ask.lost !== true && (shelf.canTell(token?.serial) || token?.digest === held)) this.stored = token?.digest;
    return "in";
  }
}

type Event =
  | { readonly kind: "connect"; readonly scopes: readonly string[]; readonly secret: boolean; readonly local: boolean; readonly lost: boolean }
  | { readonly kind: "approve" | "reject" | "vault-lost" }
  | { readonly kind: "rotate" | "revoke" | "remove" }
  | { readonly kind: "pass"; readonly ms: number };

/** Single ones of many, so that a device can be approved for more again and again. */
const wishes = fc.oneof(fc.subarray(["operator.read", "operator.write", "operator.admin"]), fc.constantFrom(["one"], ["two"], ["three"], ["four"]));
const connects = fc.record({ kind: fc.constant("connect" as const), scopes: wishes, secret: fc.boolean(), local: fc.boolean(), lost: fc.boolean() });
const gentle: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: connects },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("approve" as const, "approve" as const, "reject" as const, "vault-lost" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, PENDING_TTL_MS) }) },
);
const rough: fc.Arbitrary<Event> = fc.oneof({ weight: 3, arbitrary: gentle }, { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("rotate" as const, "revoke" as const, "remove" as const) }) });

function live(shelf: Shelf, phone: Phone, event: Event): void {
  if (event.kind === "connect") phone.connect(shelf, event);
  else if (event.kind === "pass") shelf.now = after(shelf.now, event.ms);
  else if (event.kind === "vault-lost") shelf.vault += 1;
  else if (event.kind === "approve" || event.kind === "reject") {
    for (const { requestId } of shelf.live()) shelf.decide({ kind: event.kind, requestId, actor: OWNER, issue: shelf.issue });
  } else shelf.decide({ kind: event.kind, deviceId: "phone", role: "operator", actor: OWNER, issue: shelf.issue });
}

describe("there is always a way back in", () => {
  test("with the gateway's secret, after at most one approval, whatever was done before", () => {
    fc.assert(
      fc.property(fc.array(rough, { maxLength: 30 }), fc.subarray(["operator.read", "operator.admin"]), (events, scopes) => {
        const shelf = new Shelf();
        const phone = new Phone();
        for (const event of events) live(shelf, phone, event);
        if (phone.connect(shelf, { scopes, secret: true }) === "asked") live(shelf, phone, { kind: "approve" });
        expect(phone.connect(shelf, { scopes, secret: true })).toBe("in");
        // And from then on without the secret.
        expect(phone.connect(shelf, { scopes, secret: false })).toBe("in");
      }),
      { numRuns: 400 },
    );
  });

  test("with its token alone, while nobody took it away: lost answers, repeated approvals and a lost vault lock nobody out", () => {
    fc.assert(
      fc.property(fc.array(gentle, { maxLength: 30 }), (events) => {
        const shelf = new Shelf();
        const phone = new Phone();
        for (const event of events) {
          live(shelf, phone, event);
          if (phone.stored !== undefined) expect(shelf.recognises("phone", "operator", phone.stored)).toBe(true);
        }
        if (phone.stored === undefined) return;
        expect(phone.connect(shelf, { scopes: [], secret: false })).toBe("in");
        if (phone.connect(shelf, { scopes: ["operator.admin"], secret: false }) === "asked") live(shelf, phone, { kind: "approve" });
        expect(phone.connect(shelf, { scopes: ["operator.admin"], secret: false })).toBe("in");
      }),
      { numRuns: 1_000 },
    );
  });
});
