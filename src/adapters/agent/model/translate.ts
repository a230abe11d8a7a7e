import { Buffer } from "node:buffer";
import type { AssistantModelMessage, FilePart, ImagePart, ModelMessage, TextPart, ToolModelMessage, ToolResultPart } from "ai";
import { textOf } from "../../../domain/sessions/session.js";
import type { TranscriptMessage } from "../../../domain/sessions/session.js";
import type { AgentTurn } from "../../../ports/agent-runtime.js";

export interface ModelSenses {
  readonly readsImages: boolean;
}

type UserPart = TextPart | ImagePart | FilePart;

/**
 * The conversation and the new message as the SDK takes them. Whatever a transcript holds (calls that were cut off,
 * results without a call, empty messages), what comes out is a sequence that providers accept.
 */
export const renderMessages = (turn: Pick<AgentTurn, "history" | "message" | "attachments">, senses: ModelSenses): ModelMessage[] => {
  const messages: ModelMessage[] = [];
  const usedIds = new Set<string>();
  for (let at = 0; at < turn.history.length; at += 1) {
    const message = turn.history[at];
    if (message === undefined) break;
    if (message.role === "assistant") {
      const results = resultsAfter(turn.history, at);
      messages.push(...renderAssistant(message, results, usedIds));
    } else if (message.role !== "toolResult") {
      messages.push(...renderUser(message, senses));
    }
  }
  // Providers want a person to speak first; a compacted session may begin with an answer.
  if (messages[0]?.role === "assistant") messages.unshift({ role: "user", content: "(The conversation goes on from here.)" });
  messages.push({ role: "user", content: newMessage(turn, senses) });
  return messages;
};

/** What providers allow in the name of a tool. */
export const toolName = (name: string): string => name.replace(/[^\w-]/gu, "_").slice(0, 64) || "tool";

const renderUser = (message: TranscriptMessage, senses: ModelSenses): ModelMessage[] => {
  const parts: UserPart[] = message.content.flatMap((part): UserPart[] => {
    if (part.type === "text") return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
    return part.type === "image" ? [renderAttachment({ ...part, base64: part.data }, senses)] : [];
  });
  // In the middle of a conversation providers differ over system messages; a note that a person passes on, all understand.
  if (message.role === "system") parts.unshift({ type: "text", text: "(A note from the system.)" });
  return parts.length === (message.role === "system" ? 1 : 0) ? [] : [{ role: "user", content: parts }];
};

const newMessage = (turn: Pick<AgentTurn, "message" | "attachments">, senses: ModelSenses): UserPart[] => {
  const parts = turn.attachments.map((attachment) => renderAttachment(attachment, senses));
  // An empty text part is refused by some providers, and a message has to have one part at least.
  if (turn.message.trim() !== "") return [...parts, { type: "text", text: turn.message }];
  return parts.length > 0 ? parts : [{ type: "text", text: "(An empty message.)" }];
};

/** The results that directly follow the answer at `at`: nowhere else do providers look for them. */
const resultsAfter = (history: readonly TranscriptMessage[], at: number): readonly TranscriptMessage[] => {
  let end = at + 1;
  while (history[end]?.role === "toolResult") end += 1;
  return history.slice(at + 1, end);
};

const renderAssistant = (message: TranscriptMessage, results: readonly TranscriptMessage[], usedIds: Set<string>): ModelMessage[] => {
  const content: Exclude<AssistantModelMessage["content"], string> = [];
  const answered: ToolResultPart[] = [];
  for (const part of message.content) {
    if (part.type === "text" && part.text.trim() !== "") content.push({ type: "text", text: part.text });
    if (part.type !== "toolCall") continue;
    const call = { toolCallId: freshId(part.id, usedIds), toolName: toolName(part.name) };
    content.push({ type: "tool-call", ...call, input: isRecord(part.arguments) ? part.arguments : { input: part.arguments ?? null } });
    answered.push({ type: "tool-result", ...call, output: renderResult(results.find((one) => one.toolCallId === part.id)) });
  }
  if (content.length === 0) return [];
  const tools: ToolModelMessage[] = answered.length === 0 ? [] : [{ role: "tool", content: answered }];
  return [{ role: "assistant", content }, ...tools];
};

const renderResult = (result: TranscriptMessage | undefined): ToolResultPart["output"] => {
  // A run that was cut off leaves a call open, and providers refuse a conversation with one, forever.
  if (result === undefined) return { type: "error-text", value: "The run ended before this call had a result." };
  const value = textOf(result) || "(no text)";
  return result.isError === true ? { type: "error-text", value } : { type: "text", value };
};

/** Ids made by one provider must suit another, and be unique over the conversation even where a server counts anew each turn. */
const freshId = (id: string, used: Set<string>): string => {
  const base = id.replace(/[^\w-]/gu, "_").slice(0, 56) || "call";
  let fresh = base;
  for (let copy = 2; used.has(fresh); copy += 1) fresh = `${base}_${copy}`;
  used.add(fresh);
  return fresh;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const IMAGES: ReadonlyMap<string, string> = new Map([
  ["image/png", "image/png"], ["image/jpeg", "image/jpeg"], ["image/jpg", "image/jpeg"],
  ["image/gif", "image/gif"], ["image/webp", "image/webp"],
]);
const MAX_TEXT_CHARS = 200_000;
const MAX_NAME_CHARS = 120;

const renderAttachment = (given: { mimeType: string; fileName?: string; base64: string }, senses: ModelSenses): UserPart => {
  const mimeType = given.mimeType.split(";")[0]?.trim().toLowerCase() ?? "";
  const name = (given.fileName ?? mimeType).replace(/[\p{Cc}\p{Cf}"]+/gu, " ").slice(0, MAX_NAME_CHARS);
  const note = (why: string): TextPart => ({ type: "text", text: `(An attachment, "${name}", was left out: ${why}.)` });
  // Anything but base64 could be taken for the address of a file, which the SDK would fetch.
  const base64 = given.base64.replace(/\s+/gu, "").replaceAll("-", "+").replaceAll("_", "/");
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(base64)) return note("it is not valid base64");
  const image = IMAGES.get(mimeType);
  if (image !== undefined) return senses.readsImages ? { type: "image", image: base64, mediaType: image } : note("this model does not read images");
  if (mimeType === "application/pdf") return { type: "file", data: base64, mediaType: mimeType, filename: name };
  if (!mimeType.startsWith("text/") && mimeType !== "application/json") return note(`files of the kind ${mimeType.slice(0, MAX_NAME_CHARS)} cannot be read`);
  const text = Buffer.from(base64, "base64").toString("utf8");
  const cut = text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}\n(The rest was left out.)` : text;
  return { type: "text", text: `The attached file "${name}":\n${cut}` };
};
