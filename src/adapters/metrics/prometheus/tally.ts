import type { RequestOutcome } from "../../../ports/metrics.js";

interface Sum {
  /** How many fell into each bucket and no lower one; those above all buckets come last. */
  readonly counts: number[];
  seconds: number;
}

/**
 * Durations by method and outcome, as a histogram of Prometheus. The library takes as long to find a histogram's labels
 * as a twentieth of a small request takes in all; here noting one is a lookup and two additions.
 */
export class Tally {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #sums: Readonly<Record<RequestOutcome, Map<string, Sum>>> = { ok: new Map(), refused: new Map(), failed: new Map() };

  /** `bounds` of the buckets in seconds, the lowest first. */
  constructor({ name, help, bounds }: { readonly name: string; readonly help: string; readonly bounds: readonly number[] }) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  observe(method: string, outcome: RequestOutcome, seconds: number): void {
    const sums = this.#sums[outcome];
    let sum = sums.get(method);
    if (sum === undefined) sums.set(method, (sum = { counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), seconds: 0 }));
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > (this.#bounds[bucket] ?? 0)) bucket += 1;
    sum.counts[bucket] = (sum.counts[bucket] ?? 0) + 1;
    sum.seconds += seconds;
  }

  /** In Prometheus's text format: each bucket holds those below it too. Methods have nothing in their names that would have to be escaped. */
  text(): string {
    const name = this.#name;
    const series = Object.entries(this.#sums).flatMap(([outcome, sums]) => [...sums].flatMap(([method, { counts, seconds }]) => {
      const labels = `method="${method}",outcome="${outcome}"`;
      let sofar = 0;
      const buckets = counts.map((count, at) => `${name}_bucket{le="${this.#bounds[at] ?? "+Inf"}",${labels}} ${(sofar += count)}`);
      return [...buckets, `${name}_sum{${labels}} ${seconds}`, `${name}_count{${labels}} ${sofar}`];
    }));
    return [`# HELP ${name} ${this.#help}`, `# TYPE ${name} histogram`, ...series, ""].join("\n");
  }
}
