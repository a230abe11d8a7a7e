import { fieldsOf, listOf, textOf } from "../../domain/foreign-fields.js";
import type { Client } from "../../client/client.js";
import type { Clock } from "../../ports/clock.js";
import type { Answer } from "./answer.js";
import { readInvocation, type Invocation } from "./invocation.js";

/** Of one pull. Gateways keep no more for a node. */
const MAX_ACTIONS = 64;

interface Parts {
  readonly client: Client;
  readonly clock: Clock;
  readonly nodeId: () => string;
  readonly perform: (invocation: Invocation) => Promise<Answer>;
}

/**
 * What was asked of this node while it was away: fetched after each connection, carried out in order, and only then
 * acknowledged, so that none is lost with a connection. Nobody hears how they went, since nobody waits for them.
 */
export class PendingActions {
  readonly #parts: Parts;
  #isAtWork = false;
  #isWanted = false;
  #fetchedAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Fetches what there is. Asked while it is at work, it does so once more. */
  async fetch({ atMostEveryMs = 0 }: { readonly atMostEveryMs?: number } = {}): Promise<void> {
    if (this.#parts.clock.now() - this.#fetchedAt < atMostEveryMs) return;
    this.#isWanted = true;
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      // What was not fetched or acknowledged is still there after the next connection.
      await this.#round().catch(() => undefined);
    }
    this.#isAtWork = false;
  }

  async #round(): Promise<void> {
    const { client, clock, nodeId, perform } = this.#parts;
    this.#fetchedAt = clock.now();
    const isOffered = client.hello?.features.methods.includes("node.pending.pull") === true;
    if (!isOffered) return;
    const pulled = fieldsOf(await client.request("node.pending.pull", {}, { whenClosed: "reject" }));
    for (const action of listOf(pulled?.["actions"]).slice(0, MAX_ACTIONS)) {
      const id = textOf(action["id"]);
      if (id === undefined) continue;
      // The action's own id, also where an acknowledgement was lost: then it comes again, and is known.
      const read = readInvocation({ ...action, idempotencyKey: `pending:${id}` }, nodeId());
      if (read.kind === "asked") await perform(read.invocation);
      await client.request("node.pending.ack", { ids: [id] }, { whenClosed: "reject" });
    }
  }
}
