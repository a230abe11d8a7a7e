import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { RULES } from "../../src/domain/handshake/rules.js";
import { PAIRING_REASONS } from "../../src/domain/handshake/verdict.js";
import { EVENTS, METHODS } from "../../src/domain/protocol/catalog.js";
import { ERROR_CODES } from "../../src/domain/protocol/errors.js";
import { pascalCase, schemaDocument, type SchemaDocument } from "../../src/domain/protocol/schema-document.js";
import { HANDSHAKE_CASES } from "../../scripts/codegen/conformance/refusals.js";
import { CONNECT_EXAMPLE, eventFrame, EVENT_EXAMPLES, HELLO_EXAMPLE, METHOD_EXAMPLES, requestFrame, responseFrame } from "../../scripts/codegen/examples.js";
import { kotlinName, renderKotlin } from "../../scripts/codegen/kotlin.js";
import { outputs } from "../../scripts/codegen/outputs.js";
import { renderSwift, swiftName } from "../../scripts/codegen/swift.js";
import { renderYaml } from "../../scripts/codegen/yaml.js";
import { createTestGateway, TestDevice } from "../../src/testing/index.js";
import { kotlinDialect, kotlinTypes, misfits, parserOf, stumbles, swiftDialect, swiftTypes } from "./syntax.js";

const generated = new Map(outputs().map(({ path, text }) => [path, text]));
const textOf = (path: string): string => {
  const text = generated.get(path);
  if (text === undefined) throw new Error(`${path} is not generated`);
  return text;
};

const SWIFT = textOf("generated/swift/GatewayModels.swift");
const KOTLIN = textOf("generated/kotlin/GatewayProtocol.kt");
const DOCUMENT = textOf("docs/protocol.md");

type Parse = Awaited<ReturnType<typeof parserOf>>;
const parsers = {} as { swift: Parse; kotlin: Parse };
beforeAll(async () => {
  parsers.swift = await parserOf("swift");
  parsers.kotlin = await parserOf("kotlin");
}, 60_000);

interface ReadAsyncApi {
  readonly problems: readonly string[];
  readonly received: readonly string[];
  readonly sent: readonly string[];
  readonly addresses: readonly string[];
  readonly protocols: readonly string[];
  readonly probe?: unknown;
}

