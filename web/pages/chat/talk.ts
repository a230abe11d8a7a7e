import type { AgentEvent, ChatEvent } from "../../../src/domain/protocol/events.js";
import { GatewayError } from "../../../src/client/browser/index.js";
import type { ChatMessage } from "../../../src/domain/protocol/methods/chat.js";
import { reasonOf } from "../../../src/domain/reason.js";
import type { Connection } from "../shared/connection.js";
import { Store } from "../shared/store.js";
import { chat } from "../shared/texts/index.js";
import type { Attachment } from "./attachment.js";
import { entriesOf, messageKey, nth, type Entry } from "./entries.js";
import { LiveRun } from "./live-run.js";
import type { Outbox, Outgoing } from "./outbox.js";

export interface TalkState {
  readonly isLoaded: boolean;
  /** What is in the transcript and what is being said, oldest first. */
  readonly entries: readonly Entry[];
  /** What the transcript does not have yet. */
  readonly outgoing: readonly Outgoing[];
  readonly hasEarlier: boolean;
  readonly isLoadingEarlier: boolean;
  /** The run that answers now. */
  readonly runId?: string;
  readonly hasText: boolean;
  /** Why the last answer did not come. */
  readonly failure?: string;
  /** Why nothing can be shown. */
  readonly problem?: string;
}

const PAGE = 50;
/** The most that the gateway gives at once. */
const MOST = 1_000;
const SEND_TIMEOUT_MS = 120_000;
const EMPTY: TalkState = { isLoaded: false, entries: [], outgoing: [], hasEarlier: false, isLoadingEarlier: false, hasText: false };
/** What nobody refused: the gateway may have it or not. */
const LOST = new Set(["TIMEOUT", "CLOSED", "QUEUE_FULL", "STOPPED"]);

/** One conversation: its transcript, what is being said in it, and what this page sends to it. */
export class Talk {
  readonly key: string;
  readonly state = new Store<TalkState>(EMPTY);
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #runs = new Map<string, LiveRun>();
  #messages: readonly ChatMessage[] = [];
  #wanted = PAGE;
  /** What was shown while it was said is the same once it is written, and stays where it is in the page. */
  readonly #shownAs = new Map<string, string>();
  #round = 0;
  #facts: Pick<TalkState, "isLoaded" | "hasEarlier" | "isLoadingEarlier"> & { failure?: string; problem?: string } = EMPTY;
  #isDrawing = false;

