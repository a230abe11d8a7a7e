import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { coversAll } from "../../src/domain/access/scopes.js";
import { readClaim, type ConnectClaim, type HandshakeFacts } from "../../src/domain/handshake/claim.js";
import { judgeCredentials, offeredKinds, type CredentialVerdict, type OfferedCredentials } from "../../src/domain/handshake/credentials.js";
import { judgeConnect } from "../../src/domain/handshake/judge.js";
import { isForwarded, judgeLocality } from "../../src/domain/handshake/locality.js";
import { RULES } from "../../src/domain/handshake/rules.js";
import { signaturePayload } from "../../src/domain/handshake/signature-payload.js";
import type { ConnectVerdict } from "../../src/domain/handshake/verdict.js";
import { epochMs } from "../../src/domain/moment.js";
import type { DeviceToken, PairedDevice } from "../../src/domain/pairing/device.js";
import { grantOf } from "../../src/domain/pairing/invite.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import { SCOPES } from "../../src/domain/protocol/scopes.js";

const NOW = epochMs(1_790_000_000_000);
const ID = "a".repeat(64);
const ACCEPTED: CredentialVerdict = { kind: "accepted", method: "token" };

const device = { id: ID, publicKey: "key", signature: "signature", signedAt: NOW as number, nonce: "nonce" };

function params(change: Partial<ConnectParams> = {}): ConnectParams {
  return {
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: "cli", version: "1", platform: "linux", mode: "cli" },
    role: "operator",
    scopes: ["operator.read"],
    auth: { token: "secret" },
    device,
    ...change,
  };
}

const claim = (change: Partial<ConnectParams> = {}): ConnectClaim => readClaim(params(change));

const facts = (change: Partial<HandshakeFacts> = {}): HandshakeFacts => ({
  now: NOW,
  nonce: "nonce",
  locality: "remote",
  origin: undefined,
  scopeCap: undefined,
  derivedDeviceId: ID,
  signatureValid: true,
  locked: undefined,
  credentials: ACCEPTED,
  record: undefined,
  invite: undefined,
  autoApproveLocal: true,
  ...change,
});

const token = (role: string, scopes: readonly string[]): DeviceToken => ({ role, scopes, digest: "digest", createdAtMs: NOW });

const record = (scopes: readonly string[], change: Partial<PairedDevice> = {}): PairedDevice => ({
  deviceId: ID,
  publicKey: "key",
  platform: "linux",
  roles: ["operator"],
  scopes,
  tokens: new Map([["operator", token("operator", scopes)]]),
  createdAtMs: NOW,
  approvedAtMs: NOW,
  approvedVia: "owner",
  ...change,
});

