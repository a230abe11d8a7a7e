import type { ResultOf } from "../../domain/protocol/catalog.js";
import { cell, duration, renderTable } from "./output.js";

type Account = ResultOf<"channels.status">["channelAccounts"][string][number] & Readonly<Record<string, unknown>>;

const HEADINGS = ["CHANNEL", "ACCOUNT", "STATE", "HEARD", "LAST IN", "LAST OUT", "WAITING", "DEAD", "NOTE"];
const LETTER_HEADINGS = ["ID", "CHANNEL", "CHAT", "STATE", "AGE", "WHY"];

/** Every account in a row. What is wrong stands at its end, in the channel's own words. */
export function renderChannels({ channelOrder, channelLabels, channelAccounts }: ResultOf<"channels.status">, nowMs: number): string {
  const rows = channelOrder.flatMap((id) => (channelAccounts[id] ?? []).map((account) => row(channelLabels[id] ?? id, account as Account, nowMs)));
  return rows.length === 0 ? "No channel is configured.\n" : renderTable(HEADINGS, rows);
}

function row(label: string, account: Account, nowMs: number): readonly string[] {
  const outbox = fieldsOf(account["outbox"]);
  const probe = fieldsOf(account["probe"]);
  const note = probe["ok"] === false ? probe["reason"] : account["message"];
  return [
    cell(label, 16),
    cell(account.accountId, 20),
    cell(account["state"], 16),
    ago(account["lastHeardAt"], nowMs),
    ago(account["lastInboundAt"], nowMs),
    ago(account["lastOutboundAt"], nowMs),
    cell(outbox["waiting"], 8),
    cell(outbox["deadLetters"], 8),
    note === undefined ? "" : cell(note, 160),
  ];
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
const ago = (at: unknown, nowMs: number): string => (typeof at === "number" ? `${duration(nowMs - at)} ago` : "-");

export function renderDeadLetters({ deadLetters }: ResultOf<"channels.deadLetters.list">, nowMs: number): string {
  if (deadLetters.length === 0) return "Nothing was given up.\n";
  const rows = deadLetters.map((letter) => [cell(letter.id, 160), cell(letter.channel, 12), cell(letter.chatId, 24), cell(letter.state, 12), duration(nowMs - letter.createdAt), cell(letter.reason, 120)]);
  return `${renderTable(LETTER_HEADINGS, rows)}Try one again with: openclaw channels retry <ID>\nWhere the state is unknown, look into the chat first: the message may be there.\n`;
}
