import type { ChatMessage } from "../../../src/domain/protocol/methods/chat.js";

export interface Picture {
  readonly mimeType: string;
  readonly base64: string;
  readonly name?: string;
}

/** Something that stands in a conversation. `key` stays the same for as long as it means the same. */
export type Entry =
  | { readonly kind: "said"; readonly key: string; readonly who: "you" | "assistant" | "system"; readonly text: string; readonly pictures: readonly Picture[]; readonly at?: number; readonly isStopped?: boolean }
  /** `result` is absent while it runs. */
  | { readonly kind: "tool"; readonly key: string; readonly name: string; readonly args: unknown; readonly result?: string; readonly isError?: boolean; readonly at?: number }
  /** Put into the conversation by an operator, said by nobody. */
  | { readonly kind: "note"; readonly key: string; readonly label?: string; readonly text: string; readonly at?: number };

type Part = Exclude<ChatMessage["content"], string>[number];

/** A transcript as a reader sees it: a tool's result stands with its call, and what says nothing is left out. */
export function entriesOf(messages: readonly ChatMessage[]): readonly Entry[] {
  const seen = new Map<string, number>();
  /** Where the call stands whose result comes next, by its id. */
  const tools = new Map<string, number>();
  const entries: Entry[] = [];
  for (const message of messages) {
    if (message.role === "toolResult") addResult(message, { seen, entries, tools });
    else entries.push(...entriesFrom(message, { key: keyOf(message, seen), seen, entries, tools }));
  }
  return entries;
}

/** What has an id keeps it; the rest is told apart by its moment, and by its place among those of the same moment. */
function keyOf({ id, role, timestamp }: ChatMessage, seen: Map<string, number>): string {
  return counted(id === undefined ? `${role} ${timestamp ?? 0}` : messageKey(id), seen);
}

function counted(base: string, seen: Map<string, number>): string {
  const count = (seen.get(base) ?? 0) + 1;
  seen.set(base, count);
  return nth(base, count);
}

/** Models reuse the ids of their calls, and people their keys. */
export const nth = (base: string, count: number): string => (count === 1 ? base : `${base} #${count}`);

interface Place {
  readonly seen: Map<string, number>;
  readonly entries: Entry[];
  readonly tools: Map<string, number>;
}

/** The key of a message that was sent under that idempotency key. */
export const messageKey = (id: string): string => `message ${id}`;

function entriesFrom(message: ChatMessage, { key, seen, entries, tools }: Place & { readonly key: string }): readonly Entry[] {
  const { role, timestamp, stopReason } = message;
  const at = timestamp === undefined ? {} : { at: timestamp };
  const text = textOf(message);
  if (stopReason === "injected") return [{ kind: "note", key, ...labelled(text), ...at }];
  const parts = typeof message.content === "string" ? [] : (message.content ?? []);
  const pictures = parts.flatMap(pictureOf);
  const who = role === "user" ? "you" : role === "assistant" ? "assistant" : "system";
  const said: readonly Entry[] = text === "" && pictures.length === 0 ? [] : [{ kind: "said", key, who, text, pictures, ...at, ...(stopReason === "aborted" ? { isStopped: true } : {}) }];
  const calls = parts.flatMap(callOf).map(({ id, ...call }, index): Entry => {
    tools.set(id, entries.length + said.length + index);
    return { kind: "tool", key: counted(toolKey(id), seen), ...call, ...at };
  });
  return [...said, ...calls];
}

function addResult({ content, toolCallId, toolName, isError, timestamp }: ChatMessage, { seen, entries, tools }: Place): void {
  const id = toolCallId ?? `${toolName} ${timestamp}`;
  const place = tools.get(id);
  const call = place === undefined ? undefined : entries[place];
  const done: Entry = {
    kind: "tool",
    key: call?.key ?? counted(toolKey(id), seen),
    name: toolName ?? (call?.kind === "tool" ? call.name : "tool"),
    args: call?.kind === "tool" ? call.args : undefined,
    result: textOf({ content }),
    ...(isError === true ? { isError } : {}),
    ...(timestamp === undefined ? {} : { at: timestamp }),
  };
  if (place === undefined) entries.push(done);
  else entries[place] = done;
}

export const toolKey = (callId: string): string => `tool ${callId}`;

function callOf(part: Part): readonly { readonly id: string; readonly name: string; readonly args: unknown }[] {
  const { type, id, name, arguments: args } = part as Part & { readonly id?: unknown; readonly name?: unknown; readonly arguments?: unknown };
  return type === "toolCall" && typeof id === "string" && typeof name === "string" ? [{ id, name, args }] : [];
}

function pictureOf(part: Part): readonly Picture[] {
  const { type, mimeType, data, fileName } = part as Part & { readonly mimeType?: unknown; readonly data?: unknown; readonly fileName?: unknown };
  if (type !== "image" || typeof mimeType !== "string" || typeof data !== "string") return [];
  return [{ mimeType, base64: data, ...(typeof fileName === "string" ? { name: fileName } : {}) }];
}

export const textOf = ({ content }: Pick<ChatMessage, "content">): string =>
  typeof content === "string" ? content : (content ?? []).map((part) => (part.type === "text" ? (part.text ?? "") : "")).join("");

/** A note's label stands before it in brackets, as the gateway writes it. */
function labelled(text: string): { readonly label?: string; readonly text: string } {
  const [, label, rest] = /^\[([^\]\n]{1,100})\]\n\n([\s\S]*)$/.exec(text) ?? [];
  return label === undefined || rest === undefined ? { text } : { label, text: rest };
}
