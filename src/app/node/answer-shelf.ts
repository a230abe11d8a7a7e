import { createHash } from "node:crypto";
import { canonicalText } from "../../domain/idempotency/canonical.js";
import { DedupeWindow, type DedupeTicket, type DedupeVerdict } from "../../domain/idempotency/dedupe-window.js";
import type { EpochMs } from "../../domain/moment.js";
import { failure, type Answer } from "./answer.js";
import type { Invocation } from "./invocation.js";

/** Longer than gateways remember their own calls, so that no retry of one finds this node forgetful. */
const KEPT_MS = 10 * 60_000;
const MAX_ENTRIES = 1_000;
/** Of all answers together. Pictures are large, and mostly nobody asks for the same one twice. */
const MAX_BYTES = 32 * 1024 * 1024;

interface Kept {
  answer: Answer;
}

/**
 * What was answered under which key, so that a call that is asked again, after a lost connection for instance, is carried
 * out once. Of many large answers the newest stay; of the others only that they were given. Forgets with the process.
 */
export class AnswerShelf<F> {
  readonly #window = new DedupeWindow<F, Kept>({ ttlMs: KEPT_MS, maxEntries: MAX_ENTRIES });
  readonly #answered: { readonly kept: Kept; readonly bytes: number }[] = [];
  #bytes = 0;

  judge({ command, idempotencyKey, params }: Invocation, now: EpochMs): DedupeVerdict<F, Kept> {
    const text = canonicalText(params) ?? "too deep";
    const payloadHash = createHash("sha256").update(text).digest("base64url");
    return this.#window.judge({ principal: "", method: command, key: idempotencyKey, payloadHash }, now);
  }

  start(ticket: DedupeTicket, running: F): void {
    this.#window.start(ticket, running);
  }

  settle(ticket: DedupeTicket, answer: Answer, now: EpochMs): void {
    const kept: Kept = { answer };
    this.#window.settle(ticket, kept, now);
    if (answer.kind !== "done" || answer.bytes === 0) return;
    this.#answered.push({ kept, bytes: answer.bytes });
    this.#bytes += answer.bytes;
    while (this.#bytes > MAX_BYTES || this.#answered.length > MAX_ENTRIES) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#answered.shift();
    if (!oldest) return;
    this.#bytes -= oldest.bytes;
    oldest.kept.answer = failure("UNAVAILABLE", "This call was carried out and answered before, and its answer is no longer kept: ask again under a new idempotencyKey.");
  }
}
