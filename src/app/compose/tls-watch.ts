import type { Certificates, ServerCertificate } from "../../ports/certificates.js";
import type { Log } from "../../ports/log.js";

type Serve = (certificate: ServerCertificate) => void;

/** Keeps listeners on the newest certificate, and knows which one that is. */
export class TlsWatch {
  readonly #log: Log;
  readonly #followed = new Map<Certificates, { readonly listeners: Serve[]; readonly end: () => void }>();
  #fingerprint: string | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Of the certificate shown now, in lower-case hex. */
  get fingerprint(): string | undefined {
    return this.#fingerprint;
  }

  /** `serve` gets each certificate that takes the place of `first`. Listeners that share a source share its watch. */
  follow(from: Certificates, first: ServerCertificate, serve: Serve): void {
    this.#fingerprint = first.fingerprint;
    const followed = this.#followed.get(from);
    if (followed !== undefined) {
      followed.listeners.push(serve);
      return;
    }
    const listeners = [serve];
    const end = from.watch(
      (next) => this.#renew(next, listeners),
      (reason) => this.#log.error("a renewed certificate cannot be used; the old one stays", { reason }),
    );
    this.#followed.set(from, { listeners, end });
  }

  end(): void {
    for (const { end } of this.#followed.values()) end();
    this.#followed.clear();
  }

  #renew(next: ServerCertificate, listeners: readonly Serve[]): void {
    for (const serve of listeners) serve(next);
    const isAnother = next.fingerprint !== this.#fingerprint;
    this.#fingerprint = next.fingerprint;
    this.#log.info("the certificate was renewed; open connections stay", {
      tlsFingerprint: next.fingerprint,
      expires: new Date(next.expiresAtMs).toISOString(),
      pinsMustChange: isAnother,
    });
  }
}
