import { NodeSignatures } from "../../src/adapters/crypto/node/index.js";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { readClaim, type ConnectClaim, type HandshakeFacts } from "../../src/domain/handshake/claim.js";
import { judgeCredentials, offeredKinds } from "../../src/domain/handshake/credentials.js";
import { judgeConnect } from "../../src/domain/handshake/judge.js";
import { AuthLimiter, type LimiterKey } from "../../src/domain/handshake/limiter.js";
import { isForwarded, judgeLocality } from "../../src/domain/handshake/locality.js";
import { signaturePayload, type PayloadVersion } from "../../src/domain/handshake/signature-payload.js";
import { CLOSE, type Admission, type AskToPair } from "../../src/domain/handshake/verdict.js";
import type { IssueToken, PairingCommand, PairingRequest } from "../../src/domain/pairing/command.js";
import { decidePairing } from "../../src/domain/pairing/decide.js";
import type { Devices } from "../../src/domain/pairing/device.js";
import { recognisesToken } from "../../src/domain/pairing/grant.js";
import { cutCloseReason } from "../../src/domain/protocol/close-reason.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import type { HandClock } from "../../src/testing/hand-clock.js";
import { applied } from "../support/shelf.js";
import type { GatewayAsk, Line, PeerAsk, Scenario, Seat, Stage } from "./player.js";

const CALLS = new Set(["device.pair.approve", "device.pair.reject", "device.pair.remove", "device.token.revoke"]);

/** Whether a scenario is about nothing but the judging of connect frames. */
export const isAboutConnecting = ({ lines, domain }: Scenario): boolean => domain && lines.every(({ line }) => isLineAboutConnecting(line));

function isLineAboutConnecting(line: Line): boolean {
  if ("in" in line) {
    const frame = line.in as { readonly method?: unknown; readonly params?: Partial<ConnectParams> };
    return frame.method === "connect" && typeof frame.params?.client === "object";
  }
  if ("out" in line) {
    const frame = line.out as { readonly type?: unknown; readonly event?: unknown };
    return frame.type === "res" || frame.event === "connect.challenge";
  }
  if ("call" in line) return CALLS.has(line.call);
  return !("shutdown" in line || "repeat" in line);
}

/** The rules alone: no gateway, no connection, only the judgement of a claim by its facts and what pairing makes of it. */
export function domainStage(ask: GatewayAsk, clock: HandClock): Stage {
  const door = new DomainDoor(ask, clock);
  return {
    partial: true,
    open: (peer) => Promise.resolve(door.seat(peer)),
    settle: () => Promise.resolve(),
    pass: (ms) => clock.pass(ms),
    call: (method, params) => Promise.resolve(door.call(method, params as Readonly<Record<string, string>>)),
    shutdown: () => undefined,
    end: () => Promise.resolve(),
  };
}

class DomainDoor {
  readonly #signatures = new NodeSignatures();
  readonly #locality = new AddressLocality();
  readonly #limiter = new AuthLimiter();
  readonly #ask: GatewayAsk;
  readonly #clock: HandClock;
  #devices: Devices = { pending: new Map(), paired: new Map() };
  #count = 0;

  constructor(ask: GatewayAsk, clock: HandClock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  #name(what: string): string {
    this.#count += 1;
    return `${what}-${this.#count}`;
  }

  readonly #issue: IssueToken = () => {
    const serial = this.#name("serial");
    return { serial, digest: this.#signatures.digest(`token of ${serial}`) };
  };

  #decide(command: PairingCommand) {
    const decision = decidePairing(this.#devices, command, this.#clock.now());
    if (decision.kind === "refused") throw new Error(`${command.kind} was refused: ${decision.reason}`);
    this.#devices = applied(this.#devices, decision.changes);
    return decision;
  }

  call(method: string, params: Readonly<Record<string, string>>): unknown {
    const { requestId = "", deviceId = "", role = "" } = params;
    const actor = { kind: "owner" } as const;
    if (method === "device.pair.approve") this.#decide({ kind: "approve", requestId, actor, issue: this.#issue });
    if (method === "device.pair.reject") this.#decide({ kind: "reject", requestId, actor });
    if (method === "device.pair.remove") this.#decide({ kind: "remove", deviceId, actor });
    if (method === "device.token.revoke") this.#decide({ kind: "revoke", deviceId, role, actor });
    return params;
  }

