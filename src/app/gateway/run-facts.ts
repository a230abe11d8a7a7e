import type { EpochMs } from "../../domain/moment.js";
import type { Usage } from "../../domain/runs/narration.js";
import type { RunFailure } from "../../domain/runs/outcome.js";
import type { AgentTurn } from "../../ports/agent-runtime.js";

export interface RunRequest {
  readonly runId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  /** The transcript of a session that does not exist yet. */
  readonly sessionId?: string;
  readonly message: string;
  readonly attachments: AgentTurn["attachments"];
  readonly thinking?: string;
  readonly model?: string;
  readonly extraSystemPrompt?: string;
  /** From when its turn comes; 0 for none. */
  readonly timeoutMs: number;
  /** Of a turn that nobody asked for in a chat: chats hear of it, and its transcript keeps it, only where this says so of its answer. */
  readonly isWorthTelling?: (text: string) => boolean;
  /** Names the message, so that a turn that is begun again after a crash does not find it twice in its transcript. */
  readonly messageId?: string;
  /** Hears the answer so far, each time it has grown. */
  readonly watch?: (text: string) => void;
  /** What was said meanwhile and is for this turn still: asked between its steps, given once. */
  readonly steering?: () => readonly string[];
}

export interface RunEnd {
  readonly runId: string;
  readonly sessionId: string;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  readonly text: string;
  readonly provider?: string;
  readonly model?: string;
  readonly usage?: Usage;
  readonly failure?: RunFailure;
  readonly stopReason: string;
}
