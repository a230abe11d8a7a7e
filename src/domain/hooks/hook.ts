import { fieldsOf, textOf } from "../foreign-fields.js";

/** What a program elsewhere may have the assistant do, by an HTTP call. */
export interface HookSettings {
  /** Callers show it. Never the gateway's own secret: whoever holds it may make the assistant act, and read nothing. */
  readonly token: string;
  /** Begins with a slash and does not end with one. */
  readonly path: string;
  readonly maxBodyBytes: number;
  readonly mappings: readonly HookMapping[];
}

/** How the call of a service is read that knows nothing of assistants. */
export interface HookMapping extends RunWishes {
  /** The name in the path, `<path>/<name>`. */
  readonly name: string;
  /** Where given, only bodies whose `source` is this. */
  readonly source?: string;
  readonly action: "wake" | "agent";
  /** `{{a.b[0].c}}` stands for what the body has there. */
  readonly text: string;
  readonly wakeMode: WakeMode;
  readonly label?: string;
}

/** How a run is made, and where its answer goes. */
interface RunWishes {
  readonly sessionKey?: string;
  readonly deliver?: boolean;
  readonly channel?: string;
  readonly to?: string;
  readonly model?: string;
  readonly thinking?: string;
  readonly timeoutSeconds?: number;
}

export type WakeMode = "now" | "next-heartbeat";

/** What a call comes down to. */
export type HookCall =
  | { readonly kind: "wake"; readonly text: string; readonly mode: WakeMode }
  | ({ readonly kind: "agent"; readonly message: string; readonly mode: WakeMode; readonly label: string } & RunWishes)
  | { readonly kind: "refused"; readonly status: 400 | 404; readonly message: string };

const MAX_TEXT = 64 * 1024;
const MAX_LABEL = 64;

/** Reads one call: `name` is what follows the hooks' path. */
export function readHook({ mappings }: HookSettings, name: string, body: unknown): HookCall {
  const fields = fieldsOf(body);
  if (fields === undefined) return refuse("The body must be a JSON object.");
  if (name === "wake") return wake(textOf(fields["text"]), fields["mode"]);
  if (name === "agent") return agent(fields);
  const named = mappings.filter((mapping) => mapping.name === name);
  if (named.length === 0) return { kind: "refused", status: 404, message: "No hook has this name. There are wake, agent and those of hooks.mappings." };
  const mapping = named.find(({ source }) => source === undefined || source === fields["source"]);
  if (mapping === undefined) return refuse("No mapping of this hook is meant for this source.");
  return mapped(mapping, fields);
}

const refuse = (message: string): HookCall => ({ kind: "refused", status: 400, message });

const modeOf = (mode: unknown): WakeMode | undefined => (mode === undefined ? "now" : mode === "now" || mode === "next-heartbeat" ? mode : undefined);

function wake(text: string | undefined, given: unknown): HookCall {
  const mode = modeOf(given);
  if (text === undefined || text.trim() === "") return refuse("text must be a text that is not empty.");
  if (mode === undefined) return refuse('mode must be "now" or "next-heartbeat".');
  return { kind: "wake", text: text.slice(0, MAX_TEXT), mode };
}

const OPTIONAL_TEXTS = ["sessionKey", "channel", "to", "model", "thinking"] as const;

function agent(fields: Readonly<Record<string, unknown>>): HookCall {
  const message = textOf(fields["message"]);
  const mode = modeOf(fields["wakeMode"]);
  const { deliver, timeoutSeconds } = fields;
  if (message === undefined || message.trim() === "") return refuse("message must be a text that is not empty.");
  if (mode === undefined) return refuse('wakeMode must be "now" or "next-heartbeat".');
  if (deliver !== undefined && typeof deliver !== "boolean") return refuse("deliver must be true or false.");
  if (timeoutSeconds !== undefined && !(Number.isInteger(timeoutSeconds) && Number(timeoutSeconds) >= 0)) return refuse("timeoutSeconds must be a whole number of seconds.");
  const texts: Partial<Record<(typeof OPTIONAL_TEXTS)[number], string>> = {};
  for (const name of OPTIONAL_TEXTS) {
    const value = fields[name];
    if (value === undefined || value === null || value === "") continue;
    if (typeof value !== "string") return refuse(`${name} must be a text.`);
    texts[name] = value;
  }
  return {
    kind: "agent",
    message: message.slice(0, MAX_TEXT),
    mode,
    label: (textOf(fields["name"]) ?? "Hook").slice(0, MAX_LABEL),
    ...texts,
    ...(deliver === undefined ? {} : { deliver }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds: Number(timeoutSeconds) }),
  };
}

function mapped({ action, text: template, wakeMode, label, name, source: _source, ...rest }: HookMapping, fields: Readonly<Record<string, unknown>>): HookCall {
  const text = fillTemplate(template, fields).trim();
  if (text === "") return refuse("Nothing of this body is what the mapping's text asks for.");
  if (action === "wake") return { kind: "wake", text: text.slice(0, MAX_TEXT), mode: wakeMode };
  const { sessionKey, ...others } = rest;
  return {
    kind: "agent",
    message: text.slice(0, MAX_TEXT),
    mode: wakeMode,
    label: (label ?? name).slice(0, MAX_LABEL),
    ...others,
    ...(sessionKey === undefined ? {} : { sessionKey: fillTemplate(sessionKey, fields) }),
  };
}

const PLACEHOLDER = /\{\{\s*([^{}]{1,200}?)\s*\}\}/g;
const STEP = /\.?([^.[\]]+)|\[(\d{1,6})\]/y;

/** Texts and numbers as they are, whatever else as JSON; nothing where there is none. Own keys alone are found. */
export const fillTemplate = (template: string, body: unknown): string =>
  template.replace(PLACEHOLDER, (_whole, path: string) => {
    const found = valueAt(body, path);
    if (found === undefined || found === null) return "";
    return typeof found === "object" ? JSON.stringify(found) : String(found);
  });

function valueAt(body: unknown, path: string): unknown {
  let value: unknown = body;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const step = STEP.exec(path);
    const key = step?.[1] ?? step?.[2];
    if (key === undefined || typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
