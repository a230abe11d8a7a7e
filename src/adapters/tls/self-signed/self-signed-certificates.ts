import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { dirname } from "node:path";
import type { Certificates, ServerCertificate } from "../../../ports/certificates.js";
import type { Clock } from "../../../ports/clock.js";
import { UnusableCertificate } from "../read-pair.js";

export interface SelfSignedOptions {
  readonly certPath: string;
  readonly keyPath: string;
  /** Names and addresses under which the gateway is dialled. */
  readonly names: readonly string[];
  readonly clock: Clock;
  /** Serves the two files once they are there. */
  readonly files: Certificates;
}

// Trusted by its pin alone, which would be gone with the certificate: it lives as long as anybody keeps a gateway.
const LIFE_MS = 3_650 * 86_400_000;

/** A certificate that the gateway makes for itself where there is none yet, and keeps: its fingerprint is what clients pin. */
export class SelfSignedCertificates implements Certificates {
  readonly #options: SelfSignedOptions;

  constructor(options: SelfSignedOptions) {
    this.#options = options;
  }

  async current(): Promise<ServerCertificate> {
    const { certPath, keyPath, files } = this.#options;
    const [hasCert, hasKey] = await Promise.all([isThere(certPath), isThere(keyPath)]);
    if (!hasCert && !hasKey) await this.#make();
    else if (!hasCert || !hasKey) {
      throw new UnusableCertificate(`${hasCert ? keyPath : certPath} is missing, while ${hasCert ? certPath : keyPath} is there. Put it back, or remove both to get a new pair, which every client then has to pin anew.`);
    }
    return await files.current();
  }

  watch(renewed: (certificate: ServerCertificate) => void, failed: (reason: string) => void): () => void {
    return this.#options.files.watch(renewed, failed);
  }

  async #make(): Promise<void> {
    const { certPath, keyPath, names, clock } = this.#options;
    // Only the first start ever needs it.
    const { default: selfsigned } = await import("selfsigned");
    const now = clock.now();
    const pair = await selfsigned.generate([{ name: "commonName", value: "openclaw-gateway" }], {
      keyType: "ec",
      curve: "P-256",
      algorithm: "sha256",
      notBeforeDate: new Date(now),
      notAfterDate: new Date(now + LIFE_MS),
      extensions: [
        { name: "basicConstraints", cA: false, critical: true },
        { name: "keyUsage", digitalSignature: true, critical: true },
        { name: "extKeyUsage", serverAuth: true },
        { name: "subjectAltName", altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })) },
      ],
    });
    await writePrivate(keyPath, pair.private);
    await writePrivate(certPath, pair.cert);
  }
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

/** Whole or not at all, and for its owner's eyes from the first byte on. */
async function writePrivate(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new UnusableCertificate(`${path} cannot be written (${String((error as { code?: unknown }).code ?? "unknown error")}). Mend that, or name files of your own in gateway.tls.certPath and gateway.tls.keyPath.`);
  }
}
