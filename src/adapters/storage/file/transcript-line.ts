import type { ContentPart, TranscriptMessage } from "../../../domain/sessions/session.js";
import { isJsonObject, type JsonObject } from "./json-object.js";

const ROLES: ReadonlySet<unknown> = new Set<TranscriptMessage["role"]>(["user", "assistant", "toolResult", "system"]);

/** The first line of a transcript. */
export const renderHeader = (sessionId: string, at: number): string =>
  JSON.stringify({ type: "session", version: 1, id: sessionId, timestamp: new Date(at).toISOString() });

export function renderMessage({ id, usage, ...message }: TranscriptMessage): string {
  return JSON.stringify({
    type: "message",
    ...(id === undefined ? {} : { id }),
    timestamp: new Date(message.timestamp).toISOString(),
    message: { ...message, ...(usage ? { usage: { input: usage.input, output: usage.output, totalTokens: usage.total } } : {}) },
  });
}

/**
 * Reads a line of a transcript, ours or one of January 2026: content is text or a list of parts, and a message without a
 * moment of its own has that of its line. `undefined` for a line that is not a message, or torn.
 */
export function parseMessage(line: string): TranscriptMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || value["type"] !== "message" || !isJsonObject(value["message"])) return undefined;
  const message = value["message"];
  if (!isRole(message["role"])) return undefined;
  const usage = usageOf(message["usage"]);
  return {
    role: message["role"],
    content: contentOf(message["content"]),
    timestamp: momentOf(message["timestamp"]) ?? momentOf(value["timestamp"]) ?? 0,
    ...texts(value, ["id"]),
    ...texts(message, ["toolCallId", "toolName", "provider", "model", "stopReason"]),
    ...(typeof message["isError"] === "boolean" ? { isError: message["isError"] } : {}),
    ...(usage ? { usage } : {}),
  };
}

const isRole = (value: unknown): value is TranscriptMessage["role"] => ROLES.has(value);

const texts = <K extends string>(from: JsonObject, names: readonly K[]): { readonly [N in K]?: string } =>
  Object.fromEntries(names.filter((name) => typeof from[name] === "string").map((name) => [name, from[name]])) as { [N in K]?: string };

function momentOf(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : value;
  return typeof ms === "number" && Number.isFinite(ms) ? ms : undefined;
}

function contentOf(content: unknown): readonly ContentPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown) => (isJsonObject(part) ? partOf(part) : []));
}

/** What clients can't be shown, such as a model's reasoning, is left out. */
function partOf(part: JsonObject): readonly ContentPart[] {
  const { type, text, mimeType, data, id, name } = part;
  if (type === "text" && typeof text === "string") return [{ type, text }];
  if (type === "image" && typeof mimeType === "string" && typeof data === "string") {
    return [{ type, mimeType, data, ...texts(part, ["fileName"]) }];
  }
  if ((type === "toolCall" || type === "tool_use") && typeof id === "string" && typeof name === "string") {
    return [{ type: "toolCall", id, name, arguments: part["arguments"] ?? part["input"] }];
  }
  return [];
}

function usageOf(usage: unknown): TranscriptMessage["usage"] {
  if (!isJsonObject(usage)) return undefined;
  const { input, output, totalTokens } = usage;
  if (typeof input !== "number" || typeof output !== "number") return undefined;
  return { input, output, total: typeof totalTokens === "number" ? totalTokens : input + output };
}
