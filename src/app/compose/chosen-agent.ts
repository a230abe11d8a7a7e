import type { AgentRuntime, AgentStep, AgentTurn, ModelFacts } from "../../ports/agent-runtime.js";
import type { Cancel } from "../../ports/cancel.js";

/** A way to make a runtime, and a text that is another one wherever that would make another runtime. */
export interface AgentChoice {
  readonly identity: string;
  /** Loads what it is made of. */
  make(): Promise<AgentRuntime>;
}

interface Chosen {
  readonly identity: string;
  readonly runtime: AgentRuntime;
  turns: number;
  isOver: boolean;
}

/** The runtime that the configuration names. One that it no longer names ends its turns and is closed after them. */
export class ChosenAgent implements AgentRuntime {
  readonly #choose: () => AgentChoice;
  #chosen: Chosen;

  private constructor(choose: () => AgentChoice, chosen: Chosen) {
    this.#choose = choose;
    this.#chosen = chosen;
  }

  static async open(choose: () => AgentChoice): Promise<ChosenAgent> {
    return new ChosenAgent(choose, await made(choose()));
  }

  /** Chooses anew, as the configuration is now. */
  async refresh(): Promise<void> {
    const choice = this.#choose();
    if (choice.identity === this.#chosen.identity) return;
    const before = this.#chosen;
    this.#chosen = await made(choice);
    before.isOver = true;
    if (before.turns === 0) await before.runtime.close?.();
  }

  /** The one that the next turn is run by. */
  get runtime(): AgentRuntime {
    return this.#chosen.runtime;
  }

  models(): readonly ModelFacts[] {
    return this.runtime.models();
  }

  get configured(): boolean {
    return this.runtime.configured;
  }

  get steers(): boolean {
    return this.runtime.steers === true;
  }

  async *run(turn: AgentTurn, cancel: Cancel): AsyncGenerator<AgentStep, void, void> {
    const chosen = this.#chosen;
    chosen.turns += 1;
    try {
      yield* chosen.runtime.run(turn, cancel);
    } finally {
      chosen.turns -= 1;
      if (chosen.isOver && chosen.turns === 0) await chosen.runtime.close?.();
    }
  }

  async close(): Promise<void> {
    await this.runtime.close?.();
  }
}

const made = async ({ identity, make }: AgentChoice): Promise<Chosen> => ({ identity, runtime: await make(), turns: 0, isOver: false });
