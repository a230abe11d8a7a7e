/** A text that a session's next turn should hear of first. */
export interface WaitingEvent {
  readonly id: string;
  readonly text: string;
}

/** What waits for one session's next turn, oldest first. A plain JSON value. */
export interface WaitingEvents {
  readonly agentId: string;
  readonly events: readonly WaitingEvent[];
  /** Somebody wants that turn now: where the gateway ended before it came, it is made up for. */
  readonly isUrgent?: boolean;
}

export const EVENTS_LIMIT = 20;
/** Sessions that texts wait for; the one that has waited longest gives way. */
export const SESSIONS_LIMIT = 64;

interface Queueing extends WaitingEvent {
  readonly agentId: string;
  /** Events that a turn hears right now: the same text once more is a new one. */
  readonly isHeard: (id: string) => boolean;
}

/** With one more text. One that says the same as the newest is none. */
export function queued(before: WaitingEvents | undefined, { id, text, agentId, isHeard }: Queueing): WaitingEvents {
  const { events = [], ...rest } = before ?? {};
  const newest = events.at(-1);
  const isKnown = newest !== undefined && newest.text === text && !isHeard(newest.id);
  return { ...rest, agentId, events: isKnown ? events : [...events, { id, text }].slice(-EVENTS_LIMIT) };
}

/** Without those that were heard, and no more urgent; `undefined` where none is left. */
export function withoutHeard({ agentId, events }: WaitingEvents, ids: ReadonlySet<string>): WaitingEvents | undefined {
  const left = events.filter(({ id }) => !ids.has(id));
  return left.length === 0 ? undefined : { agentId, events: left };
}
