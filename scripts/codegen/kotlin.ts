import { ERROR_CODES } from "../../src/domain/protocol/errors.js";
import { pascalCase, type SchemaDocument } from "../../src/domain/protocol/schema-document.js";
import { CURRENT_PROTOCOL, MIN_PROTOCOL } from "../../src/domain/protocol/version.js";
import { readModels, type Field, type Model, type RecordModel, type Shape, type UnionModel } from "./models.js";

const HARD_KEYWORDS = new Set([
  "as", "break", "class", "continue", "do", "else", "false", "for", "fun", "if", "in", "interface", "is", "null", "object", "package",
  "return", "super", "this", "throw", "true", "try", "typealias", "typeof", "val", "var", "when", "while",
]);

/** The frames keep clear of an app's own requests and events by a prefix. */
const CLASS_NAMES: ReadonlyMap<string, string> = new Map([
  ["RequestFrame", "GatewayRequestFrame"],
  ["ResponseFrame", "GatewayResponseFrame"],
  ["EventFrame", "GatewayEventFrame"],
]);

const FRAME_TYPES: ReadonlyMap<string, string> = new Map([["RequestFrame", "req"], ["ResponseFrame", "res"], ["EventFrame", "event"]]);

const className = (name: string): string => CLASS_NAMES.get(name) ?? name;

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Camel case, acronyms as words: `paramsJSON` → `paramsJson`, `fast_seconds` → `fastSeconds`. */
export function kotlinName(key: string): string {
  const parts = key.split(/[^A-Za-z0-9]+/).filter((part) => part !== "");
  const joined = parts.map((part, index) => (index === 0 ? part.charAt(0).toLowerCase() + part.slice(1) : capitalise(part))).join("");
  const name = joined.replace(/([A-Z])([A-Z]+)(?=[A-Z][a-z]|[^A-Za-z]|$)/g, (_all, first: string, rest: string) => first + rest.toLowerCase());
  if (HARD_KEYWORDS.has(name)) return `\`${name}\``;
  return /^[a-z]/.test(name) ? name : `_${name}`;
}

function typeOf(shape: Shape): string {
  switch (shape.kind) {
    case "string":
      return "String";
    case "integer":
      return "Long";
    case "number":
      return "Double";
    case "boolean":
      return "Boolean";
    case "object":
      return "JsonObject";
    case "any":
      return "JsonElement";
    case "nullable":
      return `${typeOf(shape.inner)}?`;
    case "list":
      return `List<${typeOf(shape.item)}>`;
    case "map":
      return `Map<String, ${typeOf(shape.value)}>`;
    case "named":
      return className(shape.name);
  }
}

/** In what a client sends, null clears and absence leaves alone: only an element can say both. */
function fieldType(owner: string, { shape, required }: Field): string {
  if (required) return typeOf(shape);
  if (shape.kind === "nullable") return owner.endsWith("Params") ? "JsonElement?" : typeOf(shape);
  return `${typeOf(shape)}?`;
}

const quote = (text: string): string => JSON.stringify(text).replaceAll("$", "\\$");

const block = (head: string, lines: readonly string[]): string => [`${head} {`, ...lines.map((line) => (line === "" ? "" : `    ${line}`)), "}"].join("\n");

/** The interface a record implements, and the key that interface takes out of it. */
interface Place {
  readonly union: UnionModel;
  readonly serialName: string | undefined;
}

/** Where each case has one value of its own, the library's own discriminator does; a case with several needs a serializer. */
const hasDiscriminator = ({ name, cases }: UnionModel): boolean => cases.every(({ values, record }) => values.length === 1 && record.startsWith(name));

function placesOf(models: readonly Model[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const union of models) {
    if (union.kind !== "union") continue;
    for (const { record, values } of union.cases) places.set(record, { union, serialName: hasDiscriminator(union) ? values[0] : undefined });
  }
  return places;
}

function parameterOf(owner: string, field: Field): string {
  const name = kotlinName(field.key);
  const plain = name.replaceAll("`", "");
  const serialName = plain === field.key ? "" : `@SerialName(${quote(field.key)}) `;
  const frameType = field.key === "type" ? FRAME_TYPES.get(owner) : undefined;
  if (frameType !== undefined) return `@EncodeDefault override val type: String = ${quote(frameType)},`;
  return `${serialName}val ${name}: ${fieldType(owner, field)}${field.required ? "" : " = null"},`;
}

function recordOf({ name, fields }: RecordModel, place: Place | undefined): string {
  const isFrame = FRAME_TYPES.has(name);
  const parent = isFrame ? " : GatewayFrame" : place === undefined ? "" : ` : ${place.union.name}`;
  const annotations = ["@Serializable", ...(place?.serialName === undefined ? [] : [`@SerialName(${quote(place.serialName)})`])];
  const own = place?.serialName === undefined ? fields : fields.filter(({ key }) => key !== place.union.key);
  if (own.length === 0) return [...annotations, `object ${className(name)}${parent}`].join("\n");
  const names = new Set(own.map(({ key }) => kotlinName(key)));
  if (names.size !== own.length) throw new Error(`two properties of ${name} share a name in Kotlin`);
  return [...annotations, `data class ${className(name)}(`, ...own.map((field) => `    ${parameterOf(name, field)}`), `)${parent}`].join("\n");
}

