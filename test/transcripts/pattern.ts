import { isDeepStrictEqual } from "node:util";
import type { HandClock } from "../../src/testing/hand-clock.js";
import type { ConnectParams } from "../../src/domain/protocol/connect.js";
import type { PayloadVersion } from "../../src/domain/handshake/signature-payload.js";
import { TestDevice } from "../support/device.js";

type Json = Readonly<Record<string, unknown>>;

const devices = new Map<string, TestDevice>();

/** Devices keep their keys from run to run. */
export function deviceNamed(name: string): TestDevice {
  let device = devices.get(name);
  if (!device) devices.set(name, (device = new TestDevice(name)));
  return device;
}

/** What a connection's challenge said. */
export interface Challenge {
  nonce?: string;
  ts?: number;
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The words that stand in a transcript for what differs from run to run.
 *
 * | word | where | for |
 * |---|---|---|
 * | `$nonce` `$ts` | both | the challenge of this connection; `$ts+5` and `$ts-5` are some ms off |
 * | `$now` | both | the hand-moved clock, with an offset likewise |
 * | `$id:NAME` `$key:NAME` `$pem:NAME` | both | the id and public key of a device |
 * | `$sign:NAME:VERSION` | in | its signature under this frame's params |
 * | `$device:NAME:VERSION` | in | its whole identity: id, key, signature, `$ts`, `$nonce` |
 * | `$keep:NAME` | out | anything; remembered, and the same from then on |
 * | `$kept:NAME` | both, also inside a text | what was remembered |
 * | `$any` `$text` `$int` `$list` | out | anything, a text, an integer, a list |
 * | key `"..."` | out | further keys are fine |
 */
export class Words {
  readonly #kept = new Map<string, unknown>();
  readonly #clock: HandClock;

  constructor(clock: HandClock) {
    this.#clock = clock;
  }

  /** A line's value with every word spelled out, as it is sent. */
  fill(value: unknown, challenge: Challenge): unknown {
    const filled = this.#fill(value, challenge);
    const params = isObject(filled) ? filled["params"] : undefined;
    return isObject(filled) && isObject(params) ? { ...filled, params: this.#signed(params, challenge) } : filled;
  }

  #fill(value: unknown, challenge: Challenge): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#fill(item, challenge));
    if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#fill(item, challenge)]));
    return typeof value === "string" ? this.#word(value, challenge) : value;
  }

  #word(text: string, challenge: Challenge): unknown {
    const [, name = "", offset = "0"] = /^\$(now|ts)([+-]\d+)?$/.exec(text) ?? [];
    if (name !== "") return (name === "now" ? this.#clock.now() : (challenge.ts ?? 0)) + Number(offset);
    if (text === "$nonce") return challenge.nonce;
    const [, what, device] = /^\$(id|key|pem):(\w+)$/.exec(text) ?? [];
    if (device !== undefined) return what === "id" ? deviceNamed(device).id : what === "key" ? deviceNamed(device).publicKey : deviceNamed(device).pem;
    const [, whole] = /^\$kept:(\w+)$/.exec(text) ?? [];
    if (whole !== undefined) return this.#kept.get(whole);
    return text.replace(/\$kept:(\w+)/g, (_match, key: string) => String(this.#kept.get(key)));
  }

  /** Signatures come last: they cover the rest. */
  #signed(params: Json, { nonce, ts = 0 }: Challenge): Json {
    const { device, ...rest } = params;
    const unsigned = rest as ConnectParams;
    const [, owner, version] = typeof device === "string" ? (/^\$device:(\w+):(v\d)$/.exec(device) ?? []) : [];
    if (owner !== undefined) {
      return { ...rest, device: deviceNamed(owner).identity(unsigned, { nonce: version === "v1" ? undefined : nonce, signedAt: ts, version: version as PayloadVersion }) };
    }
    if (!isObject(device)) return params;
    const [, signer, form] = /^\$sign:(\w+):(v\d)$/.exec(String(device["signature"])) ?? [];
    if (signer === undefined) return params;
    const signing = { nonce: device["nonce"] as string | undefined, signedAt: device["signedAt"] as number, version: form as PayloadVersion };
    return { ...rest, device: { ...device, signature: deviceNamed(signer).signConnect(unsigned, signing) } };
  }

  /** Where `actual` departs from `pattern`, as a path and a reason; `undefined` where it does not. */
  mismatch(pattern: unknown, actual: unknown, at: { readonly challenge: Challenge; readonly path?: string }): string | undefined {
    const { path = "" } = at;
    const here = (child: string | number) => ({ ...at, path: `${path}/${child}` });
    if (typeof pattern === "string") return this.#mismatchWord(pattern, actual, at.challenge) ? `${path}: expected ${pattern}, got ${JSON.stringify(actual)}` : undefined;
    if (Array.isArray(pattern)) {
      if (!Array.isArray(actual) || actual.length !== pattern.length) return `${path}: expected ${pattern.length} items, got ${JSON.stringify(actual)}`;
      return firstOf(pattern.keys(), (index) => this.mismatch(pattern[index], actual[index], here(index)));
    }
    if (isObject(pattern)) {
      if (!isObject(actual)) return `${path}: expected an object, got ${JSON.stringify(actual)}`;
      const extra = Object.keys(actual).find((key) => !Object.hasOwn(pattern, key));
      if (extra !== undefined && !Object.hasOwn(pattern, "...")) return `${path}: unexpected ${extra}: ${JSON.stringify(actual[extra])}`;
      const keys = Object.keys(pattern).filter((key) => key !== "...");
      return firstOf(keys, (key) => (Object.hasOwn(actual, key) ? this.mismatch(pattern[key], actual[key], here(key)) : `${path}: lacks ${key}`));
    }
    return isDeepStrictEqual(pattern, actual) ? undefined : `${path}: expected ${JSON.stringify(pattern)}, got ${JSON.stringify(actual)}`;
  }

  #mismatchWord(pattern: string, actual: unknown, challenge: Challenge): boolean {
    if (pattern === "$any") return actual === undefined;
    if (pattern === "$text") return typeof actual !== "string" || actual === "";
    if (pattern === "$int") return !Number.isInteger(actual);
    if (pattern === "$list") return !Array.isArray(actual);
    if (pattern === "$nonce" && challenge.nonce === undefined && typeof actual === "string") challenge.nonce = actual;
    if (pattern === "$ts" && challenge.ts === undefined && typeof actual === "number") challenge.ts = actual;
    const [, name] = /^\$keep:(\w+)$/.exec(pattern) ?? [];
    if (name === undefined) return this.#word(pattern, challenge) !== actual;
    if (!this.#kept.has(name)) this.#kept.set(name, actual);
    return actual === undefined || this.#kept.get(name) !== actual;
  }
}

function firstOf<T>(items: Iterable<T>, look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The part of a pattern that speaks of what `actual` has. */
export function pruned(pattern: unknown, actual: unknown): unknown {
  if (!isObject(pattern) || !isObject(actual)) return pattern;
  const shared = Object.entries(pattern).filter(([key]) => key === "..." || Object.hasOwn(actual, key));
  return Object.fromEntries(shared.map(([key, value]) => [key, pruned(value, actual[key])]));
}
