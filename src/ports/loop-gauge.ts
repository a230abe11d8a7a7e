/** How the process fared over a while. */
export interface LoopReading {
  /** How long that was, in milliseconds. */
  readonly intervalMs: number;
  /** How late callbacks came, in milliseconds: 99 in 100 not later than this, and the latest of all. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** The share of the time in which the event loop was at work: 0 to 1. */
  readonly utilization: number;
  /** Processor time of the whole process, in cores: 1 is one core all the time. */
  readonly cpuCoreRatio: number;
}

/** Measures while somebody asks, and for a minute longer: an idle process is not woken up to be measured. */
export interface LoopGauge {
  /** Of the seconds before this; undefined where it has not measured for long enough, as when it is asked for the first time. */
  read(): LoopReading | undefined;
  /** Measures no more, and never again. */
  close(): void;
}