function unionOf(union: UnionModel): string {
  const { name, key, cases } = union;
  // `public`, which goes without saying: lacking it, parsers less clever than the compiler take this for an expression.
  if (hasDiscriminator(union)) return `@Serializable\n@JsonClassDiscriminator(${quote(key)})\npublic sealed interface ${name}`;
  const serializer = block(`object ${name}Serializer : JsonContentPolymorphicSerializer<${name}>(${name}::class)`, [
    `override fun selectDeserializer(element: JsonElement): DeserializationStrategy<${name}> =`,
    `    when (val form = element.jsonObject[${quote(key)}]?.jsonPrimitive?.content) {`,
    ...cases.map(({ values, record }) => `        ${values.map(quote).join(", ")} -> ${className(record)}.serializer()`),
    `        else -> throw SerializationException("unknown ${key}: $form")`,
    "    }",
  ]);
  return `@Serializable(with = ${name}Serializer::class)\nsealed interface ${name}\n\n${serializer}`;
}

const namesEnum = (name: string, values: readonly (readonly [string, string])[]): string =>
  block(`enum class ${name}(val rawValue: String)`, [
    ...values.map(([entry, raw]) => `${entry}(${quote(raw)}),`),
    ";",
    "",
    "companion object {",
    "    private val byRawValue = entries.associateBy { it.rawValue }",
    "",
    "    /** Null for a name that a later release added. */",
    `    fun fromRawValue(rawValue: String): ${name}? = byRawValue[rawValue]`,
    "}",
  ]);

const stringsEnum = (name: string, values: readonly string[]): string =>
  `@Serializable\n${block(`enum class ${name}(val rawValue: String)`, values.map((value) => `@SerialName(${quote(value)}) ${pascalCase(value)}(${quote(value)}),`))}`;

function declare(model: Model, places: ReadonlyMap<string, Place>): string {
  switch (model.kind) {
    case "record":
      return recordOf(model, places.get(model.name));
    case "strings":
      return stringsEnum(model.name, model.values);
    case "union":
      return unionOf(model);
    case "alias":
      return `typealias ${model.name} = ${typeOf(model.shape)}`;
  }
}

const IMPORTS = [
  "kotlinx.serialization.DeserializationStrategy",
  "kotlinx.serialization.EncodeDefault",
  "kotlinx.serialization.ExperimentalSerializationApi",
  "kotlinx.serialization.KSerializer",
  "kotlinx.serialization.SerialName",
  "kotlinx.serialization.Serializable",
  "kotlinx.serialization.SerializationException",
  "kotlinx.serialization.descriptors.SerialDescriptor",
  "kotlinx.serialization.encoding.Decoder",
  "kotlinx.serialization.encoding.Encoder",
  "kotlinx.serialization.json.JsonClassDiscriminator",
  "kotlinx.serialization.json.JsonContentPolymorphicSerializer",
  "kotlinx.serialization.json.JsonDecoder",
  "kotlinx.serialization.json.JsonElement",
  "kotlinx.serialization.json.JsonEncoder",
  "kotlinx.serialization.json.JsonObject",
  "kotlinx.serialization.json.jsonObject",
  "kotlinx.serialization.json.jsonPrimitive",
];

const FRAME = `/** One message on the socket. A kind that a later release added is kept as it came instead of failing the connection. */
@Serializable(with = GatewayFrameSerializer::class)
sealed interface GatewayFrame {
    val type: String

    data class Unknown(override val type: String, val raw: JsonObject) : GatewayFrame
}

object GatewayFrameSerializer : KSerializer<GatewayFrame> {
    override val descriptor: SerialDescriptor = JsonElement.serializer().descriptor

    override fun deserialize(decoder: Decoder): GatewayFrame {
        val input = decoder as? JsonDecoder ?: throw SerializationException("gateway frames are JSON")
        val raw = input.decodeJsonElement().jsonObject
        val type = raw["type"]?.jsonPrimitive?.content ?: throw SerializationException("a frame without a type")
        return when (type) {
            "req" -> input.json.decodeFromJsonElement(GatewayRequestFrame.serializer(), raw)
            "res" -> input.json.decodeFromJsonElement(GatewayResponseFrame.serializer(), raw)
            "event" -> input.json.decodeFromJsonElement(GatewayEventFrame.serializer(), raw)
            else -> GatewayFrame.Unknown(type, raw)
        }
    }

    override fun serialize(encoder: Encoder, value: GatewayFrame) {
        val output = encoder as? JsonEncoder ?: throw SerializationException("gateway frames are JSON")
        val element = when (value) {
            is GatewayRequestFrame -> output.json.encodeToJsonElement(GatewayRequestFrame.serializer(), value)
            is GatewayResponseFrame -> output.json.encodeToJsonElement(GatewayResponseFrame.serializer(), value)
            is GatewayEventFrame -> output.json.encodeToJsonElement(GatewayEventFrame.serializer(), value)
            is GatewayFrame.Unknown -> value.raw
        }
        output.encodeJsonElement(element)
    }
}`;

/** Kotlin models of the whole protocol, for kotlinx-serialization. */
export function renderKotlin(document: SchemaDocument, events: readonly string[]): string {
  const models = readModels(document);
  const places = placesOf(models);
  const named = (names: readonly string[]): [string, string][] => names.map((name) => [pascalCase(name), name]);
  const parts = [
    "// Generated from the protocol catalogue by `npm run generate`: do not edit.\n@file:OptIn(ExperimentalSerializationApi::class)",
    "package ai.openclaw.app.gateway",
    IMPORTS.map((name) => `import ${name}`).join("\n"),
    `const val GATEWAY_PROTOCOL_VERSION = ${CURRENT_PROTOCOL}\nconst val GATEWAY_MIN_PROTOCOL_VERSION = ${MIN_PROTOCOL}`,
    namesEnum("GatewayMethod", named(["connect", ...Object.keys(document.methods)])),
    namesEnum("GatewayEvent", named(events)),
    namesEnum("GatewayErrorCode", ERROR_CODES.map((code) => [pascalCase(code.toLowerCase()), code])),
    FRAME,
    ...models.map((model) => declare(model, places)),
  ];
  return `${parts.join("\n\n")}\n`;
}
