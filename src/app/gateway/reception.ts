import { coversAll } from "../../domain/access/scopes.js";
import { authError } from "../../domain/handshake/auth-refusal.js";
import type { ConnectClaim } from "../../domain/handshake/claim.js";
import { CLOSE, type Admission, type AskToPair } from "../../domain/handshake/verdict.js";
import { recognisesToken } from "../../domain/pairing/grant.js";
import type { DeviceToken, PairedDevice } from "../../domain/pairing/device.js";
import { grantOf, type Invite } from "../../domain/pairing/invite.js";
import { unavailable } from "../../domain/protocol/errors.js";
import type { Role } from "../../domain/protocol/scopes.js";
import { askCloseReason, askError, requestOf } from "./asking.js";
import type { Greeter, HeldToken } from "./greeter.js";
import type { PairingDesk, ShownToken } from "./pairing-desk.js";
import type { GatewayParts } from "./parts.js";
import { Peer } from "./peer.js";
import { encodeDone } from "./requests.js";
import { shut, type DoorAnswer, type Shut, type Stranger } from "./stranger.js";

const CHANGED = unavailable("this device's access changed while it connected; connect again", { retryable: true });

interface Case<V> {
  readonly claim: ConnectClaim;
  readonly verdict: V;
}

interface Entry extends Case<Admission> {
  /** The token that let the device in, where one did. */
  readonly shown: ShownToken | undefined;
}

/** Carries out a favourable verdict: records a request to be paired, or lets the client in with the token it needs. */
export class Reception {
  readonly #deps: { readonly parts: GatewayParts; readonly desk: PairingDesk; readonly greeter: Greeter };

  constructor(deps: { parts: GatewayParts; desk: PairingDesk; greeter: Greeter }) {
    this.#deps = deps;
  }

  /** What this was recognised by, where it opens that role of the device now. */
  recognise(record: PairedDevice, role: string, given: string): ShownToken | undefined {
    const { signatures } = this.#deps.parts;
    const digest = signatures.digest(given);
    return recognisesToken(record, role, digest, (a, b) => signatures.secretsEqual(a, b)) ? { token: given, digest } : undefined;
  }

