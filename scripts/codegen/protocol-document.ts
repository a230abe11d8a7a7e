import type { SchemaDocument } from "../../src/domain/protocol/schema-document.js";
import { renderCloseCodes, renderErrors, renderFrames, renderLimits, renderScopes, renderVersions } from "./document/conventions.js";
import { renderHandshake } from "./document/handshake.js";
import { paragraphs } from "./document/markdown.js";
import { renderEvents, renderMethods, renderShapes, type DocumentedEvent, type DocumentedMethod, type Shapes } from "./document/methods.js";
import { canonical } from "./models.js";

export interface ProtocolSource {
  readonly document: SchemaDocument;
  readonly methods: readonly DocumentedMethod[];
  readonly events: readonly DocumentedEvent[];
}

const OWNED = /(?:Params|Result|Event|Frame)$/;

/** Definitions that belong to no single method or event: they get a section of their own, and the rest links there. */
const sharedNames = (document: SchemaDocument): readonly string[] =>
  Object.keys(document.definitions).filter((name) => name === "ConnectParams" || !OWNED.test(name));

const INTRO = `<!-- Generated from the protocol catalogue by \`npm run generate\`: do not edit. -->

# The gateway protocol

Everything that a client and the gateway say to each other, as this gateway says it. The same facts for programs: [JSON Schema](../generated/schema/protocol.schema.json), [AsyncAPI](../generated/asyncapi.yaml), [Swift](../generated/swift/GatewayModels.swift), [Kotlin](../generated/kotlin/GatewayProtocol.kt), and [vectors](../generated/conformance) to test an implementation in any language.

[Frames](#frames) · [Handshake](#handshake) · [Errors](#errors) · [Close codes](#close-codes) · [Versions 3 and 4](#versions-3-and-4) · [Roles and scopes](#roles-and-scopes) · [Limits](#limits) · [Methods](#methods) · [Events](#events) · [Shared shapes](#shared-shapes)`;

export function renderProtocolDocument({ document, methods, events }: ProtocolSource): string {
  const names = sharedNames(document);
  const shared = new Map<string, string>();
  for (const name of names) {
    const text = canonical(document.definitions[name]);
    if (!shared.has(text)) shared.set(text, name);
  }
  const shapes: Shapes = { definitions: document.definitions, shared };
  const text = paragraphs([
    INTRO,
    renderFrames(),
    renderHandshake(),
    renderErrors(),
    renderCloseCodes(),
    renderVersions(),
    renderScopes(),
    renderLimits(),
    renderMethods(methods, shapes),
    renderEvents(events, shapes),
    renderShapes(names, shapes),
  ]);
  return `${text}\n`;
}
