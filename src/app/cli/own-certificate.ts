import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "./finding.js";
import { at, textAt, type LocalConfig } from "./local-config.js";
import { cell } from "./output.js";

/** What the gateway of this host shows to whoever connects, read from its file. */
export interface OwnCertificate {
  readonly path: string;
  /** Lower-case hex SHA-256, without colons. */
  readonly fingerprint: string;
  readonly expiresAtMs: number;
}

export const servesTls = (config: LocalConfig): boolean => at(config.parsed, "gateway", "tls", "enabled") === true;

const certificatePath = (config: LocalConfig): string =>
  textAt(config, "gateway", "tls", "certPath") ?? join(config.stateDir, "gateway", "tls", "gateway-cert.pem");

/** `undefined` where there is none that can be read. */
export async function ownCertificate(config: LocalConfig): Promise<OwnCertificate | undefined> {
  const path = certificatePath(config);
  try {
    const { X509Certificate } = await import("node:crypto");
    const { fingerprint256, validTo } = new X509Certificate(await readFile(path));
    return { path, fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(), expiresAtMs: Date.parse(validTo) };
  } catch {
    return undefined;
  }
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** Whether clients will go on trusting it. Nothing to say where the gateway speaks in the clear. */
export async function checkCertificate(config: LocalConfig, now: number): Promise<readonly Finding[]> {
  if (!servesTls(config)) return [];
  const found = await ownCertificate(config);
  if (found === undefined) {
    const message = `No certificate can be read at ${cell(certificatePath(config), 300)}.`;
    return textAt(config, "gateway", "tls", "certPath") === undefined
      ? [{ check: "tls", state: "ok", message: `${message} The next start makes one.` }]
      : [{ check: "tls", state: "fail", message, fix: ["Put it there, or remove gateway.tls.certPath and gateway.tls.keyPath to use one of the gateway's own."] }];
  }
  const days = Math.floor((found.expiresAtMs - now) / DAY_MS);
  const pin = `SHA-256 ${found.fingerprint}`;
  if (days < 0) return [{ check: "tls", state: "fail", message: `The certificate has expired; only clients that pin it still connect (${pin}).`, fix: ["Renew it; the gateway takes the new one by itself."] }];
  if (days < SOON_DAYS) return [{ check: "tls", state: "warn", message: `The certificate expires in ${days} days (${pin}).`, fix: ["Renew it; the gateway takes the new one by itself."] }];
  return [{ check: "tls", state: "ok", message: `certificate valid for ${days} days (${pin})` }];
}
