import type { Certificates, ServerCertificate } from "../../../ports/certificates.js";
import { readPair, UnusableCertificate } from "../read-pair.js";

/** A certificate that the program has in hand, and may replace. */
export class GivenCertificates implements Certificates {
  #current: ServerCertificate;
  readonly #watchers = new Set<{ readonly renewed: (certificate: ServerCertificate) => void; readonly failed: (reason: string) => void }>();

  /** Throws an error that says what is wrong with the pair. */
  constructor(pair: { readonly cert: string; readonly key: string }) {
    this.#current = read(pair);
  }

  current(): Promise<ServerCertificate> {
    return Promise.resolve(this.#current);
  }

  watch(renewed: (certificate: ServerCertificate) => void, failed: (reason: string) => void): () => void {
    const watcher = { renewed, failed };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** New connections get this one from now on. A pair that can't be served changes nothing. */
  replace(pair: { readonly cert: string; readonly key: string }): void {
    try {
      this.#current = read(pair);
    } catch (error) {
      if (!(error instanceof UnusableCertificate)) throw error;
      for (const { failed } of this.#watchers) failed(error.message);
      return;
    }
    for (const { renewed } of this.#watchers) renewed(this.#current);
  }
}

const read = ({ cert, key }: { readonly cert: string; readonly key: string }): ServerCertificate =>
  readPair({ cert, key, certName: "the certificate", keyName: "the key" });
