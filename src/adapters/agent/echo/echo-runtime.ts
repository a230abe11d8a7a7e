import { setImmediate as nextTurnOfTheLoop } from "node:timers/promises";
import type { AgentRuntime, AgentStep, AgentTurn, ModelFacts } from "../../../ports/agent-runtime.js";
import type { Cancel } from "../../../ports/cancel.js";

const HOW_TO_CONFIGURE = [
  "No model is configured, so this gateway only repeats what it hears.",
  "To configure one, set `agents.defaults.model` and its provider under `models.providers.<id>`, for example:",
  "",
  "    openclaw config set models.providers.local '{\"baseUrl\":\"http://127.0.0.1:11434/v1\",\"models\":[{\"id\":\"llama3.2\"}]}'",
  "    openclaw config set agents.defaults.model local/llama3.2",
].join("\n");

const MAX_DELTAS = 256;

/** The words of `text`, each with the white space after it; neighbours share a piece where there would be too many. */
const piecesOf = (text: string): string[] => {
  const words = text.match(/\s*\S+\s*/gu) ?? [];
  const perPiece = Math.ceil(words.length / MAX_DELTAS);
  const pieces: string[] = [];
  for (let at = 0; at < words.length; at += perPiece) pieces.push(words.slice(at, at + perPiece).join(""));
  return pieces;
};

/** Stands in while no model is configured: repeats the message word by word, then says how to configure a model. */
export class EchoRuntime implements AgentRuntime {
  readonly configured = false;

  /** Empty: nothing here is a model that a turn could name. */
  models(): readonly ModelFacts[] {
    return [];
  }

  async *run(turn: AgentTurn, cancel: Cancel): AsyncGenerator<AgentStep, void, void> {
    const heard = piecesOf(turn.message);
    const closing = heard.length === 0 ? HOW_TO_CONFIGURE : `\n\n${HOW_TO_CONFIGURE}`;
    if (!cancel.aborted) yield { kind: "model", provider: "echo", model: "echo" };
    for (const delta of [...heard, closing]) {
      // Without a turn of the loop between two words a client would get them all at once, and no cancel could come between.
      await nextTurnOfTheLoop();
      if (cancel.aborted) break;
      yield { kind: "text", delta };
    }
    yield cancel.aborted
      ? { kind: "failed", failure: { reason: "aborted", message: "The run was stopped." } }
      : { kind: "done", stopReason: "stop" };
  }
}
