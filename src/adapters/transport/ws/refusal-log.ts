import type { IncomingMessage } from "node:http";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { Log } from "../../../ports/log.js";
import { addressOf } from "./request-facts.js";
import type { Judgement } from "./upgrade-judge.js";

const QUIET_MS = 1_000;

/** Tells the operator what was refused and why, without letting a page that tries again and again fill the disk. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Log;
  #quietUntil: EpochMs | undefined;
  #untold = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(refusal: Extract<Judgement, { kind: "refuse" }>, request: IncomingMessage): void {
    const now = this.#clock.now();
    if (this.#quietUntil !== undefined && now < this.#quietUntil) {
      this.#untold += 1;
      return;
    }
    this.#log.warn("refused a request before it was read", {
      reason: refusal.type,
      hint: refusal.message,
      host: request.headers.host,
      origin: request.headers.origin,
      address: addressOf(request.socket),
      untold: this.#untold,
    });
    this.#quietUntil = after(now, QUIET_MS);
    this.#untold = 0;
  }
}