/** What makes each rule bite, alone. `device-required` and what needs a device cannot both be. */
const BITES: Readonly<Record<string, { readonly params?: Partial<ConnectParams>; readonly device?: Partial<typeof device>; readonly facts?: Partial<HandshakeFacts> }>> = {
  "protocol-mismatch": { params: { minProtocol: 7, maxProtocol: 9 } },
  "invalid-role": { params: { role: "owner" } },
  "rate-limited": { facts: { locked: { retryAfterMs: 5 } } },
  "device-required": { params: { auth: {} } },
  "device-public-key": { facts: { derivedDeviceId: undefined } },
  "device-id-mismatch": { device: { id: "b".repeat(64) } },
  "device-signature-stale": { device: { signedAt: NOW - 120_001 } },
  "device-nonce-missing": { device: { nonce: "" } },
  "device-nonce-mismatch": { device: { nonce: "another" } },
  "device-signature": { facts: { signatureValid: false } },
  unauthorized: { facts: { credentials: { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" } } },
  "invite-role": { facts: { credentials: { kind: "accepted", method: "bootstrap-token" }, invite: grantOf("node") } },
};

const ruleOf = (verdict: ConnectVerdict): string => (verdict.kind === "refuse" ? verdict.rule : verdict.kind);

function judgeBitten(names: readonly string[]): ConnectVerdict {
  const bites = names.map((name) => BITES[name] ?? {});
  const bitten = Object.assign({}, device, ...bites.map((bite) => bite.device)) as typeof device;
  const isDeviceless = names.includes("device-required");
  const { device: _device, ...deviceless } = params();
  const base = isDeviceless ? deviceless : { ...deviceless, device: bitten };
  const changed = Object.assign({}, base, ...bites.map((bite) => bite.params)) as ConnectParams;
  return judgeConnect(readClaim(changed), facts(Object.assign({}, ...bites.map((bite) => bite.facts)) as Partial<HandshakeFacts>));
}

describe("the rules of the first frame", () => {
  test("the table below knows every rule, and every rule has a name of its own", () => {
    expect(RULES.map(({ name }) => name)).toEqual(Object.keys(BITES));
  });

  test.each(Object.keys(BITES))("%s bites alone, with an error, a close code and, where the protocol has one, a details.code", (name) => {
    const verdict = judgeBitten([name]);
    expect(ruleOf(verdict)).toBe(name);
    if (verdict.kind !== "refuse") return;
    expect(verdict.closeCode).toBe(name === "protocol-mismatch" ? 1002 : 1008);
    const details = verdict.error.details as { readonly code?: string } | undefined;
    if (name === "invalid-role") expect(details).toBeUndefined();
    else expect(details?.code).toMatch(/^[A-Z_]+$/);
    expect(verdict.wrong).toBe(name === "unauthorized" ? "shared-secret" : undefined);
  });

  test("where several bite, the first of the table wins", () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(BITES), { minLength: 1 }), (drawn) => {
        // A credential is refused or accepted, so only one of the two rules about it can bite.
        const names = drawn.includes("unauthorized") ? drawn.filter((name) => name !== "invite-role") : drawn;
        // What is about the device has nothing to bite on where there is none; one nonce cannot be missing and wrong.
        const isDeviceless = names.includes("device-required");
        const biting = names.filter((name) => !isDeviceless || name === "device-required" || !name.startsWith("device-"));
        if (biting.includes("device-nonce-missing")) biting.splice(0, biting.length, ...biting.filter((name) => name !== "device-nonce-mismatch"));
        const first = RULES.find(({ name }) => biting.includes(name))?.name;
        expect(ruleOf(judgeBitten(biting))).toBe(first);
      }),
    );
  });

  test("a refusal repeats nothing that the client sent", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(BITES)), fc.stringMatching(/^zq[a-z]{12}$/), (name, canary) => {
        const bite = BITES[name];
        const verdict = judgeConnect(
          claim({ ...bite?.params, auth: bite?.params?.auth ?? { token: canary, password: canary }, ...(name === "device-required" ? {} : { device: { ...device, ...bite?.device, publicKey: canary, signature: canary } }) }),
          facts(bite?.facts),
        );
        expect(JSON.stringify(verdict)).not.toContain(canary);
      }),
    );
  });
});