/** What the specification's own parser makes of a document. */
function asyncApi(document: string): ReadAsyncApi {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["test/codegen/asyncapi.mjs"], { input: document, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ReadAsyncApi;
}

/** A schema document with nothing in it but these definitions. */
const holding = (definitions: SchemaDocument["definitions"]): SchemaDocument => ({ ...schemaDocument({}, {}), definitions });

test("the committed files are what the catalogue gives", () => {
  const root = new URL("../../", import.meta.url);
  // The command that mends it is `npm run generate`.
  expect(outputs().filter(({ path, text }) => readFileSync(new URL(path, root), "utf8") !== text).map(({ path }) => path)).toEqual([]);
});

describe("Swift", () => {
  test("the grammar takes it, and would not take anything", () => {
    expect(stumbles(parsers.swift(SWIFT))).toEqual([]);
    expect(stumbles(parsers.swift(textOf("generated/swift/AnyCodable.swift")))).toEqual([]);
    expect(stumbles(parsers.swift(SWIFT.replace("public let method: String", "public let method String")))).not.toEqual([]);
    expect(stumbles(parsers.swift(SWIFT.replace("public enum GatewayFrame", "public enum GatewayFrame {")))).not.toEqual([]);
  });

  test("names as apps know them", () => {
    const names = ["minProtocol", "payloadJSON", "protocol", "fast_seconds", "kebab-case-key", "2fa", "default", "id", "toJid", "$ref", "Type"];
    expect(Object.fromEntries(names.map((key) => [key, swiftName(key)]))).toEqual({
      minProtocol: "minprotocol", payloadJSON: "payloadjson", protocol: "_protocol", fast_seconds: "fastSeconds", "kebab-case-key": "kebabCaseKey",
      "2fa": "_2fa", default: "_default", id: "id", toJid: "tojid", $ref: "ref", Type: "type",
    });
    for (const line of [
      "public let GATEWAY_PROTOCOL_VERSION = 4",
      "public let GATEWAY_MIN_PROTOCOL_VERSION = 3",
      "public let GATEWAY_MIN_NODE_PROTOCOL_VERSION = 3",
      "public enum ErrorCode: String, Codable, Sendable {\n    case notLinked = \"NOT_LINKED\"",
      "public struct ConnectParams: Codable, Sendable {\n    public let minprotocol: Int",
      "        case minprotocol = \"minProtocol\"\n",
      "    public let client: [String: AnyCodable]\n",
      "    public let _protocol: Int\n",
      "        case _protocol = \"protocol\"\n",
      "    public let snapshot: Snapshot\n",
      "    public let presence: [PresenceEntry]\n",
      "    public let stateversion: StateVersion?\n",
      "    public let payloadjson: AnyCodable?\n",
      "    public let permissions: [String: Bool]?\n",
      "    private enum CodingKeys: String, CodingKey {\n",
      "    case unknown(type: String, raw: [String: AnyCodable])\n",
      "public typealias SystemPresenceResult = [PresenceEntry]\n",
    ]) {
      expect([line, SWIFT.includes(line)]).toEqual([line, true]);
    }
    const cases = /public enum ErrorCode[^}]*/.exec(SWIFT)?.[0].match(/"[A-Z_]+"/g) ?? [];
    expect(cases.map((text) => JSON.parse(text) as string)).toEqual([...ERROR_CODES]);
  });

  test("every struct, each with an init that names all its properties", () => {
    const types = swiftTypes(parsers.swift(SWIFT));
    const expected = [...Object.keys(METHODS).flatMap((name) => [`${pascalCase(name)}Params`, `${pascalCase(name)}Result`]), ...Object.keys(EVENTS).map((name) => `${pascalCase(name)}Event`)];
    expect(expected.filter((name) => !types.has(name))).toEqual([]);
    const structs = SWIFT.split(/^public /m).filter((text) => text.startsWith("struct "));
    for (const struct of structs) {
      const properties = [...struct.matchAll(/^ {4}public let (\w+):/gm)].map(([, name]) => name);
      const assigned = [...struct.matchAll(/^ {8}self\.(\w+) = (\w+)$/gm)].map(([, name]) => name);
      const taken = [...struct.matchAll(/^ {8}(\w+): /gm)].map(([, name]) => name);
      expect([assigned, taken]).toEqual([properties, properties]);
      expect(struct).toContain("public init(");
    }
    expect(structs.length).toBeGreaterThan(190);
  });
});

