import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";
import { fieldsOf } from "../../../domain/foreign-fields.js";
import type { RecordStore } from "../../../ports/record-store.js";
import type { Sdk } from "./sdk.js";

const CREDENTIALS = "credentials";
/** As they were when WhatsApp last let them in. */
const LAST_GOOD = "credentials.good";
const KEY = "key:";
const BYTES = "$bytes";

/**
 * The credentials of one linked account and every key of its conversations, in one durable table: what belongs together
 * is stored together or not at all, and in the order in which it came. Nothing but {@link wipe} and {@link replace} takes
 * the credentials away.
 */
export class WhatsappVault {
  readonly #records: RecordStore<string>;

  constructor(records: RecordStore<string>) {
    this.#records = records;
  }

  open(): Promise<void> {
    return this.#records.open();
  }

  close(): Promise<void> {
    return this.#records.close();
  }

  /** Those that were stored last, or where they are no credentials, those that worked last. */
  load(): AuthenticationCreds | undefined {
    const records = this.#records.view();
    return parseCredentials(records.get(CREDENTIALS)) ?? parseCredentials(records.get(LAST_GOOD));
  }

  /** Durable once resolved. What is written is how they are now. */
  save(credentials: AuthenticationCreds): Promise<void> {
    return this.#put([[CREDENTIALS, encode(credentials)]]);
  }

  /** WhatsApp has let these in. */
  saveGood(credentials: AuthenticationCreds): Promise<void> {
    const text = encode(credentials);
    return this.#put([[CREDENTIALS, text], [LAST_GOOD, text]]);
  }

  /** Another link in place of the one before, keys and all, in one step. */
  async replace(credentials: AuthenticationCreds): Promise<void> {
    const text = encode(credentials);
    await this.#records.update((records) => ({ changes: new Map<string, string | undefined>([...gone(records), [CREDENTIALS, text], [LAST_GOOD, text]]), value: undefined }));
  }

  /** Forgets the link. */
  async wipe(): Promise<void> {
    await this.#records.update((records) => ({ changes: gone(records), value: undefined }));
  }

  /** Names of the entries of one kind, oldest first. */
  names(type: string): readonly string[] {
    const prefix = nameOf(type, "");
    return [...this.#records.view().keys()].flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
  }

  keys(sdk: Sdk): SignalKeyStore {
    return {
      get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const records = this.#records.view();
        const found: { [id: string]: SignalDataTypeMap[T] } = {};
        for (const id of ids) {
          const text = records.get(nameOf(type, id));
          if (text !== undefined) found[id] = reviveKey(sdk, type, decode(text)) as SignalDataTypeMap[T];
        }
        return found;
      },
      set: (data: SignalDataSet) => this.#put(Object.entries(data).flatMap(([type, entries]) =>
        Object.entries(entries ?? {}).map(([id, value]) => [nameOf(type, id), value === null || value === undefined ? undefined : encode(value)] as const))),
    };
  }

  async #put(entries: readonly (readonly [string, string | undefined])[]): Promise<void> {
    await this.#records.update(() => ({ changes: new Map(entries), value: undefined }));
  }
}

const gone = (records: ReadonlyMap<string, string>): Map<string, undefined> => new Map([...records.keys()].map((key) => [key, undefined]));

const nameOf = (type: string, id: string): string => `${KEY}${type}:${id}`;

/** The one kind of key that Baileys wants as a message of its protocol, and not as what it gave. */
const reviveKey = (sdk: Sdk, type: string, value: unknown): unknown =>
  type === "app-state-sync-key" ? sdk.proto.Message.AppStateSyncKeyData.fromObject(value as object) : value;

function parseCredentials(text: string | undefined): AuthenticationCreds | undefined {
  if (text === undefined) return undefined;
  try {
    const value = fieldsOf(decode(text)) ?? {};
    const isWhole = [value["noiseKey"], value["signedIdentityKey"], value["signedPreKey"], value["me"]].every((part) => fieldsOf(part) !== undefined);
    return isWhole ? (value as unknown as AuthenticationCreds) : undefined;
  } catch {
    return undefined;
  }
}

function encode(value: unknown): string {
  return JSON.stringify(value, function replace(this: Readonly<Record<string, unknown>>, key: string, plain: unknown) {
    // A Buffer has become a list of numbers by now.
    const bytes = this[key];
    return bytes instanceof Uint8Array ? { [BYTES]: Buffer.from(bytes).toString("base64") } : plain;
  });
}

const decode = (text: string): unknown => JSON.parse(text, (_key, value: unknown) => {
  const bytes = fieldsOf(value)?.[BYTES];
  return typeof bytes === "string" ? Buffer.from(bytes, "base64") : value;
});
