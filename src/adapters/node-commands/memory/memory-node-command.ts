import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../../ports/node-command.js";

type Act = (params: unknown, call: NodeCall) => NodeCommandOutcome | Promise<NodeCommandOutcome>;

const givenUp: NodeCommandOutcome = { kind: "failed", code: "UNAVAILABLE", message: "the call was given up." };

/** A command without a host: answers what it is told to, and remembers what it was asked. */
export class MemoryNodeCommand implements NodeCommand {
  readonly name: string;
  /** Whether the host can do it; may change. */
  isAvailable = true;
  /** What it was asked, in order. */
  readonly calls: { readonly params: unknown; readonly idempotencyKey?: string; readonly sessionKey?: string }[] = [];
  readonly #act: Act;
  readonly #open = new Set<() => void>();

  constructor(name: string, act: Act = () => ({ kind: "done", payload: { ok: true } })) {
    this.name = name;
    this.#act = act;
  }

  available(): Promise<boolean> {
    return Promise.resolve(this.isAvailable);
  }

  run(params: unknown, call: NodeCall): Promise<NodeCommandOutcome> {
    const { idempotencyKey, sessionKey } = call;
    this.calls.push({ params, ...(idempotencyKey === undefined ? {} : { idempotencyKey }), ...(sessionKey === undefined ? {} : { sessionKey }) });
    return new Promise((resolve, reject) => {
      const giveUp = (): void => settle(givenUp);
      const settle = (outcome: NodeCommandOutcome): void => {
        this.#open.delete(giveUp);
        call.cancel.removeEventListener("abort", giveUp);
        resolve(outcome);
      };
      if (call.cancel.aborted) return settle(givenUp);
      this.#open.add(giveUp);
      call.cancel.addEventListener("abort", giveUp);
      // What a test's own function throws is a failure of the test.
      Promise.resolve().then(() => this.#act(params, call)).then(settle, reject);
    });
  }

  close(): Promise<void> {
    for (const giveUp of this.#open) giveUp();
    return Promise.resolve();
  }
}
