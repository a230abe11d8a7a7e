import type { EventLoopUtilization, IntervalHistogram } from "node:perf_hooks";
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

interface Measuring {
  readonly delay: IntervalHistogram;
  since: Mark;
  /** Of the window before. */
  last?: LoopReading;
}

const mark = (): Mark => ({ at: performance.now(), loop: performance.eventLoopUtilization(), cpu: process.cpuUsage() });

/** Node's own figures. A reading covers up to ten seconds, or all the time since the one before where nobody asked meanwhile. */
export class NodeLoopGauge implements LoopGauge {
  readonly #clock: Clock;
  #measuring: Measuring | "beginning" | undefined;
  #forgetStop: () => void = () => undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(): LoopReading | undefined {
    if (this.#isClosed) return undefined;
    this.#forgetStop();
    this.#forgetStop = this.#clock.callAt(after(this.#clock.now(), UNASKED_MS), () => this.#stop());
    if (this.#measuring === undefined) void this.#begin();
    return typeof this.#measuring === "object" ? readingOf(this.#measuring) : undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#forgetStop();
    this.#stop();
  }

  /** Loaded with the first question: most gateways are never asked. */
  async #begin(): Promise<void> {
    this.#measuring = "beginning";
    const { monitorEventLoopDelay } = await import("node:perf_hooks");
    if (this.#measuring !== "beginning") return;
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    this.#measuring = { delay, since: mark() };
  }

  #stop(): void {
    if (typeof this.#measuring === "object") this.#measuring.delay.disable();
    this.#measuring = undefined;
  }
}

function readingOf(measuring: Measuring): LoopReading | undefined {
  const { delay, since } = measuring;
  const now = mark();
  const intervalMs = now.at - since.at;
  if (intervalMs < AT_LEAST_MS || delay.count === 0) return measuring.last;
  const cpu = process.cpuUsage(since.cpu);
  const reading: LoopReading = {
    intervalMs: Math.round(intervalMs),
    delayP99Ms: late(delay.percentile(99)),
    delayMaxMs: late(delay.max),
    utilization: rounded(performance.eventLoopUtilization(now.loop, since.loop).utilization, 3),
    cpuCoreRatio: rounded((cpu.user + cpu.system) / 1_000 / intervalMs, 3),
  };
  if (intervalMs >= WINDOW_MS) {
    measuring.last = reading;
    measuring.since = now;
    delay.reset();
  }
  return reading;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** The histogram holds times between two looks, the pause that was asked for included. */
const late = (ns: number): number => rounded(Math.max(0, ns / NS_PER_MS - RESOLUTION_MS), 1);
