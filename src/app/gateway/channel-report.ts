import type { AccountSnapshot } from "../../domain/protocol/methods/channels.js";
import type { ResultOf } from "../../domain/protocol/catalog.js";
import type { Channel } from "../../ports/channel.js";
import { accountKey, nameOf } from "./channel-book.js";
import type { Services } from "./services.js";

type Needed = Pick<Services, "book" | "channels" | "outbox" | "parts" | "admission">;

/** States in which an account is there to be written to. */
const CONNECTED = new Set(["live", "degraded"]);

/**
 * Every account as clients know it, with four facts that do not depend on each other: whether it is linked, whether what
 * comes in is admitted, when the way in last gave a sign of life, and how long the oldest message has waited to go out.
 * A channel that looks healthy and is deaf shows in the third, one that can't speak in the fourth.
 */
export function channelReport(services: Needed, chosen: readonly Channel[]): ResultOf<"channels.status"> {
  const ids = [...new Set(chosen.map(({ id }) => id))];
  const labels = Object.fromEntries(chosen.map(({ id, label }) => [id, label]));
  const accounts = Object.fromEntries(ids.map((id) => [id, chosen.filter((channel) => channel.id === id).map((channel) => accountReport(services, channel))]));
  return {
    ts: services.parts.clock.now(),
    channelOrder: ids,
    channelLabels: labels,
    channelDetailLabels: labels,
    channelSystemImages: {},
    channelMeta: ids.map((id) => ({ id, label: labels[id], detailLabel: labels[id] })),
    channels: Object.fromEntries(ids.map((id) => [id, accounts[id]?.[0] ?? {}])),
    channelAccounts: accounts,
    channelDefaultAccountId: Object.fromEntries(ids.map((id) => [id, services.book.accounts(id)[0]?.accountId ?? "default"])),
  };
}

function accountReport({ channels, outbox, parts, admission }: Needed, channel: Channel): AccountSnapshot {
  const now = parts.clock.now();
  const { status, startedAt, heardAt, inboundAt, lastTrouble, probe } = channels.facts(channel);
  const waiting = outbox.waiting(nameOf(channel));
  const sentAt = outbox.lastSentAt.get(accountKey(nameOf(channel)));
  const isConnected = CONNECTED.has(status.state);
  const isLinked = !(status.trouble === "credentials" || status.state === "linking");
  const report = {
    accountId: channel.accountId,
    enabled: true,
    configured: true,
    linked: isLinked,
    linkable: channel.abilities.links === true,
    running: status.state !== "idle",
    connected: isConnected,
    state: status.state,
    stateSinceMs: status.since,
    ...present({
      name: status.identity?.name,
      trouble: status.trouble,
      message: status.message,
      retryAtMs: status.retryAt,
      lastError: lastTrouble?.message,
      lastErrorAt: lastTrouble?.at,
      lastStartAt: startedAt,
      lastInboundAt: inboundAt,
      lastOutboundAt: sentAt,
      lastHeardAt: heardAt,
      probe: probe && { ok: probe.outcome.kind === "ok", at: probe.at, ...probe.outcome },
    }),
    dmPolicy: admission.policyOf(nameOf(channel)).dmPolicy,
    facts: {
      linked: isLinked,
      inboundAdmitted: isConnected,
      lastSignAgeMs: heardAt === undefined ? null : Math.max(0, now - heardAt),
      outboxAgeMs: waiting.oldestAt === undefined ? 0 : Math.max(0, now - waiting.oldestAt),
    },
    outbox: { waiting: waiting.count, deadLetters: outbox.deadLetters().filter((item) => item.channel === channel.id && item.accountId === channel.accountId).length },
  };
  return report;
}

const present = (fields: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
