import type { RequestPermissionOutcome, RequestPermissionRequest } from "@agentclientprotocol/sdk";
import type { AgentStep } from "../../../ports/agent-runtime.js";
import type { ConversationListener } from "./agent-link.js";
import type { AcpPermissions } from "./config.js";
import { judgePermission } from "./permission.js";
import { parseTool } from "./translate.js";
import type { AgentUpdate, ToolUpdate } from "./translate.js";

/** In UTF-16 units and counting each step as a hundred: what one turn may tell. */
const MAX_ANSWER = 8 * 1024 * 1024;
const STEP_COST = 100;

export interface ReaderParts {
  readonly permissions: AcpPermissions;
  readonly tell: (step: AgentStep) => void;
  /** Called once it has told more than an answer can hold; nothing is told afterwards. */
  readonly overflow: () => void;
  /** Whether the turn is over for whoever asked. */
  readonly isOver: () => boolean;
}

interface Call {
  readonly toolKind: string;
  readonly result: unknown;
  readonly ended: boolean;
}

/** Makes the steps of one turn of what the agent tells about it, and answers its requests for permission. */
export class UpdateReader implements ConversationListener {
  readonly #parts: ReaderParts;
  readonly #calls = new Map<string, Call>();
  #messageId: string | undefined;
  #room = MAX_ANSWER;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  heard(update: AgentUpdate): void {
    if (this.#room <= 0) return;
    if (update.kind === "thought") this.#tell({ kind: "thinking", delta: update.text }, update.text.length);
    else if (update.kind === "text") this.#say(update.text, update.messageId);
    else if (update.kind === "tool") this.#tool(update);
  }

  asked(request: RequestPermissionRequest): RequestPermissionOutcome {
    // Who stops a turn has withdrawn whatever it would have been allowed.
    if (this.#parts.isOver()) return { outcome: "cancelled" };
    const call = parseTool(request.toolCall);
    if (call.kind !== "tool") return { outcome: "cancelled" };
    const verdict = judgePermission(request, this.#parts.permissions, this.#calls.get(call.callId)?.toolKind);
    if (verdict.kind === "denied") this.#end(call, { result: verdict.why, isError: true });
    return verdict.outcome;
  }

  /** Ends what the agent began and never told the end of. Call once the agent has finished. */
  close(): void {
    for (const [callId, call] of this.#calls) {
      if (!call.ended) this.#tell({ kind: "tool-end", callId, name: call.toolKind, result: call.result ?? "", isError: false }, 0);
    }
    this.#calls.clear();
  }

  #say(text: string, messageId: string | undefined): void {
    const isAnother = messageId !== undefined && this.#messageId !== undefined && messageId !== this.#messageId;
    this.#messageId = messageId ?? this.#messageId;
    // Two messages in a row would run into one another.
    this.#tell({ kind: "text", delta: isAnother ? `\n\n${text}` : text }, text.length);
  }

  #tool(update: ToolUpdate): void {
    if (update.status === "completed") this.#end(update, { result: update.result, isError: false });
    else if (update.status === "failed") this.#end(update, { result: update.result, isError: true });
    else {
      const call = this.#begin(update);
      if (update.result !== undefined) this.#calls.set(update.callId, { ...call, result: update.result });
    }
  }

  #begin(update: ToolUpdate): Call {
    const known = this.#calls.get(update.callId);
    if (known !== undefined) return known;
    const call: Call = { toolKind: update.toolKind ?? "other", result: undefined, ended: false };
    this.#calls.set(update.callId, call);
    const args = {
      ...(update.title === undefined ? {} : { title: update.title }),
      ...(update.input === undefined ? {} : { input: update.input }),
      ...(update.paths === undefined ? {} : { paths: update.paths }),
    };
    this.#tell({ kind: "tool-start", callId: update.callId, name: call.toolKind, args }, sizeOf(args));
    return call;
  }

  #end(update: ToolUpdate, outcome: { readonly result: unknown; readonly isError: boolean }): void {
    const call = this.#begin(update);
    // A call that was denied has ended, whatever the agent says of it afterwards.
    if (call.ended) return;
    const result = outcome.result ?? call.result ?? "";
    this.#calls.set(update.callId, { ...call, result: undefined, ended: true });
    this.#messageId = undefined;
    this.#tell({ kind: "tool-end", callId: update.callId, name: call.toolKind, result, isError: outcome.isError }, sizeOf(result));
  }

  #tell(step: AgentStep, size: number): void {
    if (this.#room <= 0) return;
    this.#room -= size + STEP_COST;
    if (this.#room > 0) this.#parts.tell(step);
    else this.#parts.overflow();
  }
}

const sizeOf = (value: unknown): number => JSON.stringify(value).length;
