import { getPublicKey, hashes, sign, utils } from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2";
import type { DeviceIdentity } from "../../../src/client/browser/index.js";

const KEY = "openclaw-device-seed";

hashes.sha512 = (message) => Uint8Array.from(sha512(message));

/** A device key without the help of the browser's own cryptography, which pages over plain HTTP don't get. */
export function loadSoftwareIdentity(): DeviceIdentity {
  const seed = keptSeed() ?? newSeed();
  const publicKey = getPublicKey(seed);
  return {
    deviceId: hexOf(sha256(publicKey)),
    publicKey: base64url(publicKey),
    sign: (text) => base64url(sign(new TextEncoder().encode(text), seed)),
  };
}

function keptSeed(): Uint8Array | undefined {
  try {
    const hex = localStorage.getItem(KEY) ?? "";
    if (!/^[0-9a-f]{64}$/.test(hex)) return undefined;
    return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  } catch {
    return undefined;
  }
}

function newSeed(): Uint8Array {
  const seed = utils.randomSecretKey();
  try {
    localStorage.setItem(KEY, hexOf(seed));
  } catch {
    // Then this key lasts as long as the page, and the next visit is another device.
  }
  return seed;
}

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
