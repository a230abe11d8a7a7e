import { createHash } from "node:crypto";
import { canonicalText } from "../../domain/idempotency/canonical.js";
import { DedupeWindow, type DedupeClaim, type DedupeTicket } from "../../domain/idempotency/dedupe-window.js";
import { after, type EpochMs } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";
import type { NodeCommand } from "../../ports/node-command.js";
import { answerOf, failure, type Answer } from "./answer.js";
import type { Invocation } from "./invocation.js";

/** One call, however many times it was asked for. */
interface Run {
  readonly command: string;
  readonly startedAt: EpochMs;
  readonly stop: AbortController;
  /** Those who wait for its end, by the ids that they asked under, and what ends their patience. */
  readonly waiting: Map<string, () => void>;
  readonly over: Promise<void>;
}

/** What became of a call, for whoever runs the node. Nothing of what was asked or answered is in it. */
export interface InvocationReport {
  readonly command: string;
  readonly outcome: "done" | "failed" | "called-off";
  /** Of a failure. */
  readonly code?: string;
  readonly durationMs: number;
  /** Of the result. */
  readonly bytes: number;
}

export interface DeskParts {
  readonly commands: readonly NodeCommand[];
  readonly clock: Clock;
  /** Sends the answer to one who asked. */
  readonly reply: (id: string, answer: Answer) => void;
  /** `ids`: all who follow. */
  readonly progress: (ids: readonly string[], text: string) => void;
  readonly tell: (event: string, payload: Readonly<Record<string, unknown>>) => void;
  readonly report: (report: InvocationReport) => void;
}

/** Programs and pages are what these start: more at once would only slow each other down. */
const MAX_RUNNING = 32;
/** How long a command that was called off is waited for when the node ends. */
const END_MS = 5_000;

/**
 * Answers are kept for as long as no gateway forgets its own calls, so that one that is asked again, after a lost
 * connection for instance, is carried out once. Pictures are large, and mostly nobody asks for the same one twice.
 */
const KEPT = { ttlMs: 10 * 60_000, maxEntries: 1_000, maxWeight: 32 * 1024 * 1024 } as const;

