import { CATALOG_ID, COMPONENTS, MESSAGES } from "./a2ui-catalog.js";
import { faultOf, isRecord, keyIn, type Fault } from "./a2ui-shape.js";

export interface A2uiComponent {
  readonly id: string;
  readonly weight?: number;
  /** One key, the component's type, and its properties. */
  readonly component: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A message of A2UI v0.8 that was judged: exactly one of these. */
export interface A2uiMessage {
  readonly beginRendering?: { readonly surfaceId: string; readonly root: string; readonly catalogId?: string; readonly styles?: Readonly<Record<string, unknown>> };
  readonly surfaceUpdate?: { readonly surfaceId: string; readonly components: readonly A2uiComponent[] };
  readonly dataModelUpdate?: { readonly surfaceId: string; readonly path?: string; readonly contents: readonly Readonly<Record<string, unknown>>[] };
  readonly deleteSurface?: { readonly surfaceId: string };
}

/** `line` counts from 1. `key` leads to what is wrong, as in `surfaceUpdate.components[2].id`; `message` is whole sentences without any text of the page. */
export type A2uiRead =
  | { readonly ok: true; readonly messages: readonly A2uiMessage[] }
  | { readonly ok: false; readonly line: number; readonly key: string; readonly message: string };

const MAX_MESSAGES = 1_000;
const MAX_LENGTH = 4 * 1024 * 1024;
const NAMES = Object.keys(MESSAGES).join(", ");

/** What later versions of A2UI call their messages. */
const NEWER = ["createSurface", "updateComponents", "updateDataModel"];

/** Names that are not of this catalogue, and what stands for them in it. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["Heading", 'Use Text with usageHint "h1" to "h5".'],
  ["Checkbox", "It is called CheckBox."],
  ["Textfield", "It is called TextField."],
  ["ChoicePicker", "That is its name in v0.9; here it is MultipleChoice."],
]);

/** Reads JSONL, one message a line; empty lines are passed over. Stops at the first line that is wrong. */
export function readA2uiJsonl(text: string): A2uiRead {
  if (text.length > MAX_LENGTH) return { ok: false, line: 1, key: "", message: "This is more than the canvas takes at once. Send it in several parts." };
  const messages: A2uiMessage[] = [];
  for (const [at, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === "") continue;
    const parsed = parse(line);
    const fault = parsed === undefined ? NOT_JSON : messages.length >= MAX_MESSAGES ? TOO_MANY : messageFault(parsed.value);
    if (fault !== undefined || parsed === undefined) return { ok: false, line: at + 1, ...(fault ?? NOT_JSON) };
    messages.push(parsed.value as A2uiMessage);
  }
  return messages.length > 0 ? { ok: true, messages } : { ok: false, line: 1, key: "", message: `There is no message. Each line is a JSON object with one of ${NAMES}.` };
}

/** The same for messages that came as a list: `line` is their place in it, from 1. */
export function readA2uiMessages(list: unknown): A2uiRead {
  if (!Array.isArray(list) || list.length === 0) return { ok: false, line: 1, key: "", message: `Expected a list of messages, each with one of ${NAMES}.` };
  for (const [at, message] of list.entries()) {
    const fault = at >= MAX_MESSAGES ? TOO_MANY : messageFault(message);
    if (fault !== undefined) return { ok: false, line: at + 1, ...fault };
  }
  return { ok: true, messages: list as readonly A2uiMessage[] };
}

const NOT_JSON: Fault = { key: "", message: "This line is not a JSON object. Write each message on one line of its own." };
const TOO_MANY: Fault = { key: "", message: `More than ${MAX_MESSAGES} messages are not taken at once. Send them in several parts.` };

function parse(line: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) as unknown };
  } catch {
    return undefined;
  }
}

function messageFault(message: unknown): Fault | undefined {
  if (!isRecord(message)) return NOT_JSON;
  const names = Object.keys(message);
  const newer = names.find((name) => NEWER.includes(name)) ?? (Object.hasOwn(message, "version") ? "version" : undefined);
  if (newer !== undefined) return { key: newer, message: `This is a message of A2UI v0.9 or later, and the canvas speaks v0.8. Send ${NAMES} instead.` };
  const [name = ""] = names;
  const shape = names.length === 1 && Object.hasOwn(MESSAGES, name) ? MESSAGES[name] : undefined;
  if (shape === undefined) return { key: names.find((one) => !Object.hasOwn(MESSAGES, one))?.slice(0, 64) ?? "", message: `A message has exactly one key, which is one of ${NAMES}.` };
  return faultOf(shape, message[name], name) ?? furtherFault(message as A2uiMessage);
}

/** What no shape says. The message has its shape. */
function furtherFault({ beginRendering, surfaceUpdate, dataModelUpdate }: A2uiMessage): Fault | undefined {
  const catalogId = beginRendering?.catalogId;
  if (catalogId !== undefined && catalogId !== CATALOG_ID) return { key: "beginRendering.catalogId", message: "The canvas has the standard catalogue of v0.8 alone. Leave this key out." };
  if (surfaceUpdate !== undefined) return componentsFault(surfaceUpdate.components);
  return dataModelUpdate === undefined ? undefined : valuesFault(dataModelUpdate.contents, "dataModelUpdate.contents");
}

function componentsFault(components: readonly A2uiComponent[]): Fault | undefined {
  const ids = new Set<string>();
  for (const [at, { id, component }] of components.entries()) {
    const key = `surfaceUpdate.components[${at}]`;
    if (ids.has(id)) return { key: `${key}.id`, message: "Another component of this message has this id already." };
    ids.add(id);
    const fault = componentFault(component, `${key}.component`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function componentFault(component: unknown, key: string): Fault | undefined {
  if (typeof component === "string") return { key, message: "Expected an object whose one key is the component's type, as in {\"Text\": {…}}. A type beside its properties is the form of v0.9." };
  if (!isRecord(component)) return { key, message: "Expected an object whose one key is the component's type." };
  const [type = "", ...others] = Object.keys(component);
  if (type === "" || others.length > 0) return { key, message: `Expected exactly one key, the component's type, found ${others.length === 0 ? "none" : "several"}.` };
  const shape = Object.hasOwn(COMPONENTS, type) ? COMPONENTS[type] : undefined;
  if (shape !== undefined) return faultOf(shape, component[type], `${key}.${type}`);
  return { key: keyIn(key, type.slice(0, 64)), message: `There is no component of this type. ${INSTEAD.get(type) ?? `There are ${Object.keys(COMPONENTS).join(", ")}.`}` };
}

function valuesFault(entries: readonly Readonly<Record<string, unknown>>[], key: string): Fault | undefined {
  for (const [at, entry] of entries.entries()) {
    const here = `${key}[${at}]`;
    const values = Object.keys(entry).filter((name) => name !== "key");
    if (values.length !== 1) return { key: here, message: `Expected exactly one of valueString, valueNumber, valueBoolean, valueMap beside the key, found ${values.length === 0 ? "none" : values.join(" and ")}.` };
    const map = entry["valueMap"];
    const fault = Array.isArray(map) ? valuesFault(map as typeof entries, `${here}.valueMap`) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}
