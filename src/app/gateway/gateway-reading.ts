import type { Role } from "../../domain/protocol/scopes.js";
import type { AccountReading, GatewayReading } from "../../ports/metrics.js";
import { accountKey, nameOf } from "./channel-book.js";
import type { Services } from "./services.js";

/** How the gateway stands now, for whoever measures it. */
export function readGateway({ parts, hub, book, channels, outbox }: Services, isReady: boolean): GatewayReading {
  const peers: Record<Role, number> = { operator: 0, node: 0 };
  for (const { role } of hub.all()) peers[role] += 1;
  const now = parts.clock.now();
  const dead = new Map<string, number>();
  for (const item of outbox.deadLetters()) dead.set(accountKey(item), (dead.get(accountKey(item)) ?? 0) + 1);
  const accounts = [...book.all()].map((channel): AccountReading => {
    const { status, heardAt } = channels.facts(channel);
    const { count, oldestAt } = outbox.waiting(nameOf(channel));
    return {
      ...nameOf(channel),
      state: status.state,
      waiting: count,
      oldestAgeMs: oldestAt === undefined ? 0 : Math.max(0, now - oldestAt),
      deadLetters: dead.get(accountKey(nameOf(channel))) ?? 0,
      ...(heardAt === undefined ? {} : { lastSignAgeMs: Math.max(0, now - heardAt) }),
    };
  });
  return { version: parts.host.version, isReady, strangers: Math.max(0, hub.connections - hub.size), peers, accounts };
}
