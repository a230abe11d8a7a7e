import type { ContentBlock } from "@agentclientprotocol/sdk";
import { textOf } from "../../../domain/sessions/session.js";
import type { TranscriptMessage } from "../../../domain/sessions/session.js";
import type { AgentTurn } from "../../../ports/agent-runtime.js";
import { cut } from "./condense.js";
import type { AgentGreeting } from "./translate.js";

/** In UTF-16 units. What is older than the last of it is left out. */
const MAX_TRANSCRIPT = 60_000;
const MAX_TOOL_RESULT = 1_000;

export interface PromptContext {
  /** The conversation is new to the agent, so it gets what was said before. */
  readonly isNew: boolean;
  /** What the agent was told last to go by, in this conversation. */
  readonly toldInstructions: string | undefined;
}

/** A turn as the protocol's prompt: what the agent cannot know first, then the message, then what is attached. */
export const renderPrompt = (turn: AgentTurn, greeting: AgentGreeting, context: PromptContext): readonly ContentBlock[] => {
  const { systemPrompt } = turn;
  const preface = [
    ...(systemPrompt === undefined || systemPrompt === context.toldInstructions ? [] : [`[Instructions for this conversation]\n${systemPrompt}`]),
    ...(context.isNew && turn.history.length > 0 ? [renderTranscript(turn.history)] : []),
  ].join("\n\n");
  const attached = turn.attachments.map((attachment, at) => renderAttachment(attachment, greeting, at));
  const texts = [preface, turn.message].filter((text) => text !== "").map((text): ContentBlock => ({ type: "text", text }));
  // A prompt without any content is not one.
  return texts.length + attached.length === 0 ? [{ type: "text", text: " " }] : [...texts, ...attached];
};

const renderTranscript = (history: readonly TranscriptMessage[]): string => {
  const told: string[] = [];
  let room = MAX_TRANSCRIPT;
  for (const message of history.toReversed()) {
    const line = renderMessage(message);
    if (line === undefined) continue;
    room -= line.length;
    if (room < 0) break;
    told.push(line);
  }
  return [
    "[The conversation so far. It is answered already; the new message follows it.]",
    ...told.toReversed(),
    "[End of the conversation so far]",
  ].join("\n\n");
};

const SPEAKERS = { user: "User", assistant: "You", toolResult: "Tool", system: "System" } as const;

const renderMessage = (message: TranscriptMessage): string | undefined => {
  const text = textOf(message).trim();
  if (text === "") return undefined;
  return `${SPEAKERS[message.role]}: ${cut(text, message.role === "toolResult" ? MAX_TOOL_RESULT : MAX_TRANSCRIPT / 2)}`;
};

const renderAttachment = ({ mimeType, fileName, base64 }: AgentTurn["attachments"][number], greeting: AgentGreeting, at: number): ContentBlock => {
  if (mimeType.startsWith("image/") && greeting.images) return { type: "image", mimeType, data: base64 };
  if (mimeType.startsWith("audio/") && greeting.audio) return { type: "audio", mimeType, data: base64 };
  if (greeting.files) {
    // The URI only names the file: nothing can be fetched there.
    return { type: "resource", resource: { uri: `attachment:///${at + 1}/${encodeURIComponent(fileName ?? "file")}`, mimeType, blob: base64 } };
  }
  return { type: "text", text: `[Attached, but this agent cannot read it: ${fileName ?? "a file"} (${mimeType})]` };
};