describe("Kotlin", () => {
  test("the grammar takes it, and would not take anything", () => {
    expect(stumbles(parsers.kotlin(KOTLIN))).toEqual([]);
    // Some annotated declarations also read as an expression; nothing but declarations may stand at the top.
    const kinds = new Set(parsers.kotlin(KOTLIN).children.map((node) => node?.type));
    expect([...kinds].filter((kind) => !/^(?:package_header|import_list|file_annotation|(?:class|object|property)_declaration|type_alias|(?:line|multiline)_comment)$/.test(kind ?? ""))).toEqual([]);
    expect(stumbles(parsers.kotlin(KOTLIN.replace("val method: String,", "val method String,")))).not.toEqual([]);
    expect(stumbles(parsers.kotlin(KOTLIN.replace("sealed interface GatewayFrame {", "sealed interface GatewayFrame ")))).not.toEqual([]);
  });

  test("names as the app knows them", () => {
    const names = ["payloadJSON", "paramsJSON", "minProtocol", "fast_seconds", "object", "qrDataURLText", "2fa"];
    expect(Object.fromEntries(names.map((key) => [key, kotlinName(key)]))).toEqual({
      payloadJSON: "payloadJson", paramsJSON: "paramsJson", minProtocol: "minProtocol", fast_seconds: "fastSeconds", object: "`object`",
      qrDataURLText: "qrDataUrlText", "2fa": "_2fa",
    });
    for (const line of [
      "package ai.openclaw.app.gateway\n",
      "const val GATEWAY_PROTOCOL_VERSION = 4\n",
      "const val GATEWAY_MIN_PROTOCOL_VERSION = 3\n",
      "enum class GatewayMethod(val rawValue: String) {\n    Connect(\"connect\"),\n",
      "    ChatSend(\"chat.send\"),\n",
      "enum class GatewayEvent(val rawValue: String) {\n    ConnectChallenge(\"connect.challenge\"),\n",
      "sealed interface GatewayFrame {\n",
      "    data class Unknown(override val type: String, val raw: JsonObject) : GatewayFrame\n",
      "@Serializable\ndata class GatewayRequestFrame(\n",
      "@SerialName(\"paramsJSON\") val paramsJson: String?",
      "@SerialName(\"payloadJSON\") val payloadJson: String?",
      "@Serializable\n@JsonClassDiscriminator(\"kind\")\npublic sealed interface CronSchedule\n",
    ]) {
      expect([line, KOTLIN.includes(line)]).toEqual([line, true]);
    }
    for (const [name, list] of [["GatewayMethod", ["connect", ...Object.keys(METHODS)]], ["GatewayEvent", Object.keys(EVENTS)]] as const) {
      const body = new RegExp(`enum class ${name}\\(val rawValue: String\\) \\{([^;]*);`).exec(KOTLIN)?.[1] ?? "";
      expect([...body.matchAll(/\((".*")\)/g)].map(([, raw = '""']) => JSON.parse(raw) as string)).toEqual(list);
    }
  });
});

describe("unions, string enumerations and clashes", () => {
  const kind = (value: string, more: object = {}, required: readonly string[] = []) => ({
    type: "object",
    properties: { kind: { const: value, type: "string" }, ...more },
    required: ["kind", ...required],
  });
  const Mood = { type: "string", enum: ["good", "so-so", "BAD"] };
  const Shape = { anyOf: [kind("circle", { radius: { type: "number" } }, ["radius"]), kind("square-ish", { side: { type: "integer" } }, ["side"])] };
  const Person = { type: "object", properties: { mood: Mood, shape: Shape, either: { anyOf: [{ type: "string" }, { type: "integer" }] } }, required: ["mood"] };
  const document = holding({ Mood, Shape, Person });

  test("a named one is a type of its own, wherever a copy of it stands", () => {
    const swift = renderSwift(document);
    expect(stumbles(parsers.swift(swift))).toEqual([]);
    expect(swift).toContain('public enum Mood: String, Codable, Sendable {\n    case good\n    case soSo = "so-so"\n    case bad = "BAD"\n}');
    expect(swift).toContain("    public let mood: Mood\n    public let shape: Shape?\n    public let either: AnyCodable?\n");
    expect(swift).toContain("    case circle(ShapeCircle)\n    case squareIsh(ShapeSquareIsh)\n");
    const kotlin = renderKotlin(document, []);
    expect(stumbles(parsers.kotlin(kotlin))).toEqual([]);
    expect(kotlin).toContain("    val mood: Mood,\n    val shape: Shape? = null,\n    val either: JsonElement? = null,\n");
    expect(kotlin).toContain('@SerialName("circle")\ndata class ShapeCircle(\n    val radius: Double,\n) : Shape\n');

    const whole = { mood: "good", shape: { kind: "square-ish", side: 2 } };
    for (const dialect of [swiftDialect(swiftTypes(parsers.swift(swift))), kotlinDialect(kotlinTypes(parsers.kotlin(kotlin)))]) {
      expect(misfits(dialect, "Shape", whole.shape)).toEqual([]);
      expect(misfits(dialect, "Shape", { kind: "circle", radius: 1.5 })).toEqual([]);
      expect(misfits(dialect, "Shape", { kind: "square-ish", side: 1.5 })).toEqual(["$.side: 1.5 is no " + dialect.integer]);
      expect(misfits(dialect, "Shape", { kind: "hexagon" })).toEqual(['$: Shape has no case for kind "hexagon"']);
      expect(misfits(dialect, "Person", {})).toEqual(["$.mood: missing, and Person needs it"]);
      expect(misfits(dialect, "Person", { ...whole, wings: 2 })).toContain("$.wings: no field of Person");
    }
  });

  test("two keys that would become one property are a bug that shows", () => {
    const clash = holding({ Clash: { type: "object", properties: { userId: { type: "string" }, userID: { type: "string" } } } });
    expect(() => renderSwift(clash)).toThrow("Clash");
    expect(() => renderKotlin(clash, [])).toThrow("Clash");
  });
});

