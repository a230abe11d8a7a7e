import type { DeviceIdentity } from "../connect-params.js";
import { browser, type Database, type DatabaseRequest } from "./platform.js";

export interface DeviceIdentityOptions {
  /** The database of this origin that holds the key; `openclaw-device` by default. */
  readonly name?: string;
}

const STORE = "keys";
const SLOT = "device";

type KeyPair = { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };
type CryptoKey = Parameters<typeof crypto.subtle.sign>[1];

/**
 * This page's device key, made on first use and kept in IndexedDB. The private key cannot be read out, not even by the
 * page itself. Throws where the browser has no Ed25519 or the page is no secure context (HTTPS or localhost): pass an
 * identity of your own there.
 */
export async function loadDeviceIdentity({ name = "openclaw-device" }: DeviceIdentityOptions = {}): Promise<DeviceIdentity> {
  const subtle = subtleCrypto();
  const database = await openDatabase(name);
  try {
    return await identityOf(subtle, (await storedPair(database)) ?? (await newPair(subtle, database)));
  } finally {
    database.close();
  }
}

function subtleCrypto(): typeof crypto.subtle {
  const subtle = (crypto as { readonly subtle?: typeof crypto.subtle }).subtle;
  if (subtle) return subtle;
  throw new Error("A device key needs a secure context: open the page over HTTPS or on localhost.");
}

async function openDatabase(name: string): Promise<Database> {
  const { indexedDB } = browser;
  if (!indexedDB) throw new Error("This platform has no IndexedDB to keep a device key in.");
  const request = indexedDB.open(name, 1);
  request.addEventListener("upgradeneeded", () => void request.result.createObjectStore(STORE));
  return await settled(request);
}

const storedPair = async (database: Database): Promise<KeyPair | undefined> =>
  (await settled(database.transaction(STORE, "readonly").objectStore(STORE).get(SLOT))) as KeyPair | undefined;

async function newPair(subtle: typeof crypto.subtle, database: Database): Promise<KeyPair> {
  const made = await subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]).catch((error: unknown) => {
    throw new Error("This browser cannot make an Ed25519 key: update it, or pass an identity of your own.", { cause: error });
  });
  // `add` refuses to replace: of two tabs that make a key at once, one wins.
  const request = database.transaction(STORE, "readwrite").objectStore(STORE).add(made, SLOT);
  const refusal = await settled(request).then(() => undefined, (error: unknown) => error ?? new Error("the key could not be kept"));
  const kept = await storedPair(database);
  if (kept) return kept;
  throw new Error("This page's device key could not be kept in IndexedDB.", { cause: refusal });
}

async function identityOf(subtle: typeof crypto.subtle, { publicKey, privateKey }: KeyPair): Promise<DeviceIdentity> {
  const raw = new Uint8Array(await subtle.exportKey("raw", publicKey));
  const digest = new Uint8Array(await subtle.digest("SHA-256", raw));
  return {
    deviceId: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    publicKey: base64url(raw),
    sign: async (payload) => base64url(new Uint8Array(await subtle.sign({ name: "Ed25519" }, privateKey, new TextEncoder().encode(payload)))),
  };
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const settled = <T>(request: DatabaseRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
