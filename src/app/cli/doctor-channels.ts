import type { GatewayClient } from "../../client/index.js";
import type { ResultOf } from "../../domain/protocol/catalog.js";
import type { Finding } from "./finding.js";
import { cell } from "./output.js";

type Status = ResultOf<"channels.status">;
type Account = Status["channelAccounts"][string][number] & Readonly<Record<string, unknown>>;

/** Channels that do not work, people who wait to be let in, and messages that were given up. */
export async function channelFindings(client: GatewayClient, timeoutMs: number): Promise<readonly Finding[]> {
  // An older gateway, or a device that may not ask: then there is nothing to tell.
  const [status, pairing] = await Promise.all([
    client.call("channels.status", {}, { timeoutMs }).catch(() => undefined),
    client.call("channels.pairing.list", {}, { timeoutMs }).catch(() => ({ requests: [] })),
  ]);
  return [...(status === undefined ? [] : accountFindings(status)), ...waitingFindings(pairing)];
}

function accountFindings({ channelOrder, channelAccounts }: Status): readonly Finding[] {
  const accounts = channelOrder.flatMap((id) => (channelAccounts[id] ?? []).map((account) => ({ id, account: account as Account })));
  const findings = accounts.flatMap(({ id, account }) => findingsOf(id, account));
  const others = accounts.filter(({ id }) => id !== "webchat").length;
  return findings.length > 0 || others === 0 ? findings : [{ check: "channels", state: "ok", message: `${others === 1 ? "one account is" : `${others} accounts are`} connected` }];
}

function findingsOf(id: string, account: Account): readonly Finding[] {
  const name = `${cell(id, 16)} (${cell(account.accountId, 20)})`;
  const message = typeof account["message"] === "string" ? ` ${cell(account["message"], 300)}` : "";
  const { state } = account;
  const dead = Number(Object(account["outbox"])["deadLetters"] ?? 0);
  return [
    ...(state === "needs-operator" ? [{ check: "channels", state: "fail" as const, message: `${name} waits for you.${message}`, fix: [`then: openclaw channels start ${cell(id, 16)} --account ${cell(account.accountId, 64)}`] }] : []),
    ...(state === "backing-off" || state === "degraded" ? [{ check: "channels", state: "warn" as const, message: `${name} is ${state}.${message}` }] : []),
    ...(state === "idle" ? [{ check: "channels", state: "warn" as const, message: `${name} is stopped.`, fix: [`openclaw channels start ${cell(id, 16)} --account ${cell(account.accountId, 64)}`] }] : []),
    ...(dead > 0 ? [{ check: "channels", state: "warn" as const, message: `${name} could not carry ${dead === 1 ? "one message" : `${dead} messages`}.`, fix: ["openclaw channels dead-letters"] }] : []),
  ];
}

/** By account, and without the codes: who copies a command lets somebody in, and should have looked at whom. */
function waitingFindings({ requests }: ResultOf<"channels.pairing.list">): readonly Finding[] {
  const accounts = new Map<string, number>();
  for (const { channel, accountId } of requests) {
    const command = `openclaw pairing list ${cell(channel, 16)} --account ${cell(accountId, 64)}`;
    accounts.set(command, (accounts.get(command) ?? 0) + 1);
  }
  if (accounts.size === 0) return [];
  const fix = [...accounts].map(([command, count]) => `${command}   (${count} waiting)`);
  return [{ check: "senders", state: "warn", message: `${requests.length === 1 ? "Somebody waits" : `${requests.length} people wait`} to be let in to write to you.`, fix }];
}
