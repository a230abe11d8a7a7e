import type { QueueMode } from "./policy.js";
import type { Spoken } from "./speech.js";
import { isStopWord } from "./stop-word.js";

/** A message that was admitted, on its way to a session's agent. Whoever plans may hang more on it. */
export interface LaneMessage {
  readonly messageId: string;
  readonly spoken: Spoken;
  /** Where its answer goes, as one text: only messages of one place are answered together. */
  readonly place: string;
  readonly mode: QueueMode;
}

export interface Lane<M extends LaneMessage> {
  readonly run: "none" | "on" | "stopping";
  /** Messages that were handed to the run under way. */
  readonly steered: number;
  readonly waiting: readonly M[];
}

/** Which message of whom: a platform may let its senders choose message ids. */
export interface MessageName {
  readonly place: string;
  readonly messageId: string;
  readonly speakerId: string;
}

export type LaneEvent<M extends LaneMessage> =
  /** `canSteer`: the run under way takes further messages. */
  | { readonly kind: "arrived"; readonly message: M; readonly canSteer: boolean }
  | { readonly kind: "edited"; readonly name: MessageName; readonly text: string }
  | { readonly kind: "withdrawn"; readonly name: MessageName }
  /** `unread`: what the run was handed and ended without reading, oldest first. */
  | { readonly kind: "ended"; readonly unread: readonly M[] };

export type LaneAction<M extends LaneMessage> =
  | { readonly kind: "start"; readonly messages: readonly M[] }
  | { readonly kind: "steer"; readonly message: M }
  | { readonly kind: "wait" }
  /** As much waits as may: its sender is told, with {@link renderLaneFull}. */
  | { readonly kind: "full" }
  /** Ends the run, if there is one, and is answered with {@link renderStopped}. Nobody waits any more. */
  | { readonly kind: "stop"; readonly wasRunning: boolean; readonly dropped: readonly M[] }
  /** An edit was put in its place, or it or a removal came too late for that. */
  | { readonly kind: "replaced" | "too-late" }
  /** Nobody waits for these any more. */
  | { readonly kind: "drop"; readonly dropped: readonly M[] }
  | { readonly kind: "rest" };

export interface LaneStep<M extends LaneMessage> {
  readonly lane: Lane<M>;
  readonly action: LaneAction<M>;
}

export const MAX_WAITING = 64;
/** Handed to one run; what comes after waits. */
export const MAX_STEERED = 64;

export const IDLE_LANE = { run: "none", steered: 0, waiting: [] } as const satisfies Lane<LaneMessage>;

/** What to do with a message while its session is busy or idle, and what comes next when a run has ended. One run at a time. */
export function stepLane<M extends LaneMessage>(lane: Lane<M>, event: LaneEvent<M>): LaneStep<M> {
  switch (event.kind) {
    case "arrived":
      return arrive(lane, event.message, event.canSteer);
    case "edited":
      return edit(lane, event.name, event.text);
    case "withdrawn":
      return withdraw(lane, event.name);
    case "ended":
      // Whoever said stop meant what was on its way to the run as well; what came after that is not meant.
      return next(lane.run === "stopping" ? lane.waiting : [...event.unread, ...lane.waiting]);
  }
}

function arrive<M extends LaneMessage>(lane: Lane<M>, message: M, canSteer: boolean): LaneStep<M> {
  if (isStop(lane, message.spoken.text)) {
    const wasRunning = lane.run !== "none";
    return { lane: { ...lane, run: wasRunning ? "stopping" : "none", waiting: [] }, action: { kind: "stop", wasRunning, dropped: lane.waiting } };
  }
  if (lane.run === "none") return next([...lane.waiting, message]);
  // Nothing may overtake what waits already.
  if (message.mode === "steer" && canSteer && lane.run === "on" && lane.waiting.length === 0 && lane.steered < MAX_STEERED) {
    return { lane: { ...lane, steered: lane.steered + 1 }, action: { kind: "steer", message } };
  }
  if (lane.waiting.length >= MAX_WAITING) return { lane, action: { kind: "full" } };
  return { lane: { ...lane, waiting: [...lane.waiting, message] }, action: { kind: "wait" } };
}

/** A bare "stop" is an answer like any other where there is nothing to stop; a command never is. */
const isStop = <M extends LaneMessage>(lane: Lane<M>, text: string): boolean =>
  isStopWord(text) && (lane.run !== "none" || lane.waiting.length > 0 || text.trim().startsWith("/"));

/** The next turn: the oldest message, and where messages are collected, those right after it that are answered in the same place. */
function next<M extends LaneMessage>(waiting: readonly M[]): LaneStep<M> {
  const [first] = waiting;
  if (first === undefined) return { lane: IDLE_LANE, action: { kind: "rest" } };
  const stranger = waiting.findIndex(({ mode, place }) => mode !== "collect" || place !== first.place);
  const count = stranger === -1 ? waiting.length : Math.max(1, stranger);
  return { lane: { run: "on", steered: 0, waiting: waiting.slice(count) }, action: { kind: "start", messages: waiting.slice(0, count) } };
}

const isNamed = (message: LaneMessage, { place, messageId, speakerId }: MessageName): boolean =>
  message.place === place && message.messageId === messageId && message.spoken.speaker.id === speakerId;

/** Whether a message has not been handed to a run yet. */
export const waitsIn = <M extends LaneMessage>(lane: Lane<M>, name: MessageName): boolean => lane.waiting.some((message) => isNamed(message, name));

function edit<M extends LaneMessage>(lane: Lane<M>, name: MessageName, text: string): LaneStep<M> {
  if (!waitsIn(lane, name)) return { lane, action: { kind: "too-late" } };
  const waiting = lane.waiting.map((message) => (isNamed(message, name) ? { ...message, spoken: { ...message.spoken, text } } : message));
  return { lane: { ...lane, waiting }, action: { kind: "replaced" } };
}

function withdraw<M extends LaneMessage>(lane: Lane<M>, name: MessageName): LaneStep<M> {
  if (!waitsIn(lane, name)) return { lane, action: { kind: "too-late" } };
  const dropped = lane.waiting.filter((message) => isNamed(message, name));
  return { lane: { ...lane, waiting: lane.waiting.filter((message) => !dropped.includes(message)) }, action: { kind: "drop", dropped } };
}

/** What whoever said stop reads. */
export function renderStopped({ wasRunning, dropped }: { readonly wasRunning: boolean; readonly dropped: readonly LaneMessage[] }): string {
  const first = wasRunning ? "Stopped." : "Nothing is running.";
  if (dropped.length === 0) return first;
  return `${first} ${dropped.length === 1 ? "One message that was waiting is dropped." : `${dropped.length} messages that were waiting are dropped.`}`;
}

export const renderLaneFull = (): string => "Too many messages are waiting here already, so this one was not taken. Please send it again once they are answered.";
