import { IDLE_LANE, renderLaneFull, renderStopped, stepLane, type Lane, type LaneAction, type MessageName } from "../../domain/messaging/lane-plan.js";
import { renderTurn } from "../../domain/messaging/speech.js";
import type { Envelope } from "../../domain/messaging/envelope.js";
import { traceOf } from "../../domain/reason.js";
import type { AgentRuntime } from "../../ports/agent-runtime.js";
import type { Log } from "../../ports/log.js";
import type { Arrival } from "./arrival.js";
import type { InboundDesk } from "./inbound-desk.js";
import type { ReplyDesk, ReplyTurn } from "./reply-desk.js";

interface Deps {
  readonly log: Log;
  readonly agent: AgentRuntime;
  readonly replies: ReplyDesk;
  readonly inbound: () => InboundDesk;
  /** Whether whoever wrote this may still write: that may have been taken back while it waited. */
  readonly isHeard: (envelope: Envelope) => boolean;
}

/** One conversation that is being held. */
interface Talk {
  lane: Lane<Arrival>;
  turn: ReplyTurn | undefined;
  /** Handed to the run under way, and not asked for yet; and what it asked for. */
  unread: Arrival[];
  read: Arrival[];
}

/** Whose turn it is in each session: one run at a time, and what comes meanwhile waits, joins or is collected as its owner wants it. */
export class ConversationDesk {
  readonly #talks = new Map<string, Talk>();
  readonly #deps: Deps;
  #isEnding = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  laneOf(sessionKey: string): Lane<Arrival> {
    return this.#talks.get(sessionKey)?.lane ?? IDLE_LANE;
  }

  arrive(arrival: Arrival): void {
    const { sessionKey } = arrival.route;
    const talk = this.#talks.get(sessionKey) ?? { lane: IDLE_LANE, turn: undefined, unread: [], read: [] };
    this.#talks.set(sessionKey, talk);
    const { lane, action } = stepLane(talk.lane, { kind: "arrived", message: arrival, canSteer: this.#deps.agent.steers === true });
    talk.lane = lane;
    this.#carryOut(talk, action, arrival);
  }

  /** Begins no more turns; what waits is kept for the next run of the gateway. Resolves when the last answer is planned. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.allSettled([...this.#talks.values()].map(({ turn }) => turn?.over));
  }

  /** A message that waits says something else now. */
  correct(sessionKey: string, name: MessageName, text: string): void {
    const talk = this.#talks.get(sessionKey);
    if (talk === undefined) return;
    talk.lane = stepLane(talk.lane, { kind: "edited", name, text }).lane;
    const changed = talk.lane.waiting.find((one) => one.place === name.place && one.messageId === name.messageId && one.spoken.speaker.id === name.speakerId);
    if (changed !== undefined) void this.#deps.inbound().correct(changed.key, text);
  }

  /** A message that waits was taken back. */
  withdraw(sessionKey: string, name: MessageName): void {
    const talk = this.#talks.get(sessionKey);
    if (talk === undefined) return;
    const { lane, action } = stepLane(talk.lane, { kind: "withdrawn", name });
    talk.lane = lane;
    if (action.kind === "drop") void this.#deps.inbound().finish(action.dropped.map(({ key }) => key));
  }

  #carryOut(talk: Talk, action: LaneAction<Arrival>, arrival: Arrival): void {
    switch (action.kind) {
      case "start":
        return this.#start(talk, action.messages);
      case "steer":
        talk.unread.push(action.message);
        return;
      case "full":
        return this.#say(arrival, renderLaneFull());
      case "stop":
        talk.turn?.stop();
        return this.#say(arrival, renderStopped(action), action.dropped);
      case "wait":
      case "drop":
      case "replaced":
      case "too-late":
      case "rest":
        return;
    }
  }

  /** Says something about the conversation itself, in place of an answer. What is dropped is gone before anybody reads that it is. */
  #say(arrival: Arrival, text: string, dropped: readonly Arrival[] = []): void {
    const inbound = this.#deps.inbound();
    void inbound
      .finish(dropped.map(({ key }) => key))
      .then(() => this.#deps.replies.say(arrival, text))
      .catch((error: unknown) => this.#failed(error, [arrival]));
  }

  #start(talk: Talk, waited: readonly Arrival[]): void {
    const [oldest] = waited;
    if (oldest === undefined || this.#isEnding) return;
    const messages = this.#heard(waited);
    const [first] = messages;
    if (first === undefined) return this.#next(oldest.route.sessionKey, talk);
    const isDirect = first.envelope.chat.kind === "direct";
    const text = renderTurn({ history: messages.flatMap(({ history }) => history()), messages: messages.map(({ spoken }) => spoken), isDirect });
    talk.unread = [];
    talk.read = [];
    talk.turn = this.#deps.replies.begin({
      messages,
      text,
      steering: () => {
        const taken = this.#heard(talk.unread);
        talk.unread = [];
        talk.read.push(...taken);
        return taken.map(({ spoken }) => renderTurn({ history: [], messages: [spoken], isDirect }));
      },
      alsoAnswered: () => talk.read,
    });
    void talk.turn.over.then(
      () => this.#next(first.route.sessionKey, talk),
      (error: unknown) => {
        this.#failed(error, [...messages, ...talk.read]);
        this.#next(first.route.sessionKey, talk);
      },
    );
  }

  /** Those of them that are still to be answered; with the others it is over. */
  #heard(waited: readonly Arrival[]): readonly Arrival[] {
    const messages = waited.filter(({ envelope }) => this.#deps.isHeard(envelope));
    if (messages.length < waited.length) void this.#deps.inbound().finish(waited.filter((one) => !messages.includes(one)).map(({ key }) => key));
    return messages;
  }

  #next(sessionKey: string, talk: Talk): void {
    const { unread } = talk;
    talk.turn = undefined;
    talk.unread = [];
    const { lane, action } = stepLane(talk.lane, { kind: "ended", unread });
    talk.lane = lane;
    if (action.kind === "start") this.#start(talk, action.messages);
    else if (this.#talks.get(sessionKey) === talk) this.#talks.delete(sessionKey);
  }

  #failed(error: unknown, unanswered: readonly Arrival[]): void {
    this.#deps.log.error("a conversation broke inside the gateway", { error: traceOf(error) });
    for (const { key } of unanswered) void this.#deps.inbound().giveUp(key, "The gateway broke down over this message; its log has the cause.");
  }
}
