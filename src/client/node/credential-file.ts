import { join } from "node:path";
import type { CredentialStore, StoredToken } from "../credentials.js";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "./private-file.js";

export const credentialPath = (stateDir: string): string => join(stateDir, "identity", "device-auth.json");

/** Of the gateways that this device used to talk to, those beyond this many are forgotten, the oldest first. */
const MAX_ELSEWHERE = 32;

interface Slot {
  readonly token?: unknown;
  readonly role?: unknown;
  readonly scopes?: unknown;
  readonly endpoint?: unknown;
}

/** All that the file holds. */
interface Tokens {
  /** The newest of each role. */
  readonly newest: ReadonlyMap<string, Slot>;
  /** Those that others were newer than, the oldest first. */
  readonly elsewhere: readonly Slot[];
}

/**
 * `<state>/identity/device-auth.json`: the tokens that gateways issued to this device. The newest of each role stands
 * where every client of this file's format looks; those of other gateways stand beside them, under `elsewhere`.
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
    const slot = find(await this.#read(), role, endpoint);
    if (typeof slot?.token !== "string" || slot.token === "") return undefined;
    return { token: slot.token, role, scopes: scopesOf(slot), endpoint };
  }

  async save(token: StoredToken): Promise<void> {
    const { token: text, role, scopes, endpoint } = token;
    const tokens = await this.#read();
    const old = find(tokens, role, endpoint);
    // A gateway names the same token in every hello; the file is only touched when it is news.
    if (old?.token === text && scopesOf(old).join() === scopes.join()) return;
    const { newest, elsewhere } = without(tokens, role, endpoint);
    const before = newest.get(role);
    const displaced = typeof before?.endpoint === "string" ? [{ ...before, role }] : [];
    await this.#write({
      newest: new Map(newest).set(role, { token: text, role, scopes: [...scopes], updatedAtMs: this.#now(), endpoint } as Slot),
      elsewhere: [...elsewhere, ...displaced].slice(-MAX_ELSEWHERE),
    });
  }

  async clear(role: string, endpoint: string): Promise<void> {
    const tokens = await this.#read();
    if (find(tokens, role, endpoint)) await this.#write(without(tokens, role, endpoint));
  }

  async #write({ newest, elsewhere }: Tokens): Promise<void> {
    const file = { version: 1, deviceId: this.#deviceId, tokens: Object.fromEntries(newest), ...(elsewhere.length === 0 ? {} : { elsewhere }) };
    await writePrivateFile(this.#path, `${JSON.stringify(file, null, 2)}\n`);
  }

  async #read(): Promise<Tokens> {
    const text = await readPrivateFile(this.#path);
    if (text === undefined) return NONE;
    const file = parse(text);
    if (!file) throw new PrivateFileError(`${this.#path} is damaged. Move it away; the gateway issues a new token on the next connect.`);
    // Another identity's tokens are useless to this one, and the gateway would count them as wrong guesses.
    if (file.deviceId !== this.#deviceId) return NONE;
    const newest = isRecord(file.tokens) ? Object.entries(file.tokens).filter((entry): entry is [string, Slot] => isRecord(entry[1])) : [];
    return { newest: new Map(newest), elsewhere: Array.isArray(file.elsewhere) ? file.elsewhere.filter(isRecord) : [] };
  }
}

const NONE: Tokens = { newest: new Map(), elsewhere: [] };

function find({ newest, elsewhere }: Tokens, role: string, endpoint: string): Slot | undefined {
  const first = newest.get(role);
  return first?.endpoint === endpoint ? first : elsewhere.find((slot) => slot.role === role && slot.endpoint === endpoint);
}

const without = ({ newest, elsewhere }: Tokens, role: string, endpoint: string): Tokens => ({
  newest: new Map([...newest].filter(([name, slot]) => name !== role || slot.endpoint !== endpoint)),
  elsewhere: elsewhere.filter((slot) => slot.role !== role || slot.endpoint !== endpoint),
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

const scopesOf = (slot: Slot): string[] =>
  Array.isArray(slot.scopes) ? slot.scopes.filter((scope): scope is string => typeof scope === "string") : [];

function parse(text: string): { deviceId?: unknown; tokens?: unknown; elsewhere?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