describe("the example frames", () => {
  const samples: [name: string, type: string, value: unknown][] = [
    ["connect", "ConnectParams", CONNECT_EXAMPLE],
    ["hello-ok", "HelloOk", HELLO_EXAMPLE],
    ...Object.entries(METHOD_EXAMPLES).flatMap(([name, { params, result, final }]): [string, string, unknown][] => [
      [name, "RequestFrame", requestFrame(name, params)],
      [name, "ResponseFrame", responseFrame(result)],
      [name, `${pascalCase(name)}Params`, params],
      [name, `${pascalCase(name)}Result`, result],
      ...(final === undefined ? [] : [[name, `${pascalCase(name)}Result`, final] as [string, string, unknown]]),
    ]),
    ...Object.entries(EVENT_EXAMPLES).flatMap(([name, payload]): [string, string, unknown][] => [
      [name, "EventFrame", eventFrame(name, payload)],
      [name, `${pascalCase(name)}Event`, payload],
    ]),
  ];

  test("each is decoded field by field by the Swift models", () => {
    const dialect = swiftDialect(swiftTypes(parsers.swift(SWIFT)));
    expect(samples.flatMap(([name, type, value]) => misfits(dialect, type, value).map((problem) => `${name} as ${type}: ${problem}`))).toEqual([]);
  });

  test("each is decoded field by field by the Kotlin models", () => {
    const dialect = kotlinDialect(kotlinTypes(parsers.kotlin(KOTLIN)));
    const classOf = (type: string): string => (/^(?:Request|Response|Event)Frame$/.test(type) ? `Gateway${type}` : type);
    expect(samples.flatMap(([name, type, value]) => misfits(dialect, classOf(type), value).map((problem) => `${name} as ${type}: ${problem}`))).toEqual([]);
  });
});

