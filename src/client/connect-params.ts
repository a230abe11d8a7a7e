import { signaturePayload } from "../domain/handshake/signature-payload.js";
import type { ConnectParams } from "../domain/protocol/connect.js";
import type { Credentials } from "./credentials.js";

/** A device that can prove who it is. The private key stays behind `sign`. */
export interface DeviceIdentity {
  /** Lower-case hex SHA-256 of the raw public key. */
  readonly deviceId: string;
  /** The raw Ed25519 key as base64url without padding. */
  readonly publicKey: string;
  /** An Ed25519 signature over the UTF-8 text, as base64url without padding. */
  sign(payload: string): string | Promise<string>;
}

export interface ClientFacts {
  readonly id: string;
  readonly mode: string;
  readonly version: string;
  readonly platform: string;
  readonly displayName?: string;
  readonly deviceFamily?: string;
  readonly modelIdentifier?: string;
  readonly instanceId?: string;
}

/** What a client says that it can do. A gateway makes use of no more of a node than this and its owner's approval name. */
export interface Declaration {
  readonly caps?: readonly string[];
  /** What a node can be asked to do, such as `canvas.snapshot`. */
  readonly commands?: readonly string[];
  /** What a node's system allows it. */
  readonly permissions?: Readonly<Record<string, boolean>>;
}

/** What this client asks for, whatever gateway it meets. */
export interface ConnectWish {
  readonly client: ClientFacts;
  readonly role: string;
  /** Chosen by what is shown with them where they are left out. */
  readonly scopes?: readonly string[];
  readonly declaration: Declaration;
  readonly minProtocol: number;
  readonly maxProtocol: number;
  readonly identity?: DeviceIdentity;
}

/** The gateway's opening word. `ts` is its clock: signing it makes this client's own clock irrelevant. */
export interface Challenge {
  readonly nonce: string;
  readonly ts: number;
}

export function parseChallenge(payload: unknown): Challenge | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { nonce, ts } = payload as { nonce?: unknown; ts?: unknown };
  return typeof nonce === "string" && nonce !== "" && Number.isInteger(ts) && (ts as number) >= 0 ? { nonce, ts: ts as number } : undefined;
}

type Ask = ConnectWish & { readonly scopes: readonly string[] };

type Device = NonNullable<ConnectParams["device"]>;

async function signDevice(wish: Ask, challenge: Challenge, token: string): Promise<Device | undefined> {
  const { identity, client, role, scopes } = wish;
  if (!identity) return undefined;
  const payload = signaturePayload("v3", {
    deviceId: identity.deviceId,
    clientId: client.id,
    clientMode: client.mode,
    role,
    scopes,
    signedAtMs: challenge.ts,
    token,
    nonce: challenge.nonce,
    platform: client.platform,
    ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
  });
  return {
    id: identity.deviceId,
    publicKey: identity.publicKey,
    signature: await identity.sign(payload),
    signedAt: challenge.ts,
    nonce: challenge.nonce,
  };
}

/** The connect frame's params for one challenge: the device's signature covers everything in it that matters. */
export async function connectParams(wish: Ask, credentials: Credentials, challenge: Challenge): Promise<ConnectParams> {
  const { token, password, deviceToken, bootstrapToken } = credentials;
  const { caps = [], commands, permissions } = wish.declaration;
  const device = await signDevice(wish, challenge, token ?? deviceToken ?? bootstrapToken ?? "");
  return {
    minProtocol: wish.minProtocol,
    maxProtocol: wish.maxProtocol,
    client: { ...wish.client } as ConnectParams["client"],
    role: wish.role,
    scopes: [...wish.scopes],
    caps: [...caps],
    ...(commands === undefined ? {} : { commands: [...commands] }),
    ...(permissions === undefined ? {} : { permissions: { ...permissions } }),
    ...(device === undefined ? {} : { device }),
    ...(credentials.kind === "none"
      ? {}
      : {
          auth: {
            ...(token === undefined ? {} : { token }),
            ...(password === undefined ? {} : { password }),
            ...(deviceToken === undefined ? {} : { deviceToken }),
            ...(bootstrapToken === undefined ? {} : { bootstrapToken }),
          },
        }),
  };
}