  seat(peer: PeerAsk): Seat {
    const nonce = this.#name("nonce");
    const messages = [JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce, ts: this.#clock.now() } })];
    let ending: Seat["ending"];
    return {
      messages,
      get ending() {
        return ending;
      },
      send: (message) => {
        const { id, params } = JSON.parse(String(message)) as { id: string; params: ConnectParams };
        const { response, close } = this.#judge(readClaim(params), { nonce, peer });
        messages.push(JSON.stringify({ type: "res", id, ok: close === undefined, ...response }));
        ending = close;
      },
      leave: () => undefined,
    };
  }

  #judge(claim: ConnectClaim, at: { readonly nonce: string; readonly peer: PeerAsk }): { response: object; close?: { code: number; reason?: string } } {
    const facts = this.#facts(claim, at);
    const verdict = judgeConnect(claim, facts);
    switch (verdict.kind) {
      case "refuse":
        if (verdict.wrong) this.#limiter.fail(this.#key(verdict.wrong, at.peer), facts.now);
        return { response: { error: verdict.error }, close: { code: verdict.closeCode, reason: cutCloseReason(verdict.error.message) } };
      case "ask-to-pair":
        this.#credit(facts, at.peer);
        return { response: { error: this.#turnAway(claim, verdict) }, close: { code: CLOSE.policy } };
      case "admit":
        this.#credit(facts, at.peer);
        return { response: { payload: this.#welcome(claim, verdict) } };
    }
  }

  #credit({ credentials }: HandshakeFacts, peer: PeerAsk): void {
    if (credentials.kind === "accepted") this.#limiter.succeed(this.#key(credentials.method === "device-token" ? "device-token" : "shared-secret", peer));
  }

  #ensureToken({ params, role }: ConnectClaim, scopes: readonly string[]) {
    const deviceId = params.device?.id ?? "";
    const presented = [params.auth?.deviceToken, params.auth?.token].find((token) => token && this.#recognises(deviceId, role, token));
    const digest = presented === undefined ? {} : { presented: this.#signatures.digest(presented) };
    return this.#decide({ kind: "ensure-token", deviceId, role, scopes, canTell: () => true, issue: this.#issue, ...digest }).device?.tokens.get(role);
  }

  #recognises(deviceId: string, role: string, given: string): boolean {
    const record = this.#devices.paired.get(deviceId);
    return record !== undefined && recognisesToken(record, role, this.#signatures.digest(given), (a, b) => a === b);
  }

  #request(claim: ConnectClaim, { role, scopes }: Pick<AskToPair, "role" | "scopes">): PairingRequest {
    const { client, device } = claim.params;
    const traits = { platform: client.platform, ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }) };
    return { requestId: this.#name("request"), deviceId: device?.id ?? "", publicKey: device?.publicKey ?? "", role, scopes, traits };
  }

  #turnAway(claim: ConnectClaim, verdict: AskToPair): object {
    const { request } = this.#decide({ kind: "request", request: this.#request(claim, verdict) });
    const { reason, role, scopes } = verdict;
    return { code: "NOT_PAIRED", details: { code: "PAIRING_REQUIRED", reason, requestId: request?.requestId, requestedRole: role, requestedScopes: scopes } };
  }

  #welcome(claim: ConnectClaim, { protocol, role, scopes, method, approveSilently }: Admission): object {
    const { device } = claim.params;
    if (approveSilently !== undefined) this.#decide({ kind: "vouch", via: "silent", request: this.#request(claim, { role, scopes }), issue: this.#issue });
    const token = device && this.#ensureToken(claim, scopes);
    const auth = { role, scopes, ...(token === undefined ? {} : { deviceToken: `token of ${token.serial}` }), ...(protocol === 4 ? { method } : {}) };
    return { type: "hello-ok", protocol, ...(protocol === 3 && token === undefined ? {} : { auth }) };
  }

  #key(kind: LimiterKey["kind"], { address = "127.0.0.1", headers = {} }: PeerAsk): LimiterKey {
    const { origin } = headers;
    return { kind, address, loopback: !isForwarded(headers) && this.#locality.classify(address) === "loopback", ...(origin === undefined ? {} : { origin }) };
  }

  #facts(claim: ConnectClaim, { nonce, peer }: { readonly nonce: string; readonly peer: PeerAsk }): HandshakeFacts {
    const { auth = { mode: "token", token: "right" }, autoApproveLocal = true } = this.#ask;
    const { device, auth: offered = {} } = claim.params;
    const { headers = {}, address = "127.0.0.1" } = peer;
    const now = this.#clock.now();
    const lock = this.#limiter.check(offeredKinds(offered).map((kind) => this.#key(kind, peer)), now);
    const signatureValid = device !== undefined && this.#verifies(claim, nonce);
    const record = signatureValid ? this.#devices.paired.get(device.id) : undefined;
    const secret = auth.mode === "token" ? auth.token : auth.mode === "password" ? auth.password : undefined;
    const isDeviceToken = (given: string): boolean => record !== undefined && this.#recognises(record.deviceId, claim.role, given);
    return {
      now,
      nonce,
      locality: judgeLocality(this.#locality.classify(address), headers),
      origin: headers["origin"],
      scopeCap: undefined,
      derivedDeviceId: device && this.#signatures.deviceIdOf(device.publicKey),
      signatureValid,
      locked: lock.kind === "locked" ? { retryAfterMs: lock.retryAfterMs } : undefined,
      credentials: judgeCredentials(auth, offered, { isSecret: (given) => given === secret, isInvite: () => false, isDeviceToken }),
      record,
      invite: undefined,
      autoApproveLocal,
    };
  }

  #verifies({ params, role }: ConnectClaim, nonce: string): boolean {
    const { device, auth, client } = params;
    if (!device) return false;
    const versions: readonly PayloadVersion[] = device.nonce ? ["v3", "v2"] : ["v1"];
    return versions.some((version) =>
      this.#signatures.verify(
        device.publicKey,
        device.signature,
        signaturePayload(version, {
          deviceId: device.id,
          clientId: client.id,
          clientMode: client.mode,
          role,
          scopes: params.scopes ?? [],
          signedAtMs: device.signedAt,
          token: auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken ?? "",
          nonce,
          platform: client.platform,
          ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
        }),
      ),
    );
  }
}
