import type { Metrics } from "../../ports/metrics.js";
import type { Tracing } from "../../ports/tracing.js";
import type { TurnRunner } from "./turn-runner.js";

/** Whoever carries out turns. */
export type Turns = Pick<TurnRunner, "run" | "broken">;

interface Watchers {
  readonly metrics?: Metrics;
  readonly tracing?: Tracing;
}

/** Turns measured and traced, where somebody wants to know. */
export function watchTurns(inner: Turns, { metrics, tracing }: Watchers): Turns {
  const traced = tracing === undefined ? inner : tracedTurns(inner, tracing);
  return metrics === undefined ? traced : measuredTurns(traced, metrics);
}

const tracedTurns = (inner: Turns, tracing: Tracing): Turns => ({
  broken: (request, startedAt) => inner.broken(request, startedAt),
  run: (request, control) =>
    tracing.span({ kind: "turn", agentId: request.agentId }, async (span) => {
      const end = await inner.run(request, control);
      if (end.failure !== undefined) span.failed(end.failure.reason);
      return end;
    }),
});

const measuredTurns = (inner: Turns, metrics: Metrics): Turns => ({
  broken: (request, startedAt) => inner.broken(request, startedAt),
  async run(request, control) {
    const ended = metrics.turn();
    try {
      const end = await inner.run(request, control);
      ended(end.failure?.reason ?? "done");
      return end;
    } catch (error) {
      ended("unknown");
      throw error;
    }
  },
});
