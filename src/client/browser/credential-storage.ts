import type { CredentialStore, StoredToken } from "../credentials.js";
import type { TextStorage } from "./platform.js";

/**
 * Tokens that gateways issued to this page's device, in `localStorage` or anything like it. Each lies under the device,
 * the role and the endpoint that it belongs to, and is found under no other.
 */
export class CredentialStorage implements CredentialStore {
  readonly #storage: TextStorage;
  readonly #deviceId: string;

  constructor({ storage, deviceId }: { storage: TextStorage; deviceId: string }) {
    this.#storage = storage;
    this.#deviceId = deviceId;
  }

  load(role: string, endpoint: string): Promise<StoredToken | undefined> {
    return Promise.resolve(parse(this.#storage.getItem(this.#keyOf(role, endpoint)), { role, endpoint }));
  }

  async save(token: StoredToken): Promise<void> {
    const key = this.#keyOf(token.role, token.endpoint);
    const text = JSON.stringify({ token: token.token, scopes: token.scopes });
    // A full or forbidden storage costs the next visit its token, not this one its connection.
    await Promise.resolve().then(() => this.#storage.setItem(key, text)).catch(() => undefined);
  }

  clear(role: string, endpoint: string): Promise<void> {
    this.#storage.removeItem(this.#keyOf(role, endpoint));
    return Promise.resolve();
  }

  #keyOf(role: string, endpoint: string): string {
    return `openclaw-token ${JSON.stringify([this.#deviceId, role, endpoint])}`;
  }
}

function parse(text: string | null, slot: { role: string; endpoint: string }): StoredToken | undefined {
  try {
    const { token, scopes } = JSON.parse(text ?? "null") as { token?: unknown; scopes?: unknown };
    if (typeof token !== "string" || token === "" || !Array.isArray(scopes)) return undefined;
    return { ...slot, token, scopes: scopes.filter((scope): scope is string => typeof scope === "string") };
  } catch {
    return undefined;
  }
}
