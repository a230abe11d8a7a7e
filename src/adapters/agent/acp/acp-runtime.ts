import process from "node:process";
import { after } from "../../../domain/moment.js";
import type { RunFailure } from "../../../domain/runs/outcome.js";
import type { AgentRuntime, AgentStep, AgentTurn, ModelFacts } from "../../../ports/agent-runtime.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import { AgentSupply } from "./agent-supply.js";
import type { Supply } from "./agent-supply.js";
import { agentName, SESSION_IDLE_MS, STARTUP_TIMEOUT_MS } from "./config.js";
import type { AcpConfig } from "./config.js";
import { Conversations } from "./conversations.js";
import type { Conversation } from "./conversations.js";
import { TOO_LATE, within } from "./deadline.js";
import type { Environment } from "./environment.js";
import { ABORTED, broken, isLostConversation, NOT_CONFIGURED, oddAnswer, overflowed, refused, slowStart, stoppedFor } from "./failure.js";
import { renderPrompt } from "./prompt.js";
import { TurnFeed } from "./turn-feed.js";
import { TurnLanes } from "./turn-lanes.js";
import { UpdateReader } from "./update-reader.js";

export interface AcpRuntimeParts {
  /** `undefined`: each turn fails and says what to configure. */
  readonly config: AcpConfig | undefined;
  readonly clock: Clock;
  /** Where the agent works, unless the configuration names a folder. Made where it is missing. */
  readonly workspace: string;
  /** What the agent's environment is chosen from. The process's, unless given. */
  readonly env?: Environment;
  /** The gateway's, which the agent is told. */
  readonly version?: string;
}

/** How long an agent may go on with a turn that was stopped. */
const STOP_MS = 5_000;

const failed = (failure: RunFailure): Extract<AgentStep, { kind: "failed" }> => ({ kind: "failed", failure });

interface Work {
  readonly turn: AgentTurn;
  readonly feed: TurnFeed;
  readonly agent: Extract<Supply, { kind: "ready" }>;
  readonly config: AcpConfig;
}

/**
 * Answers with an agent that runs as a program of its own and speaks the Agent Client Protocol. It works with its own
 * tools, under the permissions of the configuration; the turn's tools and its model are not its concern.
 */
export class AcpRuntime implements AgentRuntime {
  readonly #config: AcpConfig | undefined;
  readonly #clock: Clock;
  readonly #supply: AgentSupply | undefined;
  readonly #conversations: Conversations;
  readonly #lanes = new TurnLanes();

  constructor({ config, clock, workspace, env = process.env, version = "0.0.0" }: AcpRuntimeParts) {
    this.#config = config;
    this.#clock = clock;
    this.#conversations = new Conversations(clock, config?.sessionIdleMs ?? SESSION_IDLE_MS);
    if (config === undefined) return;
    this.#supply = new AgentSupply({ config, clock, env, version, workspace, onGone: (link) => { this.#conversations.drop(link); } });
  }

  /** Whether a program is named. Whether it can be started is told when a turn is run. */
  get configured(): boolean {
    return this.#config !== undefined;
  }

  models(): readonly ModelFacts[] {
    if (this.#config === undefined) return [];
    const name = agentName(this.#config);
    return [{ id: name, name, provider: "acp" }];
  }

  async *run(turn: AgentTurn, cancel: Cancel): AsyncGenerator<AgentStep, void, void> {
    if (cancel.aborted) {
      yield failed(ABORTED);
      return;
    }
    const feed = new TurnFeed();
    const stop = (): void => { feed.cutOff(failed(ABORTED)); };
    cancel.addEventListener("abort", stop);
    // It goes on after the steps have ended early, until the agent has let go of the conversation.
    this.#lanes.run(keyOf(turn), () => this.#work(turn, feed)).catch((error: unknown) => { feed.break(error); });
    try {
      yield* feed.steps();
    } finally {
      cancel.removeEventListener("abort", stop);
      stop();
    }
  }

  async close(): Promise<void> {
    await this.#supply?.close();
  }

  async #work(turn: AgentTurn, feed: TurnFeed): Promise<void> {
    const config = this.#config;
    if (config === undefined || this.#supply === undefined) {
      feed.finish(failed(NOT_CONFIGURED));
      return;
    }
    if (feed.isCutOff) return;
    const agent = await this.#supply.get();
    if (agent.kind === "failed") feed.finish(failed(agent.failure));
    else if (!feed.isCutOff) await this.#converse({ turn, feed, agent, config });
  }

  async #converse(work: Work): Promise<void> {
    const { turn, feed, config, agent: { link, name, cwd } } = work;
    const key = keyOf(turn);
    feed.push({ kind: "model", provider: "acp", model: name });
    try {
      const conversation = await within(config.startupTimeoutMs ?? STARTUP_TIMEOUT_MS, this.#clock, this.#conversations.take(key, link, cwd));
      if (conversation === TOO_LATE) {
        feed.finish(failed(slowStart(name)));
        await link.end("slow");
      } else if (conversation === undefined) feed.finish(failed(oddAnswer(name)));
      else await this.#prompt(conversation, work).finally(() => { this.#conversations.giveBack(key); });
    } catch (error) {
      const secrets = Object.values(config.env ?? {});
      if (link.broken.aborted) feed.finish(failed(broken(name, await link.over, secrets)));
      else if (typeof (error as { code?: unknown }).code !== "number") throw error;
      else {
        if (isLostConversation(error)) this.#conversations.forget(key);
        feed.finish(failed(refused(name, error, secrets)));
      }
    }
  }

  async #prompt(conversation: Conversation, { turn, feed, config, agent: { link, name } }: Work): Promise<void> {
    if (feed.isCutOff) return;
    const { sessionId } = conversation;
    const reader = new UpdateReader({
      permissions: config.permissions ?? {},
      tell: (step) => { feed.push(step); },
      overflow: () => { feed.cutOff(failed(overflowed(name))); },
      isOver: () => feed.isCutOff,
    });
    const asked = link.prompt(sessionId, renderPrompt(turn, link.greeting, conversation), reader);
    let cancelEnd = (): void => {};
    const forget = feed.whenCutOff(() => {
      link.cancel(sessionId);
      cancelEnd = this.#clock.callAt(after(this.#clock.now(), STOP_MS), () => { void link.end("deaf"); });
    });
    try {
      const reason = await asked;
      const failure = stoppedFor(name, reason);
      conversation.isNew = false;
      conversation.toldInstructions = turn.systemPrompt ?? conversation.toldInstructions;
      this.#supply?.worked();
      if (failure === undefined) reader.close();
      feed.finish(failure === undefined ? { kind: "done", stopReason: stopReasonOf(reason) } : failed(failure));
    } finally {
      forget();
      cancelEnd();
    }
  }
}

const keyOf = (turn: AgentTurn): string => `${turn.sessionKey}\n${turn.sessionId}`;

const stopReasonOf = (reason: string | undefined): string => (reason === "end_turn" ? "stop" : "length");
