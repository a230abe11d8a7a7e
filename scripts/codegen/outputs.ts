import { documentSchema } from "../../src/adapters/config/file/schema-document.js";
import { EVENTS, METHODS } from "../../src/domain/protocol/catalog.js";
import type { EventSpec, MethodSpec } from "../../src/domain/protocol/define.js";
import { renderSchemaDocument, schemaDocument } from "../../src/domain/protocol/schema-document.js";
import { renderAsyncApi, type AsyncApiSource } from "./asyncapi.js";
import { FIRST_FRAME_CASES } from "./conformance/first-frames.js";
import { frameVectors } from "./conformance/frames.js";
import { HANDSHAKE_CASES } from "./conformance/refusals.js";
import { SETUP_CODE_VECTORS } from "./conformance/setup-codes.js";
import { SIGNATURE_VECTORS } from "./conformance/signatures.js";
import { CONNECT_EXAMPLE, eventFrame, EVENT_EXAMPLES, HELLO_EXAMPLE, METHOD_EXAMPLES, requestFrame, responseFrame } from "./examples.js";
import { renderKotlin } from "./kotlin.js";
import { EVENT_NOTES, METHOD_NOTES } from "./notes.js";
import { renderProtocolDocument } from "./protocol-document.js";
import { SWIFT_ANY_CODABLE } from "./swift-any-codable.js";
import { renderSwift } from "./swift.js";

export interface Output {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const document = schemaDocument();
const methods: Readonly<Record<string, MethodSpec>> = METHODS;
const events: Readonly<Record<string, EventSpec>> = EVENTS;

const documentedMethods = Object.entries(METHODS).map(([name, spec]) => {
  const known = name as keyof typeof METHODS;
  return { name, spec: spec as MethodSpec, note: METHOD_NOTES[known], example: METHOD_EXAMPLES[known] };
});

const documentedEvents = Object.entries(EVENTS).map(([name, spec]) => {
  const known = name as keyof typeof EVENTS;
  return { name, spec: spec as EventSpec, note: EVENT_NOTES[known], example: EVENT_EXAMPLES[known] };
});

type Data = Readonly<Record<string, unknown>>;

const asyncApiSource = (): AsyncApiSource => ({
  document,
  methods,
  events,
  summaries: Object.fromEntries([
    ["connect", "The first request on every connection: who the client is and what it asks for."],
    ...documentedMethods.map(({ name, note }) => [name, note.summary]),
    ...documentedEvents.map(({ name, note }) => [`${name}.event`, note]),
  ]) as Readonly<Record<string, string>>,
  examples: {
    connect: { request: { ...requestFrame("connect", CONNECT_EXAMPLE) }, response: { ...responseFrame(HELLO_EXAMPLE) } },
    methods: Object.fromEntries(
      documentedMethods.map(({ name, example }) => [name, { request: { ...requestFrame(name, example.params) } as Data, response: { ...responseFrame(example.result) } as Data }]),
    ),
    events: Object.fromEntries(documentedEvents.map(({ name, example }) => [name, { ...eventFrame(name, example) } as Data])),
  },
});

const data = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** One case per line: hundreds of small values would otherwise fill thousands of lines. */
const byLine = ({ about, cases }: { readonly about: string; readonly cases: readonly unknown[] }): string =>
  `{\n  "about": ${JSON.stringify(about)},\n  "cases": [\n${cases.map((one) => `    ${JSON.stringify(one)}`).join(",\n")}\n  ]\n}\n`;

const REFUSALS = {
  about: "Connect params, what the gateway knows when they arrive, and how it must answer. Sent as the first message on a socket whose challenge held `facts.nonce`. `expected.details` is part of `error.details`.",
  cases: HANDSHAKE_CASES,
  firstMessages: { about: "Messages that are answered before anybody is judged.", cases: FIRST_FRAME_CASES },
};

/** Every generated file. The same catalogue gives the same bytes. */
export const outputs = (): readonly Output[] => [
  { path: "generated/schema/protocol.schema.json", text: renderSchemaDocument(document) },
  { path: "generated/schema/config.schema.json", text: data(documentSchema()) },
  { path: "generated/swift/GatewayModels.swift", text: renderSwift(document) },
  { path: "generated/swift/AnyCodable.swift", text: SWIFT_ANY_CODABLE },
  { path: "generated/kotlin/GatewayProtocol.kt", text: renderKotlin(document, Object.keys(events)) },
  { path: "generated/asyncapi.yaml", text: renderAsyncApi(asyncApiSource()) },
  { path: "generated/conformance/signatures.json", text: data(SIGNATURE_VECTORS) },
  { path: "generated/conformance/frames.json", text: byLine(frameVectors(methods, events)) },
  { path: "generated/conformance/refusals.json", text: data(REFUSALS) },
  { path: "generated/conformance/setup-codes.json", text: data(SETUP_CODE_VECTORS) },
  { path: "docs/protocol.md", text: renderProtocolDocument({ document, methods: documentedMethods, events: documentedEvents }) },
];