describe("what a gateway really sends", () => {
  /** Every frame of an afternoon, as the named type that a model would be asked to decode it as. */
  async function afternoon(protocol: 3 | 4): Promise<[name: string, type: string, value: unknown][]> {
    const gateway = await createTestGateway({ script: [{ kind: "think", text: "Hm." }, { kind: "call", tool: "sessions_list", args: {} }, { kind: "say", text: "Hello." }, { kind: "done", usage: { input: 1, output: 2, total: 3 } }] });
    const client = await gateway.connect({ protocol, caps: ["tool-events"] });
    const asked = new Map<string, string>();
    const ask = async (method: string, params: unknown = {}): Promise<void> => {
      const id = client.ask(method, params);
      asked.set(id, method);
      await client.response(id);
    };
    const [deviceId = ""] = (await gateway.call("device.pair.list", {})).paired.map((device) => device.deviceId);
    for (const method of ["health", "status", "system-presence", "last-heartbeat", "logs.tail", "config.get", "models.list", "agents.list", "agent.identity.get"]) await ask(method);
    await ask("agent", { message: "hi", idempotencyKey: "a" });
    await gateway.pass(1000);
    await ask("agent", { message: "hi", idempotencyKey: "a" });
    await ask("agent.wait", { runId: "a", timeoutMs: 0 });
    await ask("chat.send", { sessionKey: "main", message: "hi", idempotencyKey: "c" });
    await gateway.pass(1000);
    await ask("chat.history", { sessionKey: "main" });
    await ask("send", { channel: "memory", to: "ada", message: "hi", idempotencyKey: "s" });
    await ask("poll", { channel: "memory", to: "ada", question: "Tea?", options: ["yes", "no"], idempotencyKey: "p" });
    await ask("sessions.list", { includeLastMessage: true });
    await ask("sessions.patch", { key: "main", label: "Home" });
    await ask("sessions.preview", { keys: ["agent:main:main"] });
    await ask("sessions.resolve", { key: "main" });
    await ask("chat.abort", { sessionKey: "main" });
    await ask("set-heartbeats", { enabled: true });
    await ask("wake", { text: "now", mode: "now" });
    await ask("system-event", { text: "Node: test" });
    await ask("cron.add", { name: "Brief", schedule: { kind: "at", atMs: gateway.clock.now() + 1_000 }, payload: { kind: "agentTurn", message: "Sum up." }, sessionTarget: "isolated", wakeMode: "now", deleteAfterRun: false });
    await ask("cron.add", { name: "Tea", schedule: { kind: "cron", expr: "0 17 * * *", tz: "Europe/London" }, payload: { kind: "systemEvent", text: "Tea." }, sessionTarget: "main", wakeMode: "next-heartbeat" });
    await gateway.pass(2_000);
    await ask("cron.list", { includeDisabled: true });
    await ask("cron.status");
    const [job] = (await gateway.call("cron.list", { includeDisabled: true, query: "Brief" })).jobs;
    await ask("cron.runs", { id: job?.id });
    await ask("device.pair.setupCode", { publicUrl: "wss://gateway.example" });
    await gateway.arrive({ address: "203.0.113.7" }).tryConnect({ protocol, device: new TestDevice("stranger"), auth: { token: "test-token" } });
    await ask("device.pair.list");
    await ask("device.pair.rename", { deviceId, label: "mine" });
    await ask("sessions.reset", { key: "main" });
    await ask("no.such.method");
    await gateway.pass(90_000);
    const closing = gateway.close({ restartExpectedMs: 5 });
    await gateway.pass(15_000);
    await closing;
    return [
      ["hello", "HelloOk", client.hello],
      ...client.events.flatMap((frame): [string, string, unknown][] => [[frame.event, "EventFrame", frame], [frame.event, `${pascalCase(frame.event)}Event`, frame.payload]]),
      ...client.responses.flatMap((frame): [string, string, unknown][] => {
        const method = asked.get(frame.id);
        return [[method ?? frame.id, "ResponseFrame", frame], ...(method !== undefined && frame.ok ? [[method, `${pascalCase(method)}Result`, frame.payload] as [string, string, unknown]] : [])];
      }),
    ];
  }

  test.each([3, 4] as const)("in protocol %s is decoded field by field by the Swift and the Kotlin models", async (protocol) => {
    const frames = await afternoon(protocol);
    const events = new Set(frames.filter(([, type]) => type.endsWith("Event")).map(([name]) => name));
    expect([...events]).toEqual(expect.arrayContaining(["connect.challenge", "tick", "presence", "health", "agent", "chat", "device.pair.requested", "shutdown"]));
    const refused = frames.flatMap(([name, type, value]) => (type === "ResponseFrame" && !(value as { ok: boolean }).ok ? [name] : []));
    expect(refused).toEqual(["no.such.method"]);
    const swift = swiftDialect(swiftTypes(parsers.swift(SWIFT)));
    const kotlin = kotlinDialect(kotlinTypes(parsers.kotlin(KOTLIN)));
    const classOf = (type: string): string => (/^(?:Response|Event)Frame$/.test(type) ? `Gateway${type}` : type);
    const problems = frames.flatMap(([name, type, value]) => [
      ...misfits(swift, type, value).map((problem) => `${name} as ${type} in Swift: ${problem}`),
      ...misfits(kotlin, classOf(type), value).map((problem) => `${name} as ${type} in Kotlin: ${problem}`),
    ]);
    expect(problems).toEqual([]);
  });
});

