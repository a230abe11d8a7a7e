import type { EpochMs } from "../domain/moment.js";

/** What a listener proves itself with. PEM texts. */
export interface ServerCertificate {
  /** The leaf first, then whatever leads to its authority. */
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the leaf's DER, in lower-case hex without colons: what clients pin. */
  readonly fingerprint: string;
  readonly expiresAtMs: EpochMs;
}

/** Where a listener's certificate comes from. */
export interface Certificates {
  /** The one to serve now. Rejects with a {@link CertificateError} where there is none that could be served. */
  current(): Promise<ServerCertificate>;
  /**
   * Tells of each certificate that takes the place of the one before, from now on, until the result is called. What
   * cannot be served is told to `failed` once, in a whole sentence, and changes nothing: a renewal that is half done
   * must not cost the gateway its listener.
   */
  watch(renewed: (certificate: ServerCertificate) => void, failed: (reason: string) => void): () => void;
}

/** Its message is a whole sentence for the operator; it names files and never quotes them. */
export interface CertificateError extends Error {
  readonly name: "CertificateError";
}
