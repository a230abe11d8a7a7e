import { Type } from "@sinclair/typebox";
import { EVENTS, METHODS } from "./catalog.js";
import { ConnectParams } from "./connect.js";
import type { EventSpec, MethodSpec, Schema } from "./define.js";
import { ErrorShape } from "./errors.js";
import { EventFrame, RequestFrame, ResponseFrame } from "./frames.js";
import { HelloOk } from "./hello.js";
import { AgentAccepted, AgentFinal, AgentInFlight, AgentRunResult } from "./methods/agent.js";
import { AccountSnapshot, SenderRequest } from "./methods/channels.js";
import { ChatMessage } from "./methods/chat.js";
import { ConfigIssue } from "./methods/config.js";
import { CronJob, CronPayload, CronSchedule } from "./methods/cron.js";
import { PairedDeviceRow, PendingDeviceRow } from "./methods/devices.js";
import { NodeRow } from "./methods/nodes.js";
import { SessionRow } from "./methods/sessions.js";
import { PresenceEntry, Snapshot, StateVersion } from "./snapshot.js";

/** A JSON Schema as plain data. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

export interface MethodFacts {
  readonly since: MethodSpec["since"];
  readonly scope: MethodSpec["scope"];
  readonly role: MethodSpec["role"];
  readonly effect: MethodSpec["effect"];
}

export interface SchemaDocument {
  readonly $schema: string;
  readonly $id: string;
  readonly title: string;
  readonly discriminator: { readonly propertyName: string; readonly mapping: Readonly<Record<string, string>> };
  readonly oneOf: readonly { readonly $ref: string }[];
  /** Flat: no definition refers to another, so that each can be lifted out whole. */
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  readonly methods: Readonly<Record<string, MethodFacts>>;
}

const FRAMES = { RequestFrame, ResponseFrame, EventFrame };
const SHARED = { ErrorShape, ConnectParams, HelloOk, Snapshot, PresenceEntry, StateVersion };
/** Parts of several params, results or payloads: named, so that generated models give each one type. */
const PARTS = {
  AgentAccepted, AgentInFlight, AgentFinal, AgentRunResult, ChatMessage, SessionRow, AccountSnapshot, SenderRequest,
  CronSchedule, CronPayload, CronJob, NodeRow, PendingDeviceRow, PairedDeviceRow, ConfigIssue,
};

/** `device.pair.approve` → `DevicePairApprove`, `system-presence` → `SystemPresence`. */
export const pascalCase = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== "")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");

// A round trip drops what TypeBox keeps under symbols and unshares the nested schemas.
const plain = (schema: Schema): JsonSchema => JSON.parse(JSON.stringify(schema)) as JsonSchema;

const refTo = (name: string): string => `#/definitions/${name}`;

/** Lists every definition under its name. Throws where two things of the catalogue would share one. */
function collectDefinitions(
  methods: Readonly<Record<string, MethodSpec>>,
  events: Readonly<Record<string, EventSpec>>,
): Record<string, JsonSchema> {
  const named: [name: string, schema: Schema][] = [
    ...Object.entries<Schema>(FRAMES),
    ["GatewayFrame", Type.Union(Object.values(FRAMES))],
    ...Object.entries<Schema>(SHARED),
    ...Object.entries<Schema>(PARTS),
    ...Object.entries(methods).flatMap(([name, spec]): [string, Schema][] => [
      [`${pascalCase(name)}Params`, spec.params],
      [`${pascalCase(name)}Result`, spec.result],
    ]),
    ...Object.entries(events).map(([name, spec]): [string, Schema] => [`${pascalCase(name)}Event`, spec.payload]),
  ];
  const definitions = new Map<string, JsonSchema>();
  for (const [name, schema] of named) {
    if (definitions.has(name)) throw new Error(`two definitions are called ${name}`);
    definitions.set(name, plain(schema));
  }
  return Object.fromEntries(definitions);
}

/** The whole protocol as one draft-07 document, in the catalogue's order. The same catalogue gives the same bytes. */
export function schemaDocument(
  methods: Readonly<Record<string, MethodSpec>> = METHODS,
  events: Readonly<Record<string, EventSpec>> = EVENTS,
): SchemaDocument {
  const mapping = { req: refTo("RequestFrame"), res: refTo("ResponseFrame"), event: refTo("EventFrame") };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: "https://openclaw.ai/protocol.schema.json",
    title: "OpenClaw Gateway Protocol",
    discriminator: { propertyName: "type", mapping },
    oneOf: Object.values(mapping).map(($ref) => ({ $ref })),
    definitions: collectDefinitions(methods, events),
    methods: Object.fromEntries(
      Object.entries(methods).map(([name, { since, scope, role, effect }]) => [name, { since, scope, role, effect }]),
    ),
  };
}

export const renderSchemaDocument = (document: SchemaDocument): string => `${JSON.stringify(document, null, 2)}\n`;
