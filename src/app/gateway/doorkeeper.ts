import { judgeCredentials, offeredKinds, signedInvite, type CredentialVerdict } from "../../domain/handshake/credentials.js";
import { readClaim, type ConnectClaim, type HandshakeFacts } from "../../domain/handshake/claim.js";
import { judgeConnect } from "../../domain/handshake/judge.js";
import { CLOSE } from "../../domain/handshake/verdict.js";
import { grantOf } from "../../domain/pairing/invite.js";
import type { TailnetVerdict } from "../../domain/handshake/tailnet-claim.js";
import { ConnectParams } from "../../domain/protocol/connect.js";
import { invalidRequest } from "../../domain/protocol/errors.js";
import { RequestFrame } from "../../domain/protocol/frames.js";
import type { Greeter } from "./greeter.js";
import type { Guesses } from "./guesses.js";
import type { PairingDesk, ShownToken } from "./pairing-desk.js";
import type { GatewayParts } from "./parts.js";
import { verifiesDevice } from "./proof.js";
import { Reception } from "./reception.js";
import type { SecretWatch } from "./secret-watch.js";
import { parseMessage } from "./requests.js";
import { askTailnet } from "./tailnet-word.js";
import { shut, type DoorAnswer, type Stranger } from "./stranger.js";

/** What is counted under a name of its own; a refusal under that of its rule. */
const OUTCOMES: Readonly<Record<string, string>> = { admit: "admitted", "ask-to-pair": "pairing" };

interface Deps {
  readonly parts: GatewayParts;
  readonly desk: PairingDesk;
  readonly greeter: Greeter;
  readonly secret: SecretWatch;
  readonly guesses: Guesses;
}

/** Judges the first frame: gathers the facts, lets the domain decide, carries the verdict out. */
export class Doorkeeper {
  readonly #reception: Reception;
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#reception = new Reception(deps);
  }

  async judge(stranger: Stranger, text: string): Promise<DoorAnswer> {
    const read = this.#read(text);
    if (!("claim" in read)) {
      this.#deps.parts.metrics?.handshake("malformed");
      return read;
    }
    return this.#judgeClaim(stranger, read.id, read.claim);
  }

  /** What the frame claims, or why it is none. */
  #read(text: string): DoorAnswer | { readonly id: string; readonly claim: ConnectClaim } {
    const { validator } = this.#deps.parts;
    const parsed = parseMessage(text);
    if ("problem" in parsed && parsed.problem === "not JSON") return { kind: "shut", closeCode: CLOSE.normal };
    if ("problem" in parsed || validator.explain(RequestFrame, parsed.value) !== undefined) {
      return { kind: "shut", closeCode: CLOSE.policy, closeReason: "invalid request frame" };
    }
    const frame = parsed.value as RequestFrame;
    if (frame.method !== "connect") return shut(frame.id, invalidRequest("invalid handshake: first request must be connect"));
    const params = frame.params ?? {};
    const problem = validator.explain(ConnectParams, params);
    if (problem !== undefined) return shut(frame.id, invalidRequest(`invalid connect params: ${problem}`));
    return { id: frame.id, claim: readClaim(params as ConnectParams) };
  }

  async #judgeClaim(arrived: Stranger, id: string, claim: ConnectClaim): Promise<DoorAnswer> {
    const { secret } = this.#deps;
    const tailnet = await askTailnet(this.#deps.parts, arrived, claim);
    const stranger = tailnet?.kind === "verified" ? { ...arrived, address: tailnet.address } : arrived;
    const changes = secret.look();
    const { facts, shown } = this.#gather(stranger, claim, tailnet);
    const verdict = judgeConnect(claim, facts);
    this.#note(stranger, claim, verdict);
    switch (verdict.kind) {
      case "refuse": {
        if (verdict.wrong) await this.#deps.guesses.wrong(stranger, verdict.wrong);
        return shut(id, verdict.error, verdict.closeCode);
      }
      case "ask-to-pair":
        this.#credit(stranger, facts.credentials);
        return this.#reception.ask(stranger, id, { claim, verdict, record: facts.record });
      case "admit": {
        this.#credit(stranger, facts.credentials);
        const answer = await this.#reception.admit(stranger, id, { claim, verdict, shown });
        return answer.kind === "shut" ? answer : { ...answer, stillStands: () => secret.look() === changes && answer.stillStands() };
      }
    }
  }

  #gather(stranger: Stranger, claim: ConnectClaim, tailnet: TailnetVerdict | undefined): { readonly facts: HandshakeFacts; readonly shown: ShownToken | undefined } {
    const { clock, signatures, config, invites } = this.#deps.parts;
    const settings = config.settings();
    const now = clock.now();
    const { device, auth } = claim.params;
    const derivedDeviceId = device && signatures.deviceIdOf(device.publicKey);
    const proven = device !== undefined && derivedDeviceId === device.id && verifiesDevice(this.#deps.parts.signatures, stranger.nonce, claim);
    const record = proven ? this.#deps.desk.find(device.id) : undefined;
    const offered = auth ?? {};
    const code = signedInvite(offered);
    const invite = code ? invites.peek(signatures.digest(code), now) : undefined;
    const lock = settings.auth.mode === "none" ? { kind: "open" as const } : this.#deps.guesses.check(stranger, offeredKinds(offered));
    const expected = settings.auth.mode === "token" ? settings.auth.token : settings.auth.mode === "password" ? settings.auth.password : "";
    let shown: ShownToken | undefined;
    const credentials: CredentialVerdict = judgeCredentials(settings.auth, offered, {
      isSecret: (given) => expected !== "" && signatures.secretsEqual(given, expected),
      tailnet: settings.allowTailscale ? tailnet : undefined,
      isInvite: () => invite !== undefined,
      isDeviceToken: (given) => (shown = record && this.#reception.recognise(record, claim.role, given)) !== undefined,
    });
    const facts: HandshakeFacts = {
      now,
      nonce: stranger.nonce,
      locality: stranger.locality,
      origin: stranger.origin,
      scopeCap: stranger.scopeCap,
      derivedDeviceId,
      signatureValid: proven,
      locked: lock.kind === "locked" ? { retryAfterMs: lock.retryAfterMs } : undefined,
      credentials,
      record,
      invite: invite && grantOf(invite.profile),
      autoApproveLocal: settings.pairing.autoApproveLocal,
    };
    return { facts, shown };
  }

  #credit(stranger: Stranger, credentials: CredentialVerdict): void {
    if (credentials.kind !== "accepted" || credentials.method === "none") return;
    const { method } = credentials;
    // Who guessed nothing takes no guesses back.
    if (method === "tailscale") return;
    this.#deps.guesses.right(stranger, method === "device-token" || method === "bootstrap-token" ? method : "shared-secret");
  }

  #note(stranger: Stranger, claim: ConnectClaim, verdict: ReturnType<typeof judgeConnect>): void {
    const { client, device } = claim.params;
    const fields = {
      connId: stranger.connId,
      address: stranger.address,
      client: client.id,
      mode: client.mode,
      role: claim.role,
      deviceId: device?.id,
      verdict: verdict.kind === "admit" ? verdict.kind : verdict.rule,
      ...(verdict.kind === "admit" ? { protocol: verdict.protocol, method: verdict.method } : {}),
    };
    this.#deps.parts.metrics?.handshake(OUTCOMES[verdict.kind] ?? fields.verdict);
    if (verdict.kind === "admit") this.#deps.parts.log.info("a client connected", fields);
    else this.#deps.parts.log.warn("a client was refused", fields);
  }
}