describe("who may come without a device", () => {
  const deviceless = (change: Partial<ConnectParams> = {}): ConnectClaim => {
    const { device: _device, ...rest } = params(change);
    return readClaim(rest);
  };

  test.each<[string, ConnectClaim, Partial<HandshakeFacts>, string]>([
    ["an operator with the token", deviceless(), {}, "admit"],
    ["an operator with the password", deviceless({ auth: { password: "secret" } }), { credentials: { kind: "accepted", method: "password" } }, "admit"],
    ["nobody without a secret", deviceless({ auth: {} }), {}, "device-required"],
    ["nobody with empty secrets", deviceless({ auth: { token: "", password: "" } }), {}, "device-required"],
    ["nobody with only a device token", deviceless({ auth: { deviceToken: "token" } }), {}, "device-required"],
    ["nobody with only a setup code", deviceless({ auth: { bootstrapToken: "token" } }), {}, "device-required"],
    ["no node", deviceless({ role: "node" }), {}, "device-required"],
    ["no control UI", deviceless({ client: { id: "openclaw-control-ui", version: "1", platform: "web", mode: "ui" } }), {}, "device-required"],
    ["nobody where there is no secret to know", deviceless(), { credentials: { kind: "accepted", method: "none" } }, "device-required"],
    ["nobody with a wrong secret", deviceless(), { credentials: { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" } }, "unauthorized"],
  ])("%s", (_title, who, change, outcome) => {
    for (const locality of ["remote", "direct-local"] as const) {
      const verdict = judgeConnect(who, facts({ derivedDeviceId: undefined, signatureValid: false, locality, ...change }));
      expect(ruleOf(verdict)).toBe(outcome);
      if (verdict.kind === "admit") expect(verdict.scopes).toEqual([]);
    }
  });
});

describe("credentials", () => {
  const checks = { isSecret: (given: string) => given === "right", isInvite: () => false, isDeviceToken: (given: string) => given === "issued" };
  const tokenMode = { mode: "token", token: "right" } as const;
  const passwordMode = { mode: "password", password: "right" } as const;

  test.each<[OfferedCredentials, CredentialVerdict]>([
    [{}, { kind: "refused", reason: "token_missing" }],
    [{ token: "right" }, ACCEPTED],
    [{ password: "right" }, ACCEPTED],
    [{ token: "wrong", password: "right" }, ACCEPTED],
    [{ token: "right", deviceToken: "stale" }, ACCEPTED],
    [{ deviceToken: "issued" }, { kind: "accepted", method: "device-token" }],
    [{ token: "issued" }, { kind: "accepted", method: "device-token" }],
    [{ password: "issued" }, { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" }],
    [{ token: "wrong" }, { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" }],
    [{ deviceToken: "stale" }, { kind: "refused", reason: "device_token_mismatch", wrong: "device-token" }],
    [{ token: "stale", deviceToken: "stale" }, { kind: "refused", reason: "device_token_mismatch", wrong: "device-token" }],
    [{ token: "wrong", deviceToken: "stale" }, { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" }],
    [{ password: "wrong", deviceToken: "stale" }, { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" }],
    [{ token: "wrong", bootstrapToken: "x" }, { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" }],
    [{ bootstrapToken: "x" }, { kind: "refused", reason: "bootstrap_token_invalid", wrong: "bootstrap-token" }],
    [{ token: "" }, { kind: "refused", reason: "token_missing" }],
  ])("%j under a token", (offered, verdict) => {
    expect(judgeCredentials(tokenMode, offered, checks)).toEqual(verdict);
    const asPassword = JSON.parse(JSON.stringify(verdict).replace('"token_mis', '"password_mis').replace('"method":"token"', '"method":"password"')) as CredentialVerdict;
    expect(judgeCredentials(passwordMode, offered, checks)).toEqual(asPassword);
    expect(judgeCredentials({ mode: "none" }, offered, checks)).toEqual({ kind: "accepted", method: "none" });
  });

  test("whatever is refused as wrong is counted as a kind that was offered, and a guess at the secret as that", () => {
    const text = fc.option(fc.constantFrom("right", "issued", "wrong", "stale", ""), { nil: undefined });
    fc.assert(
      fc.property(fc.record({ token: text, password: text, deviceToken: text, bootstrapToken: text }), (offered) => {
        const verdict = judgeCredentials(tokenMode, offered, checks);
        const guesses = [offered.token, offered.password].filter((given) => given && given !== offered.deviceToken);
        if (verdict.kind === "accepted") return;
        expect(verdict.wrong === undefined).toBe(offeredKinds(offered).length === 0);
        if (verdict.wrong) expect(offeredKinds(offered)).toContain(verdict.wrong);
        if (guesses.length > 0) expect(verdict.wrong).toBe("shared-secret");
      }),
    );
  });
});

describe("signatures", () => {
  const fields = { deviceId: "id", clientId: "cli", clientMode: "cli", role: "operator", scopes: ["a", "b"], signedAtMs: 7, token: "t", nonce: "n", platform: " MacOS ", deviceFamily: "İPhone" };

  test("three payloads, field by field", () => {
    expect(signaturePayload("v1", fields)).toBe("v1|id|cli|cli|operator|a,b|7|t");
    expect(signaturePayload("v2", fields)).toBe("v2|id|cli|cli|operator|a,b|7|t|n");
    expect(signaturePayload("v3", fields)).toBe("v3|id|cli|cli|operator|a,b|7|t|n|macos|İphone");
    expect(signaturePayload("v3", { ...fields, scopes: [], token: "", platform: "", deviceFamily: "" })).toBe("v3|id|cli|cli|operator||7||n||");
  });

  test("each field is in the payload that covers it", () => {
    for (const [name, value] of Object.entries({ deviceId: "x", clientId: "x", clientMode: "ui", role: "node", scopes: ["a"], signedAtMs: 8, token: "x" })) {
      for (const version of ["v1", "v2", "v3"] as const) expect(signaturePayload(version, { ...fields, [name]: value })).not.toBe(signaturePayload(version, fields));
    }
    expect(signaturePayload("v2", { ...fields, nonce: "x" })).not.toBe(signaturePayload("v2", fields));
    expect(signaturePayload("v3", { ...fields, platform: "x" })).not.toBe(signaturePayload("v3", fields));
    expect(signaturePayload("v3", { ...fields, deviceFamily: "x" })).not.toBe(signaturePayload("v3", fields));
  });

  test.each([
    [3, 600_000],
    [4, 120_000],
  ])("protocol %i may be %i ms off, either way, and no more", (protocol, limit) => {
    const at = (signedAt: number) => ruleOf(judgeConnect(claim({ minProtocol: protocol, maxProtocol: protocol, device: { ...device, signedAt } }), facts()));
    for (const off of [limit, -limit]) {
      expect(at(NOW + off)).toBe("ask-to-pair");
      expect(at(NOW + off + Math.sign(off))).toBe("device-signature-stale");
    }
  });

  test("only a protocol-3 client on this host may leave the nonce out", () => {
    const { nonce: _nonce, ...nonceless } = device;
    const at = (protocol: number, locality: "direct-local" | "remote") =>
      ruleOf(judgeConnect(claim({ minProtocol: protocol, maxProtocol: protocol, device: nonceless }), facts({ locality })));
    expect(at(3, "direct-local")).toBe("admit");
    expect(at(3, "remote")).toBe("device-nonce-missing");
    expect(at(4, "direct-local")).toBe("device-nonce-missing");
  });
});

describe("locality", () => {
  test("is only what comes from loopback with nothing in front", () => {
    expect(judgeLocality("loopback", { host: "localhost", origin: "http://localhost" })).toBe("direct-local");
    for (const place of ["private", "public", "unknown"] as const) expect(judgeLocality(place, {})).toBe("remote");
    for (const name of ["forwarded", "via", "x-real-ip", "x-forwarded-for", "x-forwarded-anything", "tailscale-user-login", "cf-connecting-ip"]) {
      expect(isForwarded({ [name]: "" })).toBe(true);
      expect(judgeLocality("loopback", { [name]: "127.0.0.1" })).toBe("remote");
    }
  });
});

describe("a claim and a record", () => {
  const verdictOf = (change: Partial<ConnectParams>, known: Partial<HandshakeFacts>): [string, readonly string[]] => {
    const verdict = judgeConnect(claim(change), facts(known));
    return [verdict.kind === "ask-to-pair" ? verdict.reason : ruleOf(verdict), verdict.kind === "refuse" ? [] : verdict.scopes];
  };
  const byToken: Partial<HandshakeFacts> = { credentials: { kind: "accepted", method: "device-token" } };
  const v3 = { minProtocol: 3, maxProtocol: 3 };
  const { scopes: _scopes, ...silent } = params(v3);

  test.each<[string, Partial<ConnectParams>, Partial<HandshakeFacts>, [string, readonly string[]]]>([
    ["no record", {}, {}, ["not-paired", ["operator.read"]]],
    ["a record that covers", {}, { record: record(["operator.write"]) }, ["admit", ["operator.read"]]],
    ["a record that does not", { scopes: ["operator.admin"] }, { record: record(["operator.write"]) }, ["scope-upgrade", ["operator.admin"]]],
    ["another role", { role: "node", scopes: [] }, { record: record(["operator.write"]) }, ["role-upgrade", []]],
    ["role before scope before platform", { role: "node", client: { id: "cli", version: "1", platform: "ios", mode: "node" } }, { record: record([]) }, ["role-upgrade", []]],
    ["a node's scopes are none", { role: "node", scopes: ["operator.admin"] }, { record: record(["operator.admin"], { roles: ["node"] }) }, ["admit", []]],
    ["another platform", { client: { id: "cli", version: "1", platform: "windows", mode: "cli" } }, { record: record(["operator.read"]) }, ["metadata-upgrade", ["operator.read"]]],
    ["another platform under protocol 3", { ...v3, client: { id: "cli", version: "1", platform: "windows", mode: "cli" } }, { record: record(["operator.read"]) }, ["admit", ["operator.read"]]],
    ["another name of the same platform", { client: { id: "cli", version: "1", platform: "macos", mode: "cli" } }, { record: record(["operator.read"], { platform: "darwin" }) }, ["admit", ["operator.read"]]],
    ["a token that holds less than its record", { scopes: ["operator.admin"] }, { ...byToken, record: record(["operator.admin"], { tokens: new Map([["operator", token("operator", ["operator.read"])]]) }) }, ["scope-upgrade", ["operator.admin"]]],
    ["repeated scopes count once", { scopes: ["operator.read", "operator.read"] }, { record: record(["operator.read"]) }, ["admit", ["operator.read"]]],
    ["a scope that does not exist", { scopes: ["operator.everything"] }, { record: record(["operator.read"]) }, ["scope-upgrade", ["operator.everything"]]],
    ["protocol 3 and no scopes: what the record has", { ...silent, scopes: [] }, { record: record(["operator.read"]) }, ["admit", ["operator.read"]]],
    ["protocol 3 and no scopes: admin at first sight", { ...silent, scopes: [] }, {}, ["not-paired", ["operator.admin"]]],
    ["protocol 3 and no scopes: admin at first sight in this role", { ...silent, scopes: [] }, { record: record([], { roles: ["node"] }) }, ["role-upgrade", ["operator.admin"]]],
    ["protocol 4 and no scopes: none", { scopes: [] }, { record: record(["operator.admin"]) }, ["admit", []]],
  ])("%s", (_title, change, known, outcome) => {
    expect(verdictOf(change, known)).toEqual(outcome);
  });

  test("who vouches for a device without asking", () => {
    const silentFor = (known: Partial<HandshakeFacts>) => judgeConnect(claim(), facts({ locality: "direct-local", ...known })).kind === "admit";
    expect(silentFor({})).toBe(true);
    expect(silentFor({ credentials: { kind: "accepted", method: "none" } })).toBe(true);
    expect(silentFor({ locality: "remote" })).toBe(false);
    expect(silentFor({ origin: "http://localhost:18789" })).toBe(false);
    expect(silentFor({ autoApproveLocal: false })).toBe(false);
    expect(silentFor(byToken)).toBe(false);
    expect(silentFor({ credentials: { kind: "accepted", method: "tailscale" } })).toBe(false);
  });
});

describe("no claim without proof", () => {
  const scope = fc.constantFrom(...SCOPES, "operator.everything", "");
  const scopes = fc.array(scope, { maxLength: 4 });
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const anyRecord = fc.record({ scopes, tokenScopes: scopes, roles: fc.subarray(["operator", "node"]), platform: maybe(fc.constantFrom("linux", "ios")) });
  const anyFacts = fc.record({
    nonce: fc.constantFrom("nonce", "another"),
    locality: fc.constantFrom("direct-local" as const, "remote" as const),
    origin: maybe(fc.constant("http://page.example")),
    derivedDeviceId: fc.constantFrom(ID, "b".repeat(64), undefined),
    signatureValid: fc.boolean(),
    locked: maybe(fc.constant({ retryAfterMs: 1 })),
    credentials: fc.constantFrom<CredentialVerdict>(
      ACCEPTED,
      { kind: "accepted", method: "none" },
      { kind: "accepted", method: "password" },
      { kind: "accepted", method: "device-token" },
      { kind: "accepted", method: "tailscale" },
      { kind: "refused", reason: "token_mismatch", wrong: "shared-secret" },
      { kind: "refused", reason: "token_missing" },
    ),
    autoApproveLocal: fc.boolean(),
    record: maybe(anyRecord),
  });
  const anyParams = fc.record({
    protocol: fc.constantFrom(2, 3, 4, 5),
    role: maybe(fc.constantFrom("operator", "node", "worker", "__proto__")),
    scopes: maybe(scopes),
    device: maybe(fc.record({ nonce: maybe(fc.constantFrom("nonce", "another")), signedAt: fc.constantFrom(NOW as number, 0) })),
    secret: maybe(fc.constant("secret")),
    clientId: fc.constantFrom("cli" as const, "openclaw-control-ui" as const, "gateway-client" as const),
    mode: fc.constantFrom("cli" as const, "backend" as const),
  });

  test("everybody admitted has passed every rule, and holds no scope that nobody answers for", () => {
    fc.assert(
      fc.property(anyParams, anyFacts, (given, known) => {
        const { nonce, signedAt = 0 } = given.device ?? {};
        const who = readClaim({
          minProtocol: given.protocol,
          maxProtocol: given.protocol,
          client: { id: given.clientId, version: "1", platform: "linux", mode: given.mode },
          ...(given.role === undefined ? {} : { role: given.role }),
          ...(given.scopes === undefined ? {} : { scopes: given.scopes }),
          ...(given.secret === undefined ? {} : { auth: { token: given.secret } }),
          ...(given.device === undefined ? {} : { device: { id: ID, publicKey: "key", signature: "s", signedAt, ...(nonce === undefined ? {} : { nonce }) } }),
        });
        const { record: known_, ...rest } = known;
        const paired = known_ && record(known_.scopes, { roles: known_.roles, tokens: new Map([["operator", token("operator", known_.tokenScopes)]]) });
        const at = facts({ ...rest, record: paired });
        const verdict = judgeConnect(who, at);
        if (verdict.kind === "refuse") return;
        // Whoever gets past the rules, to be let in or to ask, has proven what it brought.
        expect(at.locked).toBeUndefined();
        expect(at.credentials.kind).toBe("accepted");
        expect(["operator", "node"]).toContain(verdict.role);
        if (who.params.device) expect([at.signatureValid, at.derivedDeviceId, nonce ?? at.nonce]).toEqual([true, ID, at.nonce]);
        if (verdict.kind === "ask-to-pair") return;
        const method = at.credentials.kind === "accepted" ? at.credentials.method : undefined;
        if (!who.params.device || verdict.role === "node") expect(verdict.scopes).toEqual([]);
        else if (verdict.approveSilently === undefined) {
          const baseline = method === "device-token" ? (paired?.tokens.get("operator")?.scopes ?? []) : (paired?.scopes ?? []);
          expect(coversAll(baseline, verdict.scopes)).toBe(true);
          expect(paired?.roles).toContain("operator");
        } else {
          expect([at.locality, at.origin, at.autoApproveLocal, method === "device-token"]).toEqual(["direct-local", undefined, true, false]);
        }
        // Nothing is granted that was not asked for, but where protocol 3 leaves it to the gateway.
        if (verdict.protocol === 4) expect((who.scopes ?? []).filter((one) => verdict.scopes.includes(one)).length).toBeGreaterThanOrEqual(verdict.scopes.length);
      }),
      { numRuns: 3_000 },
    );
  });

  test("what a client calls itself gives it nothing", () => {
    fc.assert(
      fc.property(anyFacts, scopes, fc.string(), fc.string(), (known, asked, displayName, userAgent) => {
        const { record: known_, ...rest } = known;
        const at = facts({ ...rest, ...(known_ ? { record: record(known_.scopes, { roles: known_.roles }) } : {}) });
        const plain = judgeConnect(claim({ scopes: asked }), at);
        for (const id of ["gateway-client", "openclaw-macos", "test", "openclaw-probe"] as const) {
          for (const mode of ["backend", "ui", "node", "probe"] as const) {
            const named = claim({ scopes: asked, userAgent, client: { id, mode, version: "1", platform: "linux", ...(displayName === "" ? {} : { displayName }) } });
            expect(judgeConnect(named, at)).toEqual(plain);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
