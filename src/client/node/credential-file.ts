import { join } from "node:path";
import type { CredentialStore, StoredToken } from "../credentials.js";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "./private-file.js";

export const credentialPath = (stateDir: string): string => join(stateDir, "identity", "device-auth.json");

interface Slot {
  readonly token?: unknown;
  readonly scopes?: unknown;
  readonly endpoint?: unknown;
}

/**
 * `<state>/identity/device-auth.json`: the tokens that gateways issued to this device, one per role.
 * Beside the known keys, each carries the `endpoint` it came from; one without it belongs to no known gateway and is
 * never sent.
 */
export class CredentialFile implements CredentialStore {
  readonly #path: string;
  readonly #deviceId: string;
  readonly #now: () => number;

  constructor(options: { stateDir: string; deviceId: string; now: () => number }) {
    this.#path = credentialPath(options.stateDir);
    this.#deviceId = options.deviceId;
    this.#now = options.now;
  }

  async load(role: string, endpoint: string): Promise<StoredToken | undefined> {
    const slot = (await this.#slots()).get(role);
    if (typeof slot?.token !== "string" || slot.token === "" || slot.endpoint !== endpoint) return undefined;
    return { token: slot.token, role, scopes: scopesOf(slot), endpoint };
  }

  async save(token: StoredToken): Promise<void> {
    const slots = await this.#slots();
    const { token: text, role, scopes, endpoint } = token;
    const old = slots.get(role);
    // A gateway names the same token in every hello; the file is only touched when it is news.
    if (old?.token === text && old.endpoint === endpoint && scopesOf(old).join() === scopes.join()) return;
    slots.set(role, { token: text, role, scopes: [...scopes], updatedAtMs: this.#now(), endpoint } as Slot);
    await this.#write(slots);
  }

  async clear(role: string, endpoint: string): Promise<void> {
    const slots = await this.#slots();
    if (slots.get(role)?.endpoint !== endpoint) return;
    slots.delete(role);
    await this.#write(slots);
  }

  async #write(slots: ReadonlyMap<string, Slot>): Promise<void> {
    const file = { version: 1, deviceId: this.#deviceId, tokens: Object.fromEntries(slots) };
    await writePrivateFile(this.#path, `${JSON.stringify(file, null, 2)}\n`);
  }

  async #slots(): Promise<Map<string, Slot>> {
    const text = await readPrivateFile(this.#path);
    if (text === undefined) return new Map();
    const file = parse(text);
    if (!file) throw new PrivateFileError(`${this.#path} is damaged. Move it away; the gateway issues a new token on the next connect.`);
    // Another identity's tokens are useless to this one, and the gateway would count them as wrong guesses.
    if (file.deviceId !== this.#deviceId || typeof file.tokens !== "object" || file.tokens === null) return new Map();
    return new Map(Object.entries(file.tokens).filter((entry): entry is [string, Slot] => typeof entry[1] === "object" && entry[1] !== null));
  }
}

const scopesOf = (slot: Slot): string[] =>
  Array.isArray(slot.scopes) ? slot.scopes.filter((scope): scope is string => typeof scope === "string") : [];

function parse(text: string): { deviceId?: unknown; tokens?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
