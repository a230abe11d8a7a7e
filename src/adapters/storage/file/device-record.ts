import { createHash } from "node:crypto";

import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { ApprovedVia, DeviceToken, DeviceTraits, PairedDevice, PendingDevice } from "../../../domain/pairing/device.js";
import { isJsonObject, unknownMembers, type JsonObject } from "./json-object.js";
import { StateFileError } from "./state-file-error.js";

/** What a record holds that this gateway doesn't know: kept, and written back beside what it does know. Most hold nothing of the kind. */
export interface ForeignMembers {
  readonly device: JsonObject | undefined;
  readonly tokens: ReadonlyMap<string, JsonObject>;
}

const TRAITS = ["displayName", "platform", "deviceFamily", "clientId", "clientMode", "remoteIp"] as const;
const IDENTITY = ["deviceId", "publicKey", "role", "roles", "scopes"];
const PENDING_MEMBERS = new Set([...TRAITS, ...IDENTITY, "requestId", "silent", "isRepair", "ts"]);
const PAIRED_MEMBERS = new Set([...TRAITS, ...IDENTITY, "operatorLabel", "tokens", "createdAtMs", "approvedAtMs", "approvedVia"]);
const TOKEN_TIMES = ["rotatedAtMs", "revokedAtMs", "lastUsedAtMs"] as const;
const TOKEN_MEMBERS = new Set([...TOKEN_TIMES, "token", "previousToken", "serial", "role", "scopes", "createdAtMs"]);

const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** What recognises a stored token. Older gateways store the token itself; it is known by its digest from then on. */
const digestOf = (stored: string): string => DIGEST.exec(stored)?.[1] ?? createHash("sha256").update(stored, "utf8").digest("hex");

/** Reads one record; every complaint names the file, the record and the member, and quotes nothing. */
class RecordReader {
  readonly #record: JsonObject;
  readonly #file: string;
  readonly #at: string;

  constructor(value: unknown, { file, at }: { file: string; at: string }) {
    this.#file = file;
    this.#at = at;
    this.#record = isJsonObject(value) ? value : this.refuse("expected an object");
  }

