import { after, type EpochMs } from "../../../domain/moment.js";
import { fieldsOf } from "../../../domain/foreign-fields.js";
import { coarsened, fixIn, readFix, type Fix } from "../../../domain/node-host/fix.js";
import type { Clock } from "../../../ports/clock.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { NodeCommandOutcome } from "../../../ports/node-command.js";
import type { FixedPlace } from "./config.js";
import { failed, GIVEN_UP, runProgram, type Failed, type Running } from "./host-program.js";

const TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 60_000;

interface Wish {
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
  readonly accuracy: string;
}

type Source = { readonly place: FixedPlace } | { readonly running: Running };

/** Where the host is, by a program that knows or by its owner's word. */
export class Locator {
  readonly #source: Source;
  readonly #clock: Clock;
  #last: { readonly fix: Fix; readonly at: EpochMs } | undefined;

  constructor(source: Source, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  async find(params: unknown, { cancel }: { readonly cancel: Cancel }): Promise<NodeCommandOutcome> {
    const wish = readWish(params);
    if ("kind" in wish) return wish;
    const source = this.#source;
    if ("running" in source) return await this.#ask(source.running, wish, cancel);
    return this.#told(readFix({ accuracyMeters: 10, ...source.place }), wish, { at: this.#clock.now(), name: "fixed" });
  }

  async #ask(running: Running, wish: Wish, cancel: Cancel): Promise<NodeCommandOutcome> {
    const known = this.#last;
    if (known && this.#clock.now() - known.at <= wish.maxAgeMs) return this.#told(known.fix, wish, { at: known.at, name: "program" });
    const fix = await this.#look(running, wish, cancel);
    if (fix && "kind" in fix) return fix;
    const at = this.#clock.now();
    if (fix) this.#last = { fix, at };
    return this.#told(fix, wish, { at, name: "program" });
  }

  /** Some programs go on telling where they are for ever: the first place that they know is enough. */
  async #look(running: Running, { timeoutMs, accuracy }: Wish, cancel: Cancel): Promise<Fix | Failed | undefined> {
    const enough = new AbortController();
    const giveUp = (): void => enough.abort();
    cancel.addEventListener("abort", giveUp);
    if (cancel.aborted) giveUp();
    const cancelTimeout = this.#clock.callAt(after(this.#clock.now(), timeoutMs), giveUp);
    let printed = "";
    const end = await runProgram(running, {
      values: { timeoutMs: String(timeoutMs), timeoutSeconds: String(Math.ceil(timeoutMs / 1_000)), desiredAccuracy: accuracy },
      lastsMs: timeoutMs,
      cancel: enough.signal,
      wrote: (text) => {
        printed = (printed + text).slice(-100_000);
        if (/[\r\n]/.test(text) && fixIn(printed)) giveUp();
      },
    });
    cancelTimeout();
    cancel.removeEventListener("abort", giveUp);
    const fix = fixIn(printed);
    if (fix) return fix;
    if (cancel.aborted) return GIVEN_UP;
    if (enough.signal.aborted) return failed("LOCATION_TIMEOUT", `The node's host did not know where it is within ${timeoutMs} ms.`);
    return end.kind === "failed" ? end : undefined;
  }

  #told(fix: Fix | undefined, { accuracy }: Wish, from: { readonly at: EpochMs; readonly name: string }): NodeCommandOutcome {
    if (!fix) return failed("LOCATION_UNAVAILABLE", "The node's host does not know where it is: run the program of location.get by hand there to see why.");
    const isPrecise = accuracy !== "coarse";
    return { kind: "done", payload: { ...(isPrecise ? fix : coarsened(fix)), timestamp: new Date(from.at).toISOString(), isPrecise, source: from.name } };
  }
}

function readWish(params: unknown): Wish | Failed {
  const fields = fieldsOf(params ?? {});
  if (!fields) return failed("INVALID_REQUEST", "The params of location.get are an object: { timeoutMs?, maxAgeMs?, desiredAccuracy? }.");
  const { timeoutMs = TIMEOUT_MS, maxAgeMs = 0, desiredAccuracy: accuracy = "balanced" } = fields;
  if (typeof timeoutMs !== "number" || typeof maxAgeMs !== "number") return failed("INVALID_REQUEST", "timeoutMs and maxAgeMs are numbers of milliseconds.");
  if (accuracy !== "coarse" && accuracy !== "balanced" && accuracy !== "precise") return failed("INVALID_REQUEST", 'desiredAccuracy is "coarse", "balanced" or "precise".');
  return { timeoutMs: Math.min(MAX_TIMEOUT_MS, Math.max(100, timeoutMs)), maxAgeMs, accuracy };
}
