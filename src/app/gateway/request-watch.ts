import { findMethod } from "../../domain/protocol/catalog.js";
import type { Metrics } from "../../ports/metrics.js";
import type { Tracing } from "../../ports/tracing.js";
import type { Dispatcher } from "./dispatch.js";

/** Whoever takes requests. */
export type Dispatch = Pick<Dispatcher, "dispatch">;

interface Watchers {
  readonly metrics?: Metrics;
  readonly tracing?: Tracing;
}

/** A client may ask for whatever it likes; what is counted under names has a bound. */
const nameOf = (method: string): string => (findMethod(method) === undefined ? "unknown" : method);

/** Requests measured and traced, where somebody wants to know. Where nobody does, nothing stands between them and their handlers. */
export function watchRequests(inner: Dispatch, { metrics, tracing }: Watchers): Dispatch {
  const traced = tracing === undefined ? inner : tracedRequests(inner, tracing);
  return metrics === undefined ? traced : measuredRequests(traced, metrics);
}

const tracedRequests = (inner: Dispatch, tracing: Tracing): Dispatch => ({
  dispatch: (request, caller) =>
    tracing.span({ kind: "request", method: nameOf(request.method), role: caller.role, protocol: caller.protocol }, async (span) => {
      const outcome = await inner.dispatch(request, caller);
      if (!outcome.ok) span.failed(outcome.error.code);
      return outcome;
    }),
});

const measuredRequests = (inner: Dispatch, metrics: Metrics): Dispatch => ({
  async dispatch(request, caller) {
    const ended = metrics.request(nameOf(request.method));
    try {
      const outcome = await inner.dispatch(request, caller);
      ended(outcome.ok ? "ok" : "refused");
      return outcome;
    } catch (error) {
      ended("failed");
      throw error;
    }
  },
});