  refuse(detail: string): never {
    throw new StateFileError(this.#file, "damaged", { detail: `${this.#at}: ${detail}` });
  }

  within(member: string, key: string, value: unknown): RecordReader {
    return new RecordReader(value, { file: this.#file, at: `${this.#at}.${member}[${JSON.stringify(key)}]` });
  }

  object(member: string): JsonObject {
    const value = this.#get(member) ?? {};
    return isJsonObject(value) ? value : this.refuse(`${member} must be an object`);
  }

  text(member: string): string | undefined {
    const value = this.#get(member);
    if (value === undefined || typeof value === "string") return value;
    return this.refuse(`${member} must be text`);
  }

  requiredText(member: string): string {
    const text = this.text(member);
    return text === undefined || text === "" ? this.refuse(`${member} is missing`) : text;
  }

  texts(member: string): readonly string[] {
    const value = this.#get(member) ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    return this.refuse(`${member} must be a list of texts`);
  }

  moment(member: string): EpochMs | undefined {
    const value = this.#get(member);
    if (value === undefined) return undefined;
    return typeof value === "number" && Number.isFinite(value) ? epochMs(value) : this.refuse(`${member} must be milliseconds since the epoch`);
  }

  flag(member: string): boolean {
    return this.#get(member) === true;
  }

  unknown(known: ReadonlySet<string>): JsonObject | undefined {
    return unknownMembers(this.#record, known);
  }

  /** `null` is how some writers say "absent". */
  #get(member: string): unknown {
    return Object.hasOwn(this.#record, member) ? (this.#record[member] ?? undefined) : undefined;
  }
}

function traitsOf(record: RecordReader): DeviceTraits {
  const traits: { -readonly [name in keyof DeviceTraits]: DeviceTraits[name] } = {};
  for (const name of TRAITS) {
    const value = record.text(name);
    if (value !== undefined) traits[name] = value;
  }
  return traits;
}

/** Roles are kept as a list, as one name, or as both. */
const rolesOf = (record: RecordReader): readonly string[] => {
  const single = record.text("role");
  return [...new Set([...record.texts("roles"), ...(single === undefined ? [] : [single])])];
};

/** Reads a request of `pending.json`. One without a role asks for `operator`, as clients that don't name one do. */
export function parsePending(file: string, key: string, value: unknown): { pending: PendingDevice; foreign: ForeignMembers | undefined } {
  const record = new RecordReader(value, { file, at: JSON.stringify(key) });
  if (record.requiredText("requestId") !== key) record.refuse("requestId differs from its key");
  const pending: PendingDevice = {
    requestId: key,
    deviceId: record.requiredText("deviceId"),
    publicKey: record.requiredText("publicKey"),
    role: record.text("role") ?? rolesOf(record)[0] ?? "operator",
    scopes: record.texts("scopes"),
    silent: record.flag("silent"),
    isRepair: record.flag("isRepair"),
    ts: record.moment("ts") ?? record.refuse("ts is missing"),
    ...traitsOf(record),
  };
  return { pending, foreign: foreignOf(record.unknown(PENDING_MEMBERS), new Map()) };
}

/** Reads a device of `paired.json`. Missing roles and scopes are none, never all. */
export function parsePaired(file: string, key: string, value: unknown): { device: PairedDevice; foreign: ForeignMembers | undefined } {
  const record = new RecordReader(value, { file, at: JSON.stringify(key) });
  if (record.requiredText("deviceId") !== key) record.refuse("deviceId differs from its key");
  const label = record.text("operatorLabel");
  const approvedAtMs = record.moment("approvedAtMs") ?? record.moment("createdAtMs") ?? epochMs(0);
  const createdAtMs = record.moment("createdAtMs") ?? approvedAtMs;
  const tokens = new Map<string, DeviceToken>();
  const foreign = new Map<string, JsonObject>();
  for (const [role, stored] of Object.entries(record.object("tokens"))) {
    const token = record.within("tokens", role, stored);
    tokens.set(role, parseToken(token, role, createdAtMs));
    const unknown = token.unknown(TOKEN_MEMBERS);
    if (unknown !== undefined) foreign.set(role, unknown);
  }
  const device: PairedDevice = {
    deviceId: key,
    publicKey: record.requiredText("publicKey"),
    roles: rolesOf(record),
    scopes: record.texts("scopes"),
    tokens,
    createdAtMs,
    approvedAtMs,
    approvedVia: viaOf(record.text("approvedVia")),
    // Last: an object that begins with a spread takes V8 several times the memory, most of it while it is made.
    ...traitsOf(record),
    ...(label === undefined ? {} : { label }),
  };
  return { device, foreign: foreignOf(record.unknown(PAIRED_MEMBERS), foreign) };
}

const foreignOf = (device: JsonObject | undefined, tokens: ReadonlyMap<string, JsonObject>): ForeignMembers | undefined =>
  device === undefined && tokens.size === 0 ? undefined : { device, tokens };

function parseToken(record: RecordReader, role: string, deviceCreatedAtMs: EpochMs): DeviceToken {
  if ((record.text("role") ?? role) !== role) record.refuse("role differs from its key");
  const serial = record.text("serial");
  const previous = record.text("previousToken");
  const times: { [name in (typeof TOKEN_TIMES)[number]]?: EpochMs } = {};
  for (const name of TOKEN_TIMES) {
    const at = record.moment(name);
    if (at !== undefined) times[name] = at;
  }
  return {
    role,
    scopes: record.texts("scopes"),
    digest: digestOf(record.requiredText("token")),
    createdAtMs: record.moment("createdAtMs") ?? deviceCreatedAtMs,
    ...(serial === undefined ? {} : { serial }),
    ...(previous === undefined ? {} : { previousDigest: digestOf(previous) }),
    ...times,
  };
}

export function renderPending(pending: PendingDevice, foreign: ForeignMembers | undefined): JsonObject {
  const { silent, isRepair, ...rest } = pending;
  return { ...foreign?.device, ...rest, roles: [pending.role], ...(silent ? { silent } : {}), ...(isRepair ? { isRepair } : {}) };
}

export function renderPaired(device: PairedDevice, foreign: ForeignMembers | undefined): JsonObject {
  const { label, tokens, ...rest } = device;
  const [role] = device.roles;
  const rendered = [...tokens].map(([name, token]) => [name, { ...foreign?.tokens.get(name), ...renderToken(token) }] as const);
  return {
    ...foreign?.device,
    ...rest,
    ...(role === undefined ? {} : { role }),
    ...(label === undefined ? {} : { operatorLabel: label }),
    tokens: Object.fromEntries(rendered),
  };
}

const renderToken = ({ digest, previousDigest, ...rest }: DeviceToken): JsonObject => ({
  token: `sha256:${digest}`,
  ...rest,
  ...(previousDigest === undefined ? {} : { previousToken: `sha256:${previousDigest}` }),
});

/** Other gateways know more ways; what stands there, an owner's word stands behind it. */
const viaOf = (text: string | undefined): ApprovedVia => (text === "silent" || text === "bootstrap" ? text : "owner");
