import type { ActionOutcome, Receipt } from "../../domain/messaging/outbound.js";
import type { OutboxItem, OutboxPart } from "../../domain/messaging/outbox-item.js";
import { traceOf } from "../../domain/reason.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Channel } from "../../ports/channel.js";
import type { Log } from "../../ports/log.js";

interface Task {
  readonly item: OutboxItem;
  readonly part: OutboxPart;
  readonly at: number;
  readonly cancel: Cancel;
  readonly log: Log;
}

/** Asks a channel to send (or edit) one part. A channel that throws has a bug, and what it was about may have arrived. */
export async function sendPart(channel: Channel | undefined, { item, part, at, cancel, log }: Task): Promise<Receipt | ActionOutcome> {
  if (channel === undefined) return { kind: "refused", code: "not-linked", reason: `Channel ${item.channel} (${item.accountId}) is no longer configured.` };
  const attempt = { key: `${item.id}#${at}`, cancel };
  try {
    if (part.edits === undefined) return await channel.send(item.target, part.part, attempt);
    return await channel.edit({ ...item.target, messageId: part.edits }, part.part, attempt);
  } catch (error) {
    log.error("a channel broke down while it sent", { channel: channel.id, accountId: channel.accountId, error: traceOf(error) });
    return { kind: "unknown", reason: `Channel ${channel.label} broke down while it sent this; the gateway's log has the cause.` };
  }
}
