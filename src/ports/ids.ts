export interface Ids {
  /** A version-4 UUID, never the same twice. Used for connections, runs, requests and nonces. */
  uuid(): string;
}
