/** A part of a message's content, in the shape that clients of the gateway read. */
export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly mimeType: string; readonly data: string; readonly fileName?: string }
  | { readonly type: "toolCall"; readonly id: string; readonly name: string; readonly arguments: unknown };

/** One line of a transcript. `timestamp` in milliseconds since the epoch. */
export interface TranscriptMessage {
  readonly role: "user" | "assistant" | "toolResult" | "system";
  readonly content: readonly ContentPart[];
  readonly timestamp: number;
  readonly id?: string;
  readonly toolCallId?: string;
  readonly toolName?: string;
  readonly isError?: boolean;
  readonly provider?: string;
  readonly model?: string;
  readonly stopReason?: string;
  readonly usage?: { readonly input: number; readonly output: number; readonly total: number };
}

/** What the index holds of one session. Keys as in the index file of an existing state folder; unknown ones are kept in `extra`. */
export interface SessionEntry {
  readonly key: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly updatedAt: number;
  readonly label?: string;
  readonly displayName?: string;
  readonly channel?: string;
  readonly chatType?: string;
  readonly thinkingLevel?: string;
  readonly verboseLevel?: string;
  readonly reasoningLevel?: string;
  readonly elevatedLevel?: string;
  readonly responseUsage?: string;
  readonly sendPolicy?: string;
  readonly groupActivation?: string;
  readonly execHost?: string;
  readonly execSecurity?: string;
  readonly execAsk?: string;
  readonly execNode?: string;
  readonly spawnedBy?: string;
  readonly modelOverride?: string;
  readonly providerOverride?: string;
  readonly systemSent?: boolean;
  readonly abortedLastRun?: boolean;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly totalTokens?: number;
  readonly lastChannel?: string;
  readonly lastTo?: string;
  readonly lastAccountId?: string;
  readonly lastThreadId?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The text of a message, its parts joined. */
export const textOf = (message: TranscriptMessage): string =>
  message.content.map((part) => (part.type === "text" ? part.text : "")).join("");
