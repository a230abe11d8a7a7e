import type { Method } from "../domain/protocol/catalog.js";

/**
 * What sending a method's request twice does. `read`: nothing. `keyed`: nothing either, under the same
 * `idempotencyKey`. `write`: perhaps the same thing twice.
 */
export type Effect = "read" | "keyed" | "write";

// The catalogue says so too, but it is made of schemas that no browser should have to load; a test compares the two.

const KEYED = ["agent", "chat.send", "send", "poll", "message.action", "node.invoke"] as const satisfies readonly Method[];

const READS = [
  "health", "status", "system-presence", "last-heartbeat", "logs.tail", "config.get", "config.schema", "device.pair.list",
  "sessions.list", "sessions.preview", "sessions.resolve", "sessions.subscribe", "sessions.messages.subscribe",
  "agent.wait", "agent.identity.get", "models.list", "agents.list", "chat.history", "channels.status", "channels.pairing.list", "channels.deadLetters.list",
  "node.list", "node.describe", "node.pair.list", "node.pair.verify", "node.pending.pull", "skills.bins",
  "exec.approval.list", "exec.approvals.get", "exec.approvals.node.get", "cron.list", "cron.status", "cron.get", "cron.runs", "voicewake.get", "proxy.check.read",
] as const satisfies readonly Method[];

export type KeyedMethod = (typeof KEYED)[number];

const effects = new Map<string, Effect>([
  ...KEYED.map((name): [string, Effect] => [name, "keyed"]),
  ...READS.map((name): [string, Effect] => [name, "read"]),
]);

/** `write`, the careful answer, also for a method that is not known here. */
export const effectOf = (method: string): Effect => effects.get(method) ?? "write";