  /** The device token it showed, where it showed a good one. */
  #shownToken({ params, role }: ConnectClaim): ShownToken | undefined {
    const record = params.device && this.#deps.desk.find(params.device.id);
    if (!record) return undefined;
    for (const token of [params.auth?.deviceToken, params.auth?.token]) {
      const shown = token ? this.recognise(record, role, token) : undefined;
      if (shown !== undefined) return shown;
    }
    return undefined;
  }

  /** `record`: the one that the claim was judged by. */
  async ask(stranger: Stranger, id: string, { claim, verdict, record }: Case<AskToPair> & { readonly record: PairedDevice | undefined }): Promise<DoorAnswer> {
    const { ids, clock } = this.#deps.parts;
    const request = requestOf(claim, { requestId: ids.uuid(), role: verdict.role, scopes: verdict.scopes, address: stranger.address });
    const decision = await this.#deps.desk.carryOut({ kind: "request", request, known: { approvedAtMs: record?.approvedAtMs } });
    if (decision.kind !== "done") throw new Error("a pairing request was not recorded");
    // Somebody approved it while it asked.
    if (!decision.request) return shut(id, CHANGED);
    const error = askError({ claim, verdict, pending: decision.request, record: this.#deps.desk.find(request.deviceId), now: clock.now() });
    return { ...shut(id, error), closeReason: askCloseReason(claim, error, decision.request.requestId) };
  }

  async admit(stranger: Stranger, id: string, { claim, verdict, shown }: Entry): Promise<DoorAnswer> {
    const judged = this.#tokenOf(claim);
    const introduced = await this.#introduce(stranger, id, { claim, verdict });
    if (introduced) return introduced;
    const tokens = await this.#tokens({ claim, verdict, shown });
    const peer = new Peer({
      connId: stranger.connId,
      connection: stranger.connection,
      protocol: verdict.protocol,
      role: verdict.role,
      scopes: verdict.scopes,
      method: verdict.method,
      params: claim.params,
      connectedAt: this.#deps.parts.clock.now(),
    });
    const hello = this.#deps.greeter.hello(peer, { method: verdict.method, ...tokens });
    return {
      kind: "open",
      response: encodeDone(id, hello),
      peer,
      stillStands: () => this.#stillStands(claim, verdict, judged),
      otherwise: shut(id, CHANGED, CLOSE.revoked),
    };
  }

  /** Pairs a device that somebody vouches for; gives back a refusal where the setup code was spent in the meantime. */
  async #introduce(stranger: Stranger, id: string, { claim, verdict }: Case<Admission>): Promise<Shut | undefined> {
    if (verdict.method === "bootstrap-token") {
      const invite = await this.#redeem(claim);
      if (!invite) return shut(id, authError("bootstrap_token_invalid", claim));
      const grant = grantOf(invite.profile);
      // The connecting role last: its traits and its request are the ones that stay in the record.
      const roles = [...grant.roles.filter((role) => role !== verdict.role), verdict.role];
      for (const role of roles) await this.#vouch(stranger, claim, { role, scopes: role === "node" ? [] : grant.scopes, via: "bootstrap" });
      this.#deps.desk.announceSetup(invite, claim);
    } else if (verdict.approveSilently !== undefined) {
      await this.#vouch(stranger, claim, { role: verdict.role, scopes: verdict.scopes, via: "silent" });
    }
    return undefined;
  }

  /** Spends the setup code: of all who show it at once, one gets it. */
  #redeem({ params }: ConnectClaim): Promise<Invite | undefined> {
    const { invites, signatures, clock } = this.#deps.parts;
    return invites.take(signatures.digest(params.auth?.bootstrapToken ?? ""), clock.now());
  }

  async #vouch(stranger: Stranger, claim: ConnectClaim, grant: { role: Role; scopes: readonly string[]; via: "silent" | "bootstrap" }): Promise<void> {
    const { desk, parts } = this.#deps;
    const request = requestOf(claim, { requestId: parts.ids.uuid(), role: grant.role, scopes: grant.scopes, address: stranger.address });
    await desk.carryOut({ kind: "vouch", request, via: grant.via, issue: desk.issue });
  }

  async #tokens({ claim, verdict: { role, scopes, method }, shown }: Entry): Promise<{ token?: HeldToken; others?: readonly HeldToken[] }> {
    const deviceId = claim.params.device?.id;
    if (deviceId === undefined) return {};
    const { desk } = this.#deps;
    const presented = shown ?? this.#shownToken(claim);
    const token = await desk.tokenFor({ deviceId, role, scopes, ...(presented === undefined ? {} : { presented }) });
    const others: HeldToken[] = [];
    // A device that was just set up learns the tokens of its other roles too; it knows no secret to ask for them with.
    for (const other of method === "bootstrap-token" ? (desk.find(deviceId)?.roles ?? []) : []) {
      const held = other === role ? undefined : await desk.tokenFor({ deviceId, role: other, scopes: [] });
      if (held) others.push(held);
    }
    return { ...(token === undefined ? {} : { token }), ...(others.length === 0 ? {} : { others }) };
  }

  #tokenOf({ params, role }: ConnectClaim): DeviceToken | undefined {
    return params.device && this.#deps.desk.find(params.device.id)?.tokens.get(role);
  }

  /** `judged`: the token as it was when the claim was judged. */
  #stillStands(claim: ConnectClaim, { role, scopes, method }: Admission, judged: DeviceToken | undefined): boolean {
    if (!claim.params.device) return true;
    const record = this.#deps.desk.find(claim.params.device.id);
    if (!record?.roles.includes(role) || !coversAll(record.scopes, scopes)) return false;
    return method !== "device-token" || isSameToken(this.#tokenOf(claim), judged) || this.#shownToken(claim) !== undefined;
  }
}

const isSameToken = (now: DeviceToken | undefined, before: DeviceToken | undefined): boolean =>
  now !== undefined && now.digest === before?.digest && now.previousDigest === before.previousDigest && now.revokedAtMs === before.revokedAtMs;
