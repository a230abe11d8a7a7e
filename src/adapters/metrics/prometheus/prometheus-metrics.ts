import type { Registry } from "prom-client";
import type { GatewayReading, Metrics, RepeatOutcome, RequestOutcome } from "../../../ports/metrics.js";
import { createInstruments, type Instruments } from "./instruments.js";

/** In the text format that Prometheus scrapes, by the library that most of Node is measured with. */
export class PrometheusMetrics implements Metrics {
  readonly #registry: Registry;
  readonly #instruments: Instruments;
  #read: (() => GatewayReading) | undefined;

  private constructor(registry: Registry, instruments: Instruments) {
    this.#registry = registry;
    this.#instruments = instruments;
  }

  /** Loads the library. One for a process: it also measures the process itself, and goes on with that. */
  static async open(): Promise<PrometheusMetrics> {
    const library = await import("prom-client");
    const registry = new library.Registry();
    library.collectDefaultMetrics({ register: registry });
    return new PrometheusMetrics(registry, createInstruments(library, registry));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** What a scraper is given. */
  async text(): Promise<string> {
    this.#take(this.#read?.());
    return `${await this.#registry.metrics()}${this.#instruments.requests.text()}`;
  }

  handshake(outcome: string): void {
    this.#instruments.handshakes.inc({ outcome });
  }

  request(method: string): (outcome: RequestOutcome) => void {
    const { requests } = this.#instruments;
    const began = performance.now();
    return (outcome) => requests.observe(method, outcome, (performance.now() - began) / 1_000);
  }

  repeated(how: RepeatOutcome): void {
    this.#instruments.repeats.inc({ how });
  }

  dropped(event: string): void {
    this.#instruments.drops.inc({ event });
  }

  closedSlow(): void {
    this.#instruments.closedSlow.inc();
  }

  turn(): (outcome: string) => void {
    const began = performance.now();
    return (outcome) => this.#instruments.turns.observe({ outcome }, (performance.now() - began) / 1_000);
  }

  sent(channel: string, outcome: string): void {
    this.#instruments.sends.inc({ channel, outcome });
  }

  watch(read: () => GatewayReading): () => void {
    this.#read = read;
    return () => {
      // A gateway that takes another one's place may have begun before that one has quite ended.
      if (this.#read === read) this.#read = undefined;
    };
  }

  /** How a gateway stands is asked when somebody wants to know, and forgotten when there is none. */
  #take(reading: GatewayReading | undefined): void {
    const { info, ready, connections, channels, silence, waiting, age, dead } = this.#instruments;
    for (const gauge of [info, connections, channels, silence, waiting, age, dead]) gauge.reset();
    ready.set(reading?.isReady === true ? 1 : 0);
    if (reading === undefined) return;
    info.set({ version: reading.version }, 1);
    connections.set({ role: "none", state: "handshake" }, reading.strangers);
    for (const [role, count] of Object.entries(reading.peers)) connections.set({ role, state: "open" }, count);
    for (const { channel, accountId: account, state, lastSignAgeMs, waiting: count, oldestAgeMs, deadLetters } of reading.accounts) {
      channels.set({ channel, account, state }, 1);
      if (lastSignAgeMs !== undefined) silence.set({ channel, account }, lastSignAgeMs / 1_000);
      waiting.set({ channel, account }, count);
      age.set({ channel, account }, oldestAgeMs / 1_000);
      dead.set({ channel, account }, deadLetters);
    }
  }
}
