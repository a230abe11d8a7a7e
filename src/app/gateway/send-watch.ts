import type { Metrics } from "../../ports/metrics.js";
import type { Tracing } from "../../ports/tracing.js";
import { sendPart } from "./send-part.js";

interface Watchers {
  readonly metrics?: Metrics;
  readonly tracing?: Tracing;
}

/** Sends counted and traced, where somebody wants to know. */
export function watchSends({ metrics, tracing }: Watchers, inner: typeof sendPart = sendPart): typeof sendPart {
  const traced = tracing === undefined ? inner : tracedSends(inner, tracing);
  if (metrics === undefined) return traced;
  return async (channel, task) => {
    const receipt = await traced(channel, task);
    metrics.sent(task.item.channel, receipt.kind);
    return receipt;
  };
}

const tracedSends = (inner: typeof sendPart, tracing: Tracing): typeof sendPart => (channel, task) => {
  const { channel: name, accountId } = task.item;
  return tracing.span({ kind: "send", channel: name, accountId, action: task.part.edits === undefined ? "send" : "edit" }, async (span) => {
    const receipt = await inner(channel, task);
    if ("reason" in receipt) span.failed(receipt.kind);
    return receipt;
  });
};
