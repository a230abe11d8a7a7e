import type { CredentialStore, StoredToken } from "../credentials.js";

/** A store that tells when a gateway has issued a token which is really there to be used the next time. */
export class IssuedTokens implements CredentialStore {
  readonly #kept: CredentialStore;
  readonly #issued: () => void;

  constructor(kept: CredentialStore, issued: () => void) {
    this.#kept = kept;
    this.#issued = issued;
  }

  load(role: string, endpoint: string): Promise<StoredToken | undefined> {
    return this.#kept.load(role, endpoint);
  }

  async save(token: StoredToken): Promise<void> {
    await this.#kept.save(token);
    const found = await this.#kept.load(token.role, token.endpoint);
    if (found?.token === token.token) this.#issued();
  }

  clear(role: string, endpoint: string): Promise<void> {
    return this.#kept.clear(role, endpoint);
  }
}
