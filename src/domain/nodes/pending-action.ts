import { countOf, fieldsOf, textOf } from "../foreign-fields.js";
import { after, type EpochMs } from "../moment.js";

/** A command that waits for its node to wake and fetch it. A JSON value. */
export interface PendingAction {
  readonly id: string;
  readonly nodeId: string;
  readonly command: string;
  readonly paramsJSON: string | null;
  readonly enqueuedAtMs: EpochMs;
  readonly expiresAtMs: EpochMs;
}

export type ActionBook = ReadonlyMap<string, PendingAction>;

/** Nobody wants yesterday's picture: what was not fetched by then is dropped. */
export const ACTION_TTL_MS = 10 * 60_000;
export const MAX_ACTIONS_PER_NODE = 64;
export const MAX_ACTIONS = 2_048;
/** Of one action, as JSON. */
export const MAX_ACTION_BYTES = 16 * 1024;

export type ActionCommand =
  | { readonly kind: "enqueue"; readonly id: string; readonly nodeId: string; readonly command: string; readonly paramsJSON: string | null; readonly ttlMs: number }
  /** Takes off what the node has done. Only its own. */
  | { readonly kind: "ack"; readonly nodeId: string; readonly ids: readonly string[] }
  /** Takes off what the node fetches now. */
  | { readonly kind: "drain"; readonly nodeId: string; readonly mayFetch: MayFetch; readonly most: number }
  | { readonly kind: "forget"; readonly nodeId: string };

/** Whether a node may be told this command at all, as things are now. */
export type MayFetch = (command: string) => boolean;

export type ActionDecision =
  | { readonly kind: "done"; readonly changes: ReadonlyMap<string, PendingAction | undefined>; readonly actions: readonly PendingAction[] }
  | { readonly kind: "refused"; readonly reason: "node-full" | "all-full" };

/** What waits for a node, oldest first. */
export const waitingActions = (book: ActionBook, nodeId: string, now: EpochMs): readonly PendingAction[] =>
  [...book.values()].filter((action) => action.nodeId === nodeId && now < action.expiresAtMs);

const gone = (actions: Iterable<PendingAction>): readonly (readonly [string, undefined])[] => [...actions].map(({ id }) => [id, undefined] as const);

export function decideAction(book: ActionBook, command: ActionCommand, now: EpochMs): ActionDecision {
  const expired = gone([...book.values()].filter(({ expiresAtMs }) => now >= expiresAtMs));
  const waiting = waitingActions(book, command.nodeId, now);
  switch (command.kind) {
    case "enqueue": {
      if (waiting.length >= MAX_ACTIONS_PER_NODE) return { kind: "refused", reason: "node-full" };
      if (book.size - expired.length >= MAX_ACTIONS) return { kind: "refused", reason: "all-full" };
      const { id, nodeId, command: name, paramsJSON, ttlMs } = command;
      const action: PendingAction = { id, nodeId, command: name, paramsJSON, enqueuedAtMs: now, expiresAtMs: after(now, Math.min(ttlMs, ACTION_TTL_MS)) };
      return { kind: "done", changes: new Map<string, PendingAction | undefined>([...expired, [id, action]]), actions: [action] };
    }
    case "ack": {
      const acked = waiting.filter(({ id }) => command.ids.includes(id));
      return { kind: "done", changes: new Map([...expired, ...gone(acked)]), actions: acked };
    }
    case "drain": {
      const fetched = waiting.filter((action) => command.mayFetch(action.command)).slice(0, command.most);
      return { kind: "done", changes: new Map([...expired, ...gone(fetched)]), actions: fetched };
    }
    case "forget":
      return { kind: "done", changes: new Map([...expired, ...gone(waiting)]), actions: waiting };
  }
}

/** A record as this version writes it; `undefined` for what is none, which its store takes for damage. */
export function parsePendingAction(value: unknown): PendingAction | undefined {
  const action = fieldsOf(value);
  const named = ["id", "nodeId", "command"].every((name) => textOf(action?.[name]) !== undefined);
  const dated = ["enqueuedAtMs", "expiresAtMs"].every((name) => countOf(action?.[name]) !== undefined);
  const params = action?.["paramsJSON"];
  return named && dated && (params === null || typeof params === "string") ? (value as PendingAction) : undefined;
}