  constructor(key: string, parts: { readonly connection: Connection; readonly outbox: Outbox }) {
    this.key = key;
    this.#connection = parts.connection;
    this.#outbox = parts.outbox;
    parts.outbox.all.onChange(() => this.#draw());
  }

  /** Reads the transcript anew; what is shown stays until then. */
  async refresh(): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    const before = new Set(this.#runs.keys());
    try {
      const page = await this.#connection.call("chat.history", { sessionKey: this.key, limit: this.#wanted });
      if (round !== this.#round) return;
      const known = new Set(entriesOf(this.#messages).map(({ key }) => key));
      this.#messages = page.messages;
      const active = (page.inFlightRun as { runId?: unknown } | undefined)?.runId;
      // What began while the answer was under way is newer than it.
      for (const [runId, run] of this.#runs) {
        if (runId === active || !(run.hasEnded || before.has(runId))) continue;
        this.#runs.delete(runId);
        this.#adopt(run, known);
      }
      if (typeof active === "string" && !this.#runs.has(active)) this.#runs.set(active, new LiveRun(active));
      this.#outbox.remove(new Set(page.messages.flatMap(({ id }) => (id === undefined ? [] : [id]))));
      const { failure } = this.#facts;
      this.#facts = { isLoaded: true, hasEarlier: page.hasMore ?? page.messages.length >= this.#wanted, isLoadingEarlier: false, ...(failure === undefined ? {} : { failure }) };
    } catch (error) {
      if (round !== this.#round) return;
      this.#facts = { ...this.#facts, isLoadingEarlier: false, problem: reasonOf(error) };
    }
    this.#draw();
  }

  async loadEarlier(): Promise<void> {
    if (!this.#facts.hasEarlier || this.#facts.isLoadingEarlier || this.#wanted >= MOST) return;
    this.#wanted = Math.min(MOST, this.#wanted + PAGE);
    this.#facts = { ...this.#facts, isLoadingEarlier: true };
    this.#draw();
    await this.refresh();
  }

  send(text: string, attachments: readonly Attachment[]): void {
    const id = newId();
    this.#outbox.add({ id, sessionKey: this.key, text, attachments, at: Date.now(), state: { kind: "sending" } });
    this.#facts = without(this.#facts, "failure");
    void this.sendAgain(id);
  }

  /** Under the same key, so that what arrived already is not said twice; under a new one where it was refused. */
  async sendAgain(given: string): Promise<void> {
    const message = this.#outbox.find(given);
    if (message === undefined) return;
    const isRefused = message.state.kind === "failed" && message.state.isFinal;
    const id = isRefused ? newId() : given;
    if (isRefused) this.#outbox.renew(given, id);
    this.#outbox.mark(id, { kind: "sending" });
    const attachments = message.attachments.map(({ name, mimeType, base64 }) => ({ type: mimeType.startsWith("image/") ? "image" : "file", mimeType, fileName: name, content: base64 }));
    try {
      const result = await this.#connection.call(
        "chat.send",
        { sessionKey: this.key, message: message.text, idempotencyKey: id, ...(attachments.length === 0 ? {} : { attachments }) },
        { timeoutMs: SEND_TIMEOUT_MS },
      );
      if ("aborted" in result) {
        // A word that stops the assistant is no message.
        this.#outbox.remove(new Set([id]));
        return;
      }
      this.#outbox.mark(id, { kind: "sent" });
      if (result.status !== "started") void this.refresh();
    } catch (error) {
      const { code = "", retryable = false } = error instanceof GatewayError ? error : {};
      const isLost = LOST.has(code);
      this.#outbox.mark(id, { kind: "failed", reason: reasonOf(error), isLost, isFinal: !isLost && !retryable });
    }
  }

  discard(id: string): void {
    this.#outbox.remove(new Set([id]));
  }

  /** The last thing that was asked, as a message of its own. */
  askAgain(): void {
    const last = this.state.value.entries.findLast((entry) => entry.kind === "said" && entry.who === "you");
    if (last?.kind !== "said") return;
    this.send(last.text, last.pictures.map(({ name = "picture", mimeType, base64 }) => ({ name, mimeType, base64, bytes: 0 })));
  }

  async stop(): Promise<void> {
    await this.#connection.call("chat.abort", { sessionKey: this.key });
  }

  /** A note in the conversation that nobody answers. */
  async note(text: string): Promise<void> {
    await this.#connection.call("chat.inject", { sessionKey: this.key, message: text, label: chat.noteLabel });
  }

  onChat(event: ChatEvent): void {
    if (event.runId.startsWith("inject-")) return void this.refresh();
    this.#runOf(event.runId).onChat(event);
    if (event.state === "error") this.#facts = { ...this.#facts, failure: event.errorMessage ?? chat.failed };
    if (event.state === "final" || event.state === "aborted" || event.state === "error") {
      this.#runOf(event.runId).hasEnded = true;
      void this.refresh();
    }
    this.#draw();
  }

  onAgent(event: AgentEvent): void {
    const isStart = event.stream === "lifecycle" && event.data["phase"] === "start";
    // Its end is told by the chat's own events, which carry the reason.
    if (event.stream === "lifecycle" && !isStart) return;
    const isNew = !this.#runs.has(event.runId);
    this.#runOf(event.runId).onAgent(event);
    if (isNew) {
      this.#facts = without(this.#facts, "failure");
      // What was asked may have been written elsewhere.
      if (isStart && this.#outbox.find(event.runId) === undefined) void this.refresh();
    }
    this.#draw();
  }

  #runOf(runId: string): LiveRun {
    const run = this.#runs.get(runId) ?? new LiveRun(runId);
    this.#runs.set(runId, run);
    return run;
  }

  #adopt(run: LiveRun, known: ReadonlySet<string>): void {
    const live = run.entries.filter(isAnswer);
    const written = entriesOf(this.#messages).filter((entry) => isAnswer(entry) && !known.has(entry.key));
    if (live.length !== written.length) return;
    for (const [index, { key }] of written.entries()) this.#shownAs.set(key, live[index]?.key ?? key);
  }

  /** At most once a picture: answers come in many small pieces. */
  #draw(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    const draw = (): void => {
      this.#isDrawing = false;
      this.state.set(this.#snapshot());
    };
    if (document.visibilityState === "visible") requestAnimationFrame(draw);
    else setTimeout(draw);
  }

  #snapshot(): TalkState {
    const live = [...this.#runs.values()];
    const running = live.find(({ hasEnded }) => !hasEnded);
    const spoken = live.flatMap(({ entries }) => entries);
    const written = entriesOf(this.#messages).map((entry) => ({ ...entry, key: this.#shownAs.get(entry.key) ?? entry.key }));
    const known = new Set(written.map(({ key }) => key));
    const waiting = this.#outbox.of(this.key).filter(({ id }) => !known.has(messageKey(id)));
    // What is being answered stands before the answer, what waits its turn after it.
    const answered = waiting.filter(({ id }) => this.#runs.has(id));
    return {
      ...this.#facts,
      entries: [...written, ...answered.map(entryOfOutgoing), ...spoken.map((entry) => ({ ...entry, key: freeKey(entry.key, known) }))],
      outgoing: waiting.filter((one) => !answered.includes(one)),
      hasText: running !== undefined && running.entries.length > 0,
      ...(running === undefined ? {} : { runId: running.runId }),
    };
  }
}

const entryOfOutgoing = ({ id, text, attachments, at }: Outgoing): Entry => ({
  kind: "said",
  key: messageKey(id),
  who: "you",
  text: [text, ...attachments.filter(({ mimeType }) => !mimeType.startsWith("image/")).map(({ name }) => `(attached file: ${name})`)].filter((one) => one !== "").join("\n\n"),
  pictures: attachments.filter(({ mimeType }) => mimeType.startsWith("image/")).map(({ name, mimeType, base64 }) => ({ name, mimeType, base64 })),
  at,
});

const isAnswer = (entry: Entry): boolean => entry.kind === "said" && entry.who === "assistant";

/** Of what is being said none is written yet, so a key that is taken belongs to something else. */
function freeKey(key: string, taken: ReadonlySet<string>): string {
  let count = 1;
  while (taken.has(nth(key, count))) count += 1;
  return nth(key, count);
}

function without<T extends object, K extends keyof T>(facts: T, key: K): Omit<T, K> {
  const { [key]: _gone, ...rest } = facts;
  return rest;
}

/** `crypto.randomUUID` is missing on pages that came over plain HTTP from another host. */
export const newId = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