describe("YAML", () => {
  test("reads as it was written", async () => {
    const probe = {
      texts: [
        "plain", "with spaces", "true", "No", "null", "~", "", " lead", "trail ", "a: b", "a #b", "- a", "? a", "12", "1e3", "0x10", "2026-01-01", "12:30",
        "'single'", "\"double\"", "back\\slash", "two\nlines", "tab\there", "{a}", "[a]", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "\u0085\u2028\u2029\ufeff\u0007", "Größe 🦞",
      ],
      numbers: [0, -1, 1.5, 1e21, 1e-7],
      others: [true, false, null],
      empty: { list: [], map: {}, nested: [[], [[]], {}] },
      nested: [[1, [2, { a: [3] }]], { b: { c: [{ d: 1, e: [2] }] } }],
      "odd: key": 1,
      "": 2,
      on: 3,
      left: undefined,
    };
    const head = { asyncapi: "3.0.0", info: { title: "t", version: "1" }, channels: {} };
    const { probe: read } = asyncApi(renderYaml({ ...head, "x-probe": probe }));
    const { left: _left, ...kept } = probe;
    expect(read).toEqual(kept);
    expect(() => renderYaml({ a: Number.NaN })).toThrow("YAML");
    expect(() => renderYaml([() => 1])).toThrow("YAML");
  }, 30_000);

  test("the AsyncAPI document is one", async () => {
    const { problems, received, sent, addresses, protocols } = asyncApi(textOf("generated/asyncapi.yaml"));
    expect(problems).toEqual([]);
    expect(received).toEqual(["connect", ...Object.keys(METHODS)]);
    expect(sent).toEqual(Object.keys(EVENTS).map((name) => `event.${name}`));
    expect(addresses).toEqual(["/"]);
    expect(protocols).toEqual(["ws"]);
  }, 60_000);
});

describe("docs/protocol.md", () => {
  test("every method and event, with its frames", () => {
    for (const [name, { params, result }] of Object.entries(METHOD_EXAMPLES)) {
      const section = sectionOf(name);
      expect([name, section.includes(JSON.stringify(requestFrame(name, params), null, 2)), section.includes(JSON.stringify(responseFrame(result), null, 2))]).toEqual([name, true, true]);
      expect(section).toMatch(/^\| Since \| protocol [34] \|$/m);
    }
    for (const [name, payload] of Object.entries(EVENT_EXAMPLES)) expect(sectionOf(`event ${name}`)).toContain(JSON.stringify(eventFrame(name, payload), null, 2));
  });

  test("every rule of the handshake and every reason to pair, as the vectors have it", () => {
    const decided = new Set(HANDSHAKE_CASES.map(({ rule }) => rule));
    for (const { name, when } of RULES) {
      expect([name, decided.has(name)]).toEqual([name, true]);
      expect(DOCUMENT).toContain(`| \`${name}\` | ${when} |`);
    }
    for (const reason of PAIRING_REASONS) {
      expect([reason, decided.has(`pairing-${reason}`)]).toEqual([reason, true]);
      expect(DOCUMENT).toContain(`| \`${reason}\` |`);
    }
  });

  test("every link inside it leads somewhere, every table is even", () => {
    const anchors = new Set([...DOCUMENT.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, "").replaceAll(" ", "-")));
    expect([...DOCUMENT.matchAll(/\]\(#([^)]*)\)/g)].map(([, target = ""]) => target).filter((target) => !anchors.has(target))).toEqual([]);
    for (const block of DOCUMENT.match(/(?:^\|.*\n)+/gm) ?? []) {
      const widths = new Set(block.trimEnd().split("\n").map((line) => line.replaceAll("\\|", "").split("|").length));
      expect([block.slice(0, 80), widths.size]).toEqual([block.slice(0, 80), 1]);
    }
  });

  const sectionOf = (heading: string): string => {
    const start = DOCUMENT.indexOf(`\n### ${heading}\n`);
    if (start < 0) throw new Error(`no section ${heading}`);
    const end = DOCUMENT.indexOf("\n### ", start + 1);
    return DOCUMENT.slice(start, end < 0 ? undefined : end);
  };
});
