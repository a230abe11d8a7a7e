import { ACTION_TTL_MS, decideAction, MAX_ACTION_BYTES, MAX_ACTIONS_PER_NODE, waitingActions, type ActionCommand, type ActionDecision, type PendingAction } from "../../../domain/nodes/pending-action.js";
import { invalidRequest, unavailable, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { GatewayParts } from "../parts.js";
import { shownCommand } from "./node-errors.js";
import { exceeds } from "./node-result.js";

export interface ActionAsk {
  readonly nodeId: string;
  readonly command: string;
  readonly paramsJSON: string | null;
  readonly ttlMs?: number;
}

export type Enqueued = { readonly kind: "queued"; readonly action: PendingAction } | { readonly kind: "refused"; readonly error: ErrorShape };

const FULL = {
  "node-full": `${MAX_ACTIONS_PER_NODE} commands wait for this node already; open its app so that it fetches them, then retry`,
  "all-full": "too many commands wait for nodes; retry when some of them were fetched",
} as const;

/** Commands that wait for nodes to wake. Written down before anybody is told that they wait. */
export class ActionDesk {
  readonly #parts: Pick<GatewayParts, "clock" | "ids" | "records" | "log">;

  constructor(parts: Pick<GatewayParts, "clock" | "ids" | "records" | "log">) {
    this.#parts = parts;
  }

  async enqueue({ nodeId, command, paramsJSON, ttlMs = ACTION_TTL_MS }: ActionAsk): Promise<Enqueued> {
    if (paramsJSON !== null && exceeds(paramsJSON, MAX_ACTION_BYTES)) {
      return { kind: "refused", error: invalidRequest(`params of a command that waits may have ${MAX_ACTION_BYTES} bytes at most; invoke it when the node is connected`) };
    }
    const decision = await this.#decide({ kind: "enqueue", id: this.#parts.ids.uuid(), nodeId, command, paramsJSON, ttlMs });
    if (decision.kind === "refused") return { kind: "refused", error: unavailable(FULL[decision.reason], { retryable: true, retryAfterMs: 60_000, details: { code: "QUEUE_FULL" } }) };
    const [action] = decision.actions;
    if (!action) throw new Error("a command was queued and is not there");
    this.#parts.log.info("a command waits for its node", { nodeId, command: shownCommand(command), actionId: action.id });
    return { kind: "queued", action };
  }

  waiting(nodeId: string, mayFetch: (command: string) => boolean): readonly PendingAction[] {
    return waitingActions(this.#parts.records.nodeActions.view(), nodeId, this.#parts.clock.now()).filter(({ command }) => mayFetch(command));
  }

  /** Takes off what the node did; gives back which of the ids were its own. */
  async ack(nodeId: string, ids: readonly string[]): Promise<readonly string[]> {
    const decision = await this.#decide({ kind: "ack", nodeId, ids });
    return decision.kind === "done" ? decision.actions.map(({ id }) => id) : [];
  }

  async drain(nodeId: string, mayFetch: (command: string) => boolean, most: number): Promise<readonly PendingAction[]> {
    const decision = await this.#decide({ kind: "drain", nodeId, mayFetch, most });
    return decision.kind === "done" ? decision.actions : [];
  }

  async forget(nodeId: string): Promise<void> {
    await this.#decide({ kind: "forget", nodeId });
  }

  #decide(command: ActionCommand): Promise<ActionDecision> {
    const { records, clock } = this.#parts;
    return records.nodeActions.update((book) => {
      const value = decideAction(book, command, clock.now());
      return { changes: value.kind === "done" ? value.changes : new Map(), value };
    });
  }
}

/** What waits, as a node is told it. */
export const actionView = ({ id, command, paramsJSON, enqueuedAtMs }: PendingAction) => ({ id, command, paramsJSON, enqueuedAtMs });
