import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { signaturePayload, type PayloadVersion } from "../domain/handshake/signature-payload.js";
import type { ConnectParams } from "../domain/protocol/connect.js";

/** The DER that stands before the 32 secret bytes of every Ed25519 private key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export interface ConnectAsk {
  readonly id?: string;
  /** The only protocol offered; 4 without it. */
  readonly protocol?: number;
  readonly minProtocol?: number;
  readonly maxProtocol?: number;
  readonly client?: Partial<ConnectParams["client"]>;
  readonly role?: string;
  readonly scopes?: readonly string[];
  readonly caps?: readonly string[];
  readonly commands?: readonly string[];
  readonly permissions?: Readonly<Record<string, boolean>>;
  readonly auth?: ConnectParams["auth"];
}

export interface Signing {
  readonly nonce: string | undefined;
  readonly signedAt: number;
  /** v3 without it. */
  readonly version?: PayloadVersion;
}

type Params = Omit<ConnectParams, "device">;

/** The params of a connect frame without a device. */
export function connectParams(ask: ConnectAsk = {}): Params {
  const { protocol = 4, role, scopes, caps, commands, permissions, auth } = ask;
  return {
    minProtocol: ask.minProtocol ?? protocol,
    maxProtocol: ask.maxProtocol ?? protocol,
    client: { id: "cli", version: "1.0.0", platform: "linux", mode: "cli", ...ask.client } as ConnectParams["client"],
    ...(role === undefined ? {} : { role }),
    ...(scopes === undefined ? {} : { scopes: [...scopes] }),
    ...(caps === undefined ? {} : { caps: [...caps] }),
    ...(commands === undefined ? {} : { commands: [...commands] }),
    ...(permissions === undefined ? {} : { permissions: { ...permissions } }),
    ...(auth === undefined ? {} : { auth }),
  };
}

/** A device with keys of its own: the same name has the same keys in every run. */
export class TestDevice {
  readonly name: string;
  readonly id: string;
  /** 43 characters of base64url. */
  readonly publicKey: string;
  readonly pem: string;
  readonly #secret: KeyObject;

  constructor(name: string) {
    this.name = name;
    const seed = createHash("sha256").update(`test device ${name}`).digest();
    this.#secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
    const key = createPublicKey(this.#secret);
    const raw = key.export({ format: "der", type: "spki" }).subarray(-32);
    this.id = createHash("sha256").update(raw).digest("hex");
    this.publicKey = raw.toString("base64url");
    this.pem = key.export({ format: "pem", type: "spki" }) as string;
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#secret).toString("base64url");
  }

  /** This device as the client SDK takes one. */
  asIdentity(): { deviceId: string; publicKey: string; sign: (text: string) => string } {
    return { deviceId: this.id, publicKey: this.publicKey, sign: (text) => this.sign(text) };
  }

  /** The signature under these params, as this device makes it. */
  signConnect(params: Params, { nonce, signedAt, version = "v3" }: Signing): string {
    const { auth, client, role, scopes } = params;
    return this.sign(
      signaturePayload(version, {
        deviceId: this.id,
        clientId: client.id,
        clientMode: client.mode,
        role: role ?? "operator",
        scopes: scopes ?? [],
        signedAtMs: signedAt,
        token: auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken ?? "",
        nonce: nonce ?? "",
        platform: client.platform,
        ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
      }),
    );
  }

  /** Its part of the connect params. */
  identity(params: Params, signing: Signing): NonNullable<ConnectParams["device"]> {
    const { nonce, signedAt } = signing;
    return {
      id: this.id,
      publicKey: this.publicKey,
      signature: this.signConnect(params, signing),
      signedAt,
      ...(nonce === undefined ? {} : { nonce }),
    };
  }

  connectParams(ask: ConnectAsk, signing: Signing): ConnectParams {
    const params = connectParams(ask);
    return { ...params, device: this.identity(params, signing) };
  }

  /** A whole first frame, signed for the challenge that was heard. */
  connectFrame(ask: ConnectAsk & Signing): string {
    return JSON.stringify({ type: "req", id: ask.id ?? "connect", method: "connect", params: this.connectParams(ask, ask) });
  }
}
