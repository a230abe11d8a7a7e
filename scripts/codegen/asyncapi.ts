import type { EventSpec, MethodSpec } from "../../src/domain/protocol/define.js";
import type { SchemaDocument } from "../../src/domain/protocol/schema-document.js";
import { pascalCase } from "../../src/domain/protocol/schema-document.js";
import { CURRENT_PROTOCOL, POLICY } from "../../src/domain/protocol/version.js";
import { renderYaml } from "./yaml.js";

type Data = Readonly<Record<string, unknown>>;

/** What the document is made of. The examples are whole frames, as they travel. */
export interface AsyncApiSource {
  readonly document: SchemaDocument;
  readonly methods: Readonly<Record<string, MethodSpec>>;
  readonly events: Readonly<Record<string, EventSpec>>;
  readonly summaries: Readonly<Record<string, string>>;
  readonly examples: {
    readonly connect: { readonly request: Data; readonly response: Data };
    readonly methods: Readonly<Record<string, { readonly request: Data; readonly response: Data }>>;
    readonly events: Readonly<Record<string, Data>>;
  };
}

const CHANNEL = "gateway";

/** What the schemas of the catalogue are; without it, tools would take them for AsyncAPI's own dialect, and take far longer. */
const SCHEMA_FORMAT = "application/schema+json;version=draft-07";

const schema = (name: string): Data => ({ $ref: `#/components/schemas/${name}` });
const onChannel = (message: string): Data => ({ $ref: `#/channels/${CHANNEL}/messages/${message}` });
const channel: Data = { $ref: `#/channels/${CHANNEL}` };

const NonEmpty: Data = { type: "string", minLength: 1 };

const requestSchema = (method: string, params: string, isRequired: boolean): Data => ({
  type: "object",
  required: ["type", "id", "method", ...(isRequired ? ["params"] : [])],
  properties: { type: { const: "req" }, id: NonEmpty, method: { const: method }, params: schema(params) },
});

const responseSchema = (result: string): Data => ({
  type: "object",
  required: ["type", "id", "ok"],
  properties: { type: { const: "res" }, id: NonEmpty, ok: { type: "boolean" }, payload: schema(result), error: schema("ErrorShape") },
});

const eventSchema = (event: string): Data => ({
  type: "object",
  required: ["type", "event", "payload"],
  properties: {
    type: { const: "event" },
    event: { const: event },
    payload: schema(`${pascalCase(event)}Event`),
    seq: { type: "integer", minimum: 0 },
    stateVersion: schema("StateVersion"),
  },
});

const CORRELATION: Data = { location: "$message.payload#/id", description: "The id of the request, which its response repeats." };

const message = (about: { name: string; title: string; summary?: string | undefined; payload: Data; example: Data | undefined; correlated: boolean }): Data => ({
  name: about.name,
  title: about.title,
  summary: about.summary,
  correlationId: about.correlated ? CORRELATION : undefined,
  payload: { schemaFormat: SCHEMA_FORMAT, schema: about.payload },
  examples: about.example === undefined ? undefined : [{ payload: about.example }],
});

const hasRequired = (params: unknown): boolean => Array.isArray((params as { required?: unknown }).required);

interface Call {
  readonly name: string;
  readonly params: string;
  readonly result: string;
  readonly needsParams: boolean;
  readonly facts: Data;
}

function callsOf({ methods }: AsyncApiSource): readonly Call[] {
  const connect: Call = { name: "connect", params: "ConnectParams", result: "HelloOk", needsParams: true, facts: { "x-since": 3, "x-state": "live" } };
  const others = Object.entries(methods).map(([name, spec]): Call => ({
    name,
    params: `${pascalCase(name)}Params`,
    result: `${pascalCase(name)}Result`,
    needsParams: hasRequired(spec.params),
    facts: { "x-role": spec.role, "x-scope": spec.scope, "x-effect": spec.effect, "x-since": spec.since, "x-state": spec.state },
  }));
  return [connect, ...others];
}

function messagesOf(source: AsyncApiSource): Readonly<Record<string, Data>> {
  const { summaries, examples } = source;
  const messages: [string, Data][] = [];
  for (const { name, params, result, needsParams } of callsOf(source)) {
    const example = name === "connect" ? examples.connect : examples.methods[name];
    const about = { summary: summaries[name], correlated: true };
    const [request, response] = [`${name}.request`, `${name}.response`];
    messages.push(
      [request, message({ ...about, name: request, title: `Request: ${name}`, payload: requestSchema(name, params, needsParams), example: example?.request })],
      [response, message({ ...about, name: response, title: `Response: ${name}`, payload: responseSchema(result), example: example?.response })],
    );
  }
  for (const name of Object.keys(source.events)) {
    const key = `${name}.event`;
    messages.push([key, message({ name: key, title: `Event: ${name}`, summary: summaries[key], payload: eventSchema(name), example: examples.events[name], correlated: false })]);
  }
  return Object.fromEntries(messages);
}

function operationsOf(source: AsyncApiSource): Data {
  const calls = callsOf(source).map(({ name, facts }) => [
    name,
    {
      action: "receive",
      channel,
      summary: source.summaries[name],
      messages: [onChannel(`${name}.request`)],
      // The reply comes on the same channel. Naming it again for each operation makes tools walk all of it once more.
      reply: { messages: [onChannel(`${name}.response`)] },
      ...facts,
    },
  ]);
  const told = Object.entries(source.events).map(([name, spec]) => [
    `event.${name}`,
    {
      action: "send",
      channel,
      summary: source.summaries[`${name}.event`],
      messages: [onChannel(`${name}.event`)],
      "x-audience": spec.audience,
      "x-droppable": spec.droppable,
      "x-since": spec.since,
      "x-state": spec.state,
    },
  ]);
  return Object.fromEntries([...calls, ...told]) as Data;
}

const DESCRIPTION = [
  "One WebSocket carries every message, each a JSON object in a message of its own.",
  "The gateway sends connect.challenge first; the client answers with a connect request; its response is hello-ok.",
  "From then on the client sends requests, and the gateway sends responses and events.",
].join(" ");

/** The protocol as an AsyncAPI 3.0 document, told from the gateway's side: it receives requests and sends events. */
export function asyncApiDocument(source: AsyncApiSource): Data {
  const messages = messagesOf(source);
  // Each schema of the document stands alone, so all of them can be taken over as they are.
  const { GatewayFrame: _whole, ...schemas } = source.document.definitions;
  return {
    asyncapi: "3.0.0",
    info: {
      title: source.document.title,
      version: `${CURRENT_PROTOCOL}.0.0`,
      description: DESCRIPTION,
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: {
      local: {
        host: "127.0.0.1:18789",
        protocol: "ws",
        description: `A gateway on this host. Messages are at most ${POLICY.maxPayload} bytes once a client is admitted.`,
      },
    },
    channels: {
      [CHANNEL]: {
        address: "/",
        title: "The gateway's socket",
        messages: Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: "GET", bindingVersion: "0.1.0" } },
      },
    },
    operations: operationsOf(source),
    components: { messages, schemas },
  };
}

export const renderAsyncApi = (source: AsyncApiSource): string =>
  `# Generated from the protocol catalogue by \`npm run generate\`: do not edit.\n${renderYaml(asyncApiDocument(source))}`;
