import { after } from "../../domain/moment.js";
import { traceOf } from "../../domain/reason.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import { Lanes } from "./lanes.js";
import type { RunEnd, RunRequest } from "./run-facts.js";
import type { Turns } from "./turn-watch.js";
import { within } from "./within.js";

interface ActiveRun {
  readonly request: RunRequest;
  readonly abort: AbortController;
  readonly ended: Promise<RunEnd>;
  stopReason: StopReason;
}

export type StopReason = "rpc" | "stop" | "timeout" | "restart";

export type RunRefusal = "id-taken" | "lane-full" | "all-full";
export type RunStart = { readonly kind: "started"; readonly ended: Promise<RunEnd> } | { readonly kind: RunRefusal };

/** What is kept of a run that has ended. Its text stands in the transcript. */
type Ended = Omit<RunEnd, "text">;
/** Calls once when nobody waits any longer; the result forgets the caller. */
type WhenGone = (act: () => void) => () => void;

const KEEP_ENDED_MS = 10 * 60_000;
const KEEP_ENDED = 5000;

/** Runs of the agent: one at a time per session, each with its end remembered for who asks later. */
export class RunDesk {
  readonly #active = new Map<string, ActiveRun>();
  readonly #ended = new Map<string, Ended>();
  readonly #lanes = new Lanes();
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #deps: { readonly clock: Clock; readonly log: Log; readonly turns: Turns };

  constructor(deps: { clock: Clock; log: Log; turns: Turns }) {
    this.#deps = deps;
  }

  /** Begins a run, or tells why not. `ended` always resolves, whatever happens. */
  start(request: RunRequest): RunStart {
    const { runId } = request;
    if (this.#active.has(runId)) return { kind: "id-taken" };
    const abort = new AbortController();
    const entered = this.#lanes.enter(request.sessionKey, () => this.#carryOut(request, abort));
    if (typeof entered === "string") return { kind: entered };
    this.#forgetOld();
    this.#ended.delete(runId);
    const ended = entered.finally(() => {
      this.#active.delete(runId);
      for (const wake of this.#waiters.get(runId) ?? []) wake();
    });
    this.#active.set(runId, { request, abort, ended, stopReason: "stop" });
    return { kind: "started", ended };
  }

  activeIn(sessionKey: string): readonly string[] {
    return this.#runsIn(sessionKey).map((run) => run.request.runId);
  }

  #runsIn(sessionKey: string): readonly ActiveRun[] {
    return [...this.#active.values()].filter((run) => run.request.sessionKey === sessionKey);
  }

  /** Resolves once nothing is under way in this session, nor waits for its turn. */
  async idle(sessionKey: string): Promise<void> {
    for (let runs = this.#runsIn(sessionKey); runs.length > 0; runs = this.#runsIn(sessionKey)) await Promise.allSettled(runs.map((run) => run.ended));
  }

  sessionOf(runId: string): string | undefined {
    return this.#active.get(runId)?.request.sessionKey;
  }

  /** Stops those of the runs that are under way or waiting, and returns which. */
  abort(runIds: readonly string[], reason: StopReason): readonly string[] {
    return runIds.filter((runId) => {
      const run = this.#active.get(runId);
      if (!run || run.abort.signal.aborted) return false;
      run.stopReason = reason;
      run.abort.abort(reason);
      return true;
    });
  }

  /** The end of a run, also of one that has not begun yet; `undefined` when the time is up first, or whoever asked is gone. */
  wait(runId: string, timeoutMs: number, whenGone?: WhenGone): Promise<Ended | undefined> {
    const known = this.#ended.get(runId);
    if (known || timeoutMs === 0) return Promise.resolve(known);
    const { clock } = this.#deps;
    return new Promise((resolve) => {
      const waiting = this.#waiters.get(runId) ?? new Set();
      this.#waiters.set(runId, waiting);
      let forget = (): void => undefined;
      const wake = (): void => {
        cancel();
        forget();
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiters.delete(runId);
        resolve(this.#ended.get(runId));
      };
      const cancel = clock.callAt(after(clock.now(), timeoutMs), wake);
      waiting.add(wake);
      if (whenGone) forget = whenGone(wake);
    });
  }

  /** Waits for what is under way, then ends the rest. */
  async drain(graceMs: number): Promise<void> {
    const settled = Promise.allSettled([...this.#active.values()].map((run) => run.ended));
    if (this.#active.size > 0) {
      await within(graceMs, this.#deps.clock, settled);
      this.abort([...this.#active.keys()], "restart");
      await settled;
    }
    for (const waiting of this.#waiters.values()) for (const wake of waiting) wake();
  }

  async #carryOut(request: RunRequest, abort: AbortController): Promise<RunEnd> {
    const { clock, log, turns } = this.#deps;
    const startedAt = clock.now();
    const control = {
      cancel: abort.signal,
      stopReason: () => this.#active.get(request.runId)?.stopReason ?? "stop",
      timeOut: () => void this.abort([request.runId], "timeout"),
    };
    let end: RunEnd;
    try {
      end = await turns.run(request, control);
    } catch (error) {
      log.error("a run failed inside the gateway", { runId: request.runId, error: traceOf(error) });
      end = turns.broken(request, startedAt);
    }
    const { text: _text, ...kept } = end;
    this.#ended.set(request.runId, kept);
    return end;
  }

  #forgetOld(): void {
    const now = this.#deps.clock.now();
    for (const [runId, end] of this.#ended) {
      if (now - end.endedAt < KEEP_ENDED_MS && this.#ended.size <= KEEP_ENDED) return;
      this.#ended.delete(runId);
    }
  }
}
