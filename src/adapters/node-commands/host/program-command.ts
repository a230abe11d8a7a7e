import type { Cancel } from "../../../ports/cancel.js";
import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../../ports/node-command.js";
import type { Turns } from "../turns.js";
import { GIVEN_UP } from "./host-program.js";

export interface ProgramCommandParts {
  readonly name: string;
  readonly isThere: () => Promise<boolean>;
  readonly run: (params: unknown, call: { readonly cancel: Cancel }) => Promise<NodeCommandOutcome>;
  /** Of all that use the same camera or screen. */
  readonly turns: Turns;
}

/** Something that a host does for one caller after another, and that ends when the node does. */
export class ProgramCommand implements NodeCommand {
  readonly #parts: ProgramCommandParts;
  readonly #ends = new Set<AbortController>();

  constructor(parts: ProgramCommandParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  available(): Promise<boolean> {
    return this.#parts.isThere();
  }

  async run(params: unknown, { cancel }: NodeCall): Promise<NodeCommandOutcome> {
    const end = new AbortController();
    const giveUp = (): void => end.abort();
    this.#ends.add(end);
    cancel.addEventListener("abort", giveUp);
    if (cancel.aborted) giveUp();
    const { turns, run } = this.#parts;
    try {
      return await turns.take(async () => (end.signal.aborted ? GIVEN_UP : await run(params, { cancel: end.signal })));
    } finally {
      cancel.removeEventListener("abort", giveUp);
      this.#ends.delete(end);
    }
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end.abort();
    await this.#parts.turns.over();
  }
}
