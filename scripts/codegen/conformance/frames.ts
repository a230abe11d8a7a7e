import { AjvFrameValidator } from "../../../src/adapters/validation/ajv/index.js";
import type { EventSpec, MethodSpec, Schema } from "../../../src/domain/protocol/define.js";
import { ConnectParams } from "../../../src/domain/protocol/connect.js";
import { EventFrame, RequestFrame, ResponseFrame } from "../../../src/domain/protocol/frames.js";
import { HelloOk } from "../../../src/domain/protocol/hello.js";
import { pascalCase } from "../../../src/domain/protocol/schema-document.js";
import { CONNECT_EXAMPLE, eventFrame, EVENT_EXAMPLES, HELLO_EXAMPLE, METHOD_EXAMPLES, requestFrame, responseFrame } from "../examples.js";

export interface FrameCase {
  readonly name: string;
  /** The definition of protocol.schema.json that judges. */
  readonly definition: string;
  readonly valid: boolean;
  /** What a gateway written in TypeScript says is wrong; others may word it differently. */
  readonly problem: string | null;
  readonly value: unknown;
}

interface Sample {
  readonly name: string;
  readonly definition: string;
  readonly schema: Schema;
  readonly value: unknown;
  /** As its author meant it; the validator has to agree. */
  readonly valid: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const REQUEST = { type: "req", id: "1", method: "health" };
const RESPONSE = { type: "res", id: "1", ok: true };
const EVENT = { type: "event", event: "tick", payload: { ts: 1 }, seq: 1 };

const frames = (definition: string, schema: Schema, samples: readonly (readonly [name: string, value: unknown, valid: boolean])[]): readonly Sample[] =>
  samples.map(([name, value, valid]) => ({ name, definition, schema, value, valid }));

const FRAMES: readonly Sample[] = [
  ...frames("RequestFrame", RequestFrame, [
    ["a request without params", REQUEST, true],
    ["a request whose params are no object", { ...REQUEST, params: [1, "two", null] }, true],
    ["a request with a trace parent", { ...REQUEST, traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }, true],
    ["a request without an id", { type: "req", method: "health" }, false],
    ["a request with an empty id", { ...REQUEST, id: "" }, false],
    ["a request whose id is a number", { ...REQUEST, id: 1 }, false],
    ["a request with a key of its own", { ...REQUEST, extra: true }, false],
    ["a request that calls itself a response", { ...REQUEST, type: "res" }, false],
    ["a trace parent of 129 characters", { ...REQUEST, traceparent: "x".repeat(129) }, false],
  ]),
  ...frames("ResponseFrame", ResponseFrame, [
    ["a response with nothing in it", RESPONSE, true],
    ["a refusal with a payload beside its error", { ...RESPONSE, ok: false, payload: { status: "error" }, error: { code: "UNAVAILABLE", message: "no", retryable: true, retryAfterMs: 0 } }, true],
    ["a response without ok", { type: "res", id: "1" }, false],
    ["an error without a message", { ...RESPONSE, ok: false, error: { code: "UNAVAILABLE" } }, false],
    ["a wait of half a millisecond", { ...RESPONSE, ok: false, error: { code: "UNAVAILABLE", message: "no", retryAfterMs: 0.5 } }, false],
    ["a wait below zero", { ...RESPONSE, ok: false, error: { code: "UNAVAILABLE", message: "no", retryAfterMs: -1 } }, false],
  ]),
  ...frames("EventFrame", EventFrame, [
    ["an event", EVENT, true],
    ["an event outside the count", { type: "event", event: "connect.challenge", payload: { nonce: "n", ts: 1 } }, true],
    ["an event with state versions", { ...EVENT, stateVersion: { presence: 1, health: 2 } }, true],
    ["an event without a name", { type: "event", payload: {} }, false],
    ["a number below zero", { ...EVENT, seq: -1 }, false],
    ["half a state version", { ...EVENT, stateVersion: { presence: 1 } }, false],
  ]),
  ...frames("ConnectParams", ConnectParams, [
    ["connect", CONNECT_EXAMPLE, true],
    ["connect with keys of a later release", { ...CONNECT_EXAMPLE, somethingNew: 1, client: { ...CONNECT_EXAMPLE.client, alsoNew: 2 } }, true],
    ["connect of an unknown client", { ...CONNECT_EXAMPLE, client: { ...CONNECT_EXAMPLE.client, id: "somebody-else" } }, false],
    ["connect in an unknown mode", { ...CONNECT_EXAMPLE, client: { ...CONNECT_EXAMPLE.client, mode: "operator" } }, false],
    ["connect for protocol 0", { ...CONNECT_EXAMPLE, minProtocol: 0 }, false],
    ["connect whose scopes are a text", { ...CONNECT_EXAMPLE, scopes: "operator.admin" }, false],
    ["connect without a version", { ...CONNECT_EXAMPLE, client: { id: "cli", platform: "linux", mode: "cli" } }, false],
  ]),
  ...frames("HelloOk", HelloOk, [
    ["hello-ok", HELLO_EXAMPLE, true],
    ["hello-ok without a policy", without({ ...HELLO_EXAMPLE }, "policy"), false],
    ["hello-ok whose protocol is a text", { ...HELLO_EXAMPLE, protocol: "4" }, false],
  ]),
];

function without(value: Fields, key: string): Fields {
  const { [key]: _left, ...rest } = value;
  return rest;
}

const requiredOf = (schema: unknown): readonly string[] => (schema as { required?: readonly string[] }).required ?? [];
const isClosed = (schema: unknown): boolean => (schema as { additionalProperties?: unknown }).additionalProperties === false;

/** From the example of a method: as it is, without each field it needs, and with one it does not have. */
function samplesOf(name: string, spec: MethodSpec, example: { readonly params: unknown; readonly result: unknown; readonly final?: unknown }): readonly Sample[] {
  const params = example.params as Fields;
  const asked = { definition: `${pascalCase(name)}Params`, schema: spec.params };
  const answered = { definition: `${pascalCase(name)}Result`, schema: spec.result, valid: true };
  return [
    { name: `${name}: the example's params`, ...asked, value: params, valid: true },
    ...requiredOf(spec.params).map((key) => ({ name: `${name}: params without ${key}`, ...asked, value: without(params, key), valid: false })),
    ...(isClosed(spec.params) ? [{ name: `${name}: params with an unknown key`, ...asked, value: { ...params, notAField: true }, valid: false }] : []),
    { name: `${name}: params that are a text`, ...asked, value: "params", valid: false },
    { name: `${name}: the example's result`, ...answered, value: example.result },
    ...(example.final === undefined ? [] : [{ name: `${name}: the example's second result`, ...answered, value: example.final }]),
    { name: `${name}: the example's request frame`, definition: "RequestFrame", schema: RequestFrame, value: requestFrame(name, params), valid: true },
    { name: `${name}: the example's response frame`, definition: "ResponseFrame", schema: ResponseFrame, value: responseFrame(example.result), valid: true },
  ];
}

function eventSamplesOf(name: string, spec: EventSpec, payload: unknown): readonly Sample[] {
  const told = { definition: `${pascalCase(name)}Event`, schema: spec.payload };
  return [
    { name: `event ${name}: the example's payload`, ...told, value: payload, valid: true },
    ...requiredOf(spec.payload).map((key) => ({ name: `event ${name}: a payload without ${key}`, ...told, value: without(payload as Fields, key), valid: false })),
    { name: `event ${name}: the example's frame`, definition: "EventFrame", schema: EventFrame, value: eventFrame(name, payload), valid: true },
  ];
}

/** Throws where the validator and the author of a sample disagree: one of the two is wrong. */
export function frameVectors(methods: Readonly<Record<string, MethodSpec>>, events: Readonly<Record<string, EventSpec>>): { readonly about: string; readonly cases: readonly FrameCase[] } {
  const validator = new AjvFrameValidator();
  const examples = new Map<string, { params: unknown; result: unknown; final?: unknown }>(Object.entries(METHOD_EXAMPLES));
  const payloads = new Map<string, unknown>(Object.entries(EVENT_EXAMPLES));
  const samples = [
    ...FRAMES,
    ...Object.entries(methods).flatMap(([name, spec]) => samplesOf(name, spec, examples.get(name) ?? { params: {}, result: {} })),
    ...Object.entries(events).flatMap(([name, spec]) => eventSamplesOf(name, spec, payloads.get(name))),
  ];
  const cases = samples.map(({ name, definition, schema, value, valid }): FrameCase => {
    const problem = validator.explain(schema, value) ?? null;
    if ((problem === null) !== valid) throw new Error(`${name} should be ${valid ? "valid" : "invalid"}: ${problem ?? "it is valid"}`);
    return { name, definition, valid, problem, value };
  });
  return { about: "Values and whether the named definition of protocol.schema.json accepts them.", cases };
}
