import type { EventSpec, MethodSpec } from "../../../src/domain/protocol/define.js";
import { pascalCase, type JsonSchema, type SchemaDocument } from "../../../src/domain/protocol/schema-document.js";
import { eventFrame, requestFrame, responseFrame } from "../examples.js";
import type { MethodNote } from "../notes/shape.js";
import { anchor, code, json, paragraphs, table } from "./markdown.js";
import { renderSchema, type SharedShapes } from "./schema-table.js";

export interface DocumentedMethod {
  readonly name: string;
  readonly spec: MethodSpec;
  readonly note: MethodNote;
  readonly example: { readonly params: unknown; readonly result: unknown; readonly final?: unknown };
}

export interface DocumentedEvent {
  readonly name: string;
  readonly spec: EventSpec;
  readonly note: string;
  readonly example: unknown;
}

export interface Shapes {
  readonly definitions: SchemaDocument["definitions"];
  readonly shared: SharedShapes;
}

const definition = ({ definitions }: Shapes, name: string): JsonSchema => {
  const schema = definitions[name];
  if (schema === undefined) throw new Error(`no definition ${name}`);
  return schema;
};

const EFFECTS: Readonly<Record<MethodSpec["effect"], string>> = { read: "reads", write: "writes", keyed: "writes, once per idempotency key" };

const STATES: Readonly<Record<MethodSpec["state"], string>> = { live: "live", planned: "planned: not advertised, answers UNAVAILABLE" };

function factsOf({ spec }: DocumentedMethod): string {
  const scope = spec.scope === "none" ? (spec.role === "node" ? "none: nodes may call it by their role" : "none: every operator may call it") : code(spec.scope);
  const raised = spec.raises === undefined ? [] : [["Scope raised", `${code(spec.raises.to)}, where ${spec.raises.when}`]];
  return table(["Role", spec.role], [["Scope", scope], ...raised, ["Effect", EFFECTS[spec.effect]], ["Since", `protocol ${spec.since}`], ["State", STATES[spec.state]]]);
}

function errorsOf({ name, spec, note }: DocumentedMethod): string {
  const scope = spec.raises?.to === undefined || spec.scope === "none" ? spec.scope : `${spec.scope}, or ${spec.raises.to} as above`;
  const rows: (readonly [string, string])[] = [
    ["INVALID_REQUEST", `the params are not as above (\`invalid ${name} params: …\`)`],
    ...(spec.scope === "none" ? [] : [["FORBIDDEN", `the caller does not hold ${scope} (protocol 3: INVALID_REQUEST)`] as const]),
    ...(spec.effect === "keyed" ? [["INVALID_REQUEST", "the idempotency key was used for another request"] as const] : []),
    ...(spec.state === "planned" ? [["UNAVAILABLE", "always, as long as it is planned"] as const] : []),
    ...(note.errors ?? []).map(({ code: errorCode, when }) => [errorCode, when] as const),
  ];
  return table(["Error", "Where"], rows.map(([errorCode, when]) => [code(errorCode), when]));
}

function renderMethod(method: DocumentedMethod, shapes: Shapes): string {
  const { name, note, example } = method;
  const pascal = pascalCase(name);
  return paragraphs([
    `### ${name}`,
    note.summary,
    note.more,
    factsOf(method),
    `**Params** (${code(`${pascal}Params`)})`,
    renderSchema(`${pascal}Params`, definition(shapes, `${pascal}Params`), shapes.shared),
    `**Result** (${code(`${pascal}Result`)})`,
    renderSchema(`${pascal}Result`, definition(shapes, `${pascal}Result`), shapes.shared),
    "**Errors**",
    errorsOf(method),
    "**Example**",
    json(requestFrame(name, example.params)),
    json(responseFrame(example.result)),
    example.final === undefined ? undefined : json(responseFrame(example.final)),
  ]);
}

const link = (name: string): string => `[${name}](#${anchor(name)})`;

export const renderMethods = (methods: readonly DocumentedMethod[], shapes: Shapes): string =>
  paragraphs([
    "## Methods",
    "The requests and responses below are run against the gateway by its tests, as far as the method is live.",
    table(
      ["Method", "Role", "Scope", "Effect", "Since", "State"],
      methods.map(({ name, spec }) => [link(name), spec.role, spec.scope, spec.effect, String(spec.since), spec.state]),
    ),
    ...methods.map((method) => renderMethod(method, shapes)),
  ]);

const AUDIENCES: Readonly<Record<string, string>> = {
  everyone: "everyone, nodes as well",
  operators: "every operator",
  direct: "one connection alone",
};

const heading = (name: string): string => `event ${name}`;

function renderEvent({ name, spec, note, example }: DocumentedEvent, shapes: Shapes): string {
  const payload = `${pascalCase(name)}Event`;
  return paragraphs([
    `### ${heading(name)}`,
    note,
    table(["Heard by", AUDIENCES[spec.audience] ?? `operators with ${code(spec.audience)}`], [
      ["A slow reader", spec.droppable ? "may lose it" : "never loses it"],
      ["Since", `protocol ${spec.since}`],
      ["State", spec.state === "live" ? "live" : "planned: not sent yet"],
    ]),
    `**Payload** (${code(payload)})`,
    renderSchema(payload, definition(shapes, payload), shapes.shared),
    "**Example**",
    json(eventFrame(name, example)),
  ]);
}

export const renderEvents = (events: readonly DocumentedEvent[], shapes: Shapes): string =>
  paragraphs([
    "## Events",
    table(
      ["Event", "Heard by", "Droppable", "Since", "State"],
      events.map(({ name, spec }) => [`[${name}](#${anchor(heading(name))})`, spec.audience, spec.droppable ? "yes" : "", String(spec.since), spec.state]),
    ),
    ...events.map((event) => renderEvent(event, shapes)),
  ]);

export const renderShapes = (names: readonly string[], shapes: Shapes): string =>
  paragraphs([
    "## Shared shapes",
    ...names.map((name) => paragraphs([`### ${name}`, renderSchema(name, definition(shapes, name), shapes.shared)])),
  ]);