/** Carries out what the gateway asks for: each call once, whatever happens to the connection in between. */
export class InvocationDesk {
  readonly #parts: DeskParts;
  readonly #commands: ReadonlyMap<string, NodeCommand>;
  readonly #window = new DedupeWindow<Run, Answer>(KEPT);
  readonly #running = new Set<Run>();
  #isClosed = false;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#commands = new Map(parts.commands.map((command) => [command.name, command]));
  }

  get running(): number {
    return this.#running.size;
  }

  /** Answers in its time, through `reply`. */
  accept(invocation: Invocation): void {
    const refused = this.#take(invocation);
    if (refused) this.#parts.reply(invocation.id, refused);
  }

  /** Whoever asked under this id waits no longer. What nobody waits for ends. */
  callOff(id: string): void {
    for (const run of this.#running) this.#leave(run, id);
  }

  /** Calls everything off, and resolves when it has ended or had its time to. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ends = [...this.#running].map((run) => {
      run.stop.abort(new Error("the node ends"));
      return run.over;
    });
    let cancelPatience = (): void => undefined;
    const patience = new Promise<void>((resolve) => {
      cancelPatience = this.#parts.clock.callAt(after(this.#parts.clock.now(), END_MS), resolve);
    });
    await Promise.race([Promise.all(ends), patience]);
    cancelPatience();
  }

  #take(invocation: Invocation): Answer | undefined {
    const command = this.#commands.get(invocation.command);
    if (!command) return failure("INVALID_REQUEST", `This node cannot do ${JSON.stringify(invocation.command.slice(0, 80))}: node.describe lists what it can.`);
    if (this.#isClosed) return failure("UNAVAILABLE", "This node is ending: ask again when it is back.");
    const verdict = this.#window.judge(claimOf(invocation), this.#parts.clock.now());
    switch (verdict.kind) {
      case "replay": return verdict.result;
      case "faded": return FADED;
      case "conflict": return failure("INVALID_REQUEST", "This idempotencyKey was used for another call: take a new one.");
      case "full": return BUSY;
      case "join": return void this.#wait(verdict.inFlight, invocation);
      case "run": {
        if (this.#running.size >= MAX_RUNNING) return BUSY;
        return void this.#start(command, invocation, verdict.ticket);
      }
    }
  }

  #start(command: NodeCommand, invocation: Invocation, ticket: DedupeTicket): void {
    const stop = new AbortController();
    const waiting = new Map<string, () => void>();
    let over = (): void => undefined;
    const run: Run = { command: command.name, startedAt: this.#parts.clock.now(), stop, waiting, over: new Promise((resolve) => (over = resolve)) };
    this.#window.start(ticket, run);
    this.#running.add(run);
    this.#wait(run, invocation);
    void this.#carryOut(command, invocation, run).then((answer) => {
      this.#running.delete(run);
      this.#window.settle(ticket, answer, this.#parts.clock.now(), answer.kind === "done" ? answer.bytes : 0);
      this.#finish(run, answer);
      over();
    });
  }

  async #carryOut(command: NodeCommand, { params, idempotencyKey, sessionKey }: Invocation, { stop, waiting }: Run): Promise<Answer> {
    try {
      const outcome = await command.run(params, {
        cancel: stop.signal,
        idempotencyKey,
        ...(sessionKey === undefined ? {} : { sessionKey }),
        progress: (text) => this.#parts.progress([...waiting.keys()], text),
        tell: this.#parts.tell,
      });
      return answerOf(outcome);
    } catch {
      // What was thrown may quote what was asked.
      return failure("UNAVAILABLE", `${command.name} failed in a way that it should not: that is a fault of this node.`);
    }
  }

  /** The same request that arrives twice waits once. */
  #wait(run: Run, { id, timeoutMs }: Invocation): void {
    run.waiting.get(id)?.();
    const { clock } = this.#parts;
    const cancel = clock.callAt(after(clock.now(), timeoutMs), () => {
      this.#leave(run, id);
      this.#parts.reply(id, failure("TIMEOUT", `${run.command} took longer than the ${timeoutMs} ms that it was given.`));
    });
    run.waiting.set(id, cancel);
  }

  #leave(run: Run, id: string): void {
    const cancelTimeout = run.waiting.get(id);
    if (!cancelTimeout) return;
    cancelTimeout();
    run.waiting.delete(id);
    if (run.waiting.size === 0) run.stop.abort(new Error("nobody waits for it"));
  }

  #finish(run: Run, answer: Answer): void {
    const { clock, reply, report } = this.#parts;
    const isCalledOff = run.waiting.size === 0;
    for (const [id, cancelTimeout] of run.waiting) {
      cancelTimeout();
      reply(id, answer);
    }
    run.waiting.clear();
    report({
      command: run.command,
      outcome: isCalledOff ? "called-off" : answer.kind,
      ...(answer.kind === "failed" && !isCalledOff ? { code: answer.code } : {}),
      durationMs: clock.now() - run.startedAt,
      bytes: answer.kind === "done" ? answer.bytes : 0,
    });
  }
}

const claimOf = ({ command, idempotencyKey, params }: Invocation): DedupeClaim => ({
  // The gateway sees to it that no two callers share a key.
  principal: "",
  method: command,
  key: idempotencyKey,
  payloadHash: createHash("sha256").update(canonicalText(params) ?? "too deep").digest("base64url"),
});

const FADED = failure("UNAVAILABLE", "This call was carried out and answered before, and its answer is no longer kept: ask again under a new idempotencyKey.");
const BUSY = failure("UNAVAILABLE", "This node does as much as it can already: ask again later.");
