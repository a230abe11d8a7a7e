import { monitorEventLoopDelay, performance, type EventLoopUtilization, type IntervalHistogram } from "node:perf_hooks";
import type { Clock } from "../../ports/clock.js";
import type { LoopGauge, LoopReading } from "../../ports/loop-gauge.js";
import { after } from "../../domain/moment.js";

const RESOLUTION_MS = 20;
/** What is measured over less than this says little. */
const AT_LEAST_MS = 400;
const WINDOW_MS = 10_000;
const UNASKED_MS = 60_000;
const NS_PER_MS = 1_000_000;

interface Mark {
  readonly at: number;
  readonly loop: EventLoopUtilization;
  readonly cpu: NodeJS.CpuUsage;
}

const mark = (): Mark => ({ at: performance.now(), loop: performance.eventLoopUtilization(), cpu: process.cpuUsage() });

/** Node's own figures. A reading covers up to ten seconds, or all the time since the one before where nobody asked meanwhile. */
export class NodeLoopGauge implements LoopGauge {
  readonly #clock: Clock;
  #delay: IntervalHistogram | undefined;
  #since: Mark | undefined;
  #last: LoopReading | undefined;
  #forgetStop: () => void = () => undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(): LoopReading | undefined {
    if (this.#isClosed) return undefined;
    this.#forgetStop();
    this.#forgetStop = this.#clock.callAt(after(this.#clock.now(), UNASKED_MS), () => this.#stop());
    const [since, delay] = this.#begun();
    const now = mark();
    const intervalMs = now.at - since.at;
    if (intervalMs < AT_LEAST_MS || delay.count === 0) return this.#last;
    const cpu = process.cpuUsage(since.cpu);
    const reading: LoopReading = {
      intervalMs: Math.round(intervalMs),
      delayP99Ms: late(delay.percentile(99)),
      delayMaxMs: late(delay.max),
      utilization: rounded(performance.eventLoopUtilization(now.loop, since.loop).utilization, 3),
      cpuCoreRatio: rounded((cpu.user + cpu.system) / 1_000 / intervalMs, 3),
    };
    if (intervalMs >= WINDOW_MS) {
      this.#last = reading;
      this.#since = now;
      delay.reset();
    }
    return reading;
  }

  close(): void {
    this.#isClosed = true;
    this.#forgetStop();
    this.#stop();
  }

  #begun(): readonly [Mark, IntervalHistogram] {
    this.#delay ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    if (this.#since === undefined) {
      this.#delay.reset();
      this.#delay.enable();
      this.#since = mark();
    }
    return [this.#since, this.#delay];
  }

  #stop(): void {
    this.#delay?.disable();
    this.#since = undefined;
    this.#last = undefined;
  }
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** The histogram holds times between two looks, the pause that was asked for included. */
const late = (ns: number): number => rounded(Math.max(0, ns / NS_PER_MS - RESOLUTION_MS), 1);
