import { condense, cut } from "./condense.js";

/** What an agent says of itself when it is greeted. */
export interface AgentGreeting {
  readonly protocolVersion: number;
  readonly name: string | undefined;
  /** Which attachments its prompts may hold. */
  readonly images: boolean;
  readonly audio: boolean;
  readonly files: boolean;
  /** What it can do with conversations of old. */
  readonly loads: boolean;
  readonly resumes: boolean;
  readonly closes: boolean;
}

/** What an agent tells while it answers, as far as it is of use here. */
export type AgentUpdate =
  | { readonly kind: "text"; readonly text: string; readonly messageId: string | undefined }
  | { readonly kind: "thought"; readonly text: string }
  | ToolUpdate
  | { readonly kind: "other" };

/** What is `undefined` is as it was. */
export interface ToolUpdate {
  readonly kind: "tool";
  readonly callId: string;
  /** `read`, `edit`, `execute` and so on. */
  readonly toolKind: string | undefined;
  readonly title: string | undefined;
  readonly status: string | undefined;
  readonly input: unknown;
  readonly paths: readonly string[] | undefined;
  /** What came of it so far. */
  readonly result: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export const parseGreeting = (answer: unknown): AgentGreeting => {
  const { protocolVersion, agentInfo, agentCapabilities } = fieldsOf(answer);
  const can = fieldsOf(agentCapabilities);
  const prompts = fieldsOf(can["promptCapabilities"]);
  const sessions = fieldsOf(can["sessionCapabilities"]);
  const offers = (name: string): boolean => typeof sessions[name] === "object" && sessions[name] !== null;
  const name = textOf(fieldsOf(agentInfo)["name"])?.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return {
    protocolVersion: typeof protocolVersion === "number" ? protocolVersion : 0,
    name: name === undefined || name === "" ? undefined : cut(name, 64),
    images: prompts["image"] === true,
    audio: prompts["audio"] === true,
    files: prompts["embeddedContext"] === true,
    loads: can["loadSession"] === true,
    resumes: offers("resume"),
    closes: offers("close"),
  };
};

/** Reads one update. What it does not know, a kind of a later version or a broken one, is `other`. */
export const parseUpdate = (given: unknown): AgentUpdate => {
  const update = fieldsOf(given);
  switch (update["sessionUpdate"]) {
    case "agent_message_chunk": {
      const text = chunkText(update["content"]);
      return text === undefined ? { kind: "other" } : { kind: "text", text, messageId: textOf(update["messageId"]) };
    }
    case "agent_thought_chunk": {
      const text = chunkText(update["content"]);
      return text === undefined ? { kind: "other" } : { kind: "thought", text };
    }
    case "tool_call":
    case "tool_call_update":
      return parseTool(update);
    default:
      return { kind: "other" };
  }
};

/** Also the form in which a request for permission names its tool call. */
export const parseTool = (given: unknown): AgentUpdate => {
  const update = fieldsOf(given);
  const callId = textOf(update["toolCallId"]);
  if (callId === undefined) return { kind: "other" };
  const title = textOf(update["title"]);
  const paths = listOf(update["locations"]).slice(0, 20).flatMap((place) => textOf(fieldsOf(place)["path"]) ?? []);
  return {
    kind: "tool",
    callId: cut(callId, 200),
    toolKind: textOf(update["kind"])?.slice(0, 40),
    title: title === undefined ? undefined : cut(title, 200),
    status: textOf(update["status"]),
    input: update["rawInput"] === undefined || update["rawInput"] === null ? undefined : condense(update["rawInput"]),
    paths: paths.length === 0 ? undefined : paths.map((path) => cut(path, 500)),
    result: resultOf(update),
  };
};

const chunkText = (content: unknown): string | undefined => {
  const { type, text } = fieldsOf(content);
  return type === "text" ? textOf(text) : undefined;
};

/** What is meant to be read, where there is any; else what the tool returned. */
const resultOf = (update: Fields): unknown => {
  const shown = listOf(update["content"]).slice(0, 50).flatMap((part) => shownText(fieldsOf(part)) ?? []).join("\n");
  if (shown !== "") return condense(shown);
  const { rawOutput } = update;
  return rawOutput === undefined || rawOutput === null ? undefined : condense(rawOutput);
};

const shownText = (part: Fields): string | undefined => {
  if (part["type"] === "content") return chunkText(part["content"]);
  if (part["type"] !== "diff") return undefined;
  const path = textOf(part["path"]);
  return path === undefined ? undefined : `Changed ${cut(path, 500)}`;
};
