import { action, type Call } from "../action.js";
import type { ConnectionFlags } from "../flags.js";
import { cell, duration, renderTable } from "../output.js";

interface PairingFlags extends ConnectionFlags {
  readonly account?: string;
  readonly notify?: boolean;
}

type PairingCall = Call<PairingFlags>;

const WAITING = ["CHANNEL", "ACCOUNT", "CODE", "ID", "NAME", "AGE"];
const APPROVED = ["CHANNEL", "ACCOUNT", "ID", "NAME", "APPROVED"];

const accountOf = ({ account }: PairingFlags): { accountId?: string } => (account === undefined ? {} : { accountId: account });

const list = action(async ({ client, flags, args: [channel], io, timeoutMs }: PairingCall) => {
  const result = await client.call("channels.pairing.list", { approved: true, ...(channel === undefined ? {} : { channel }), ...accountOf(flags) }, { timeoutMs });
  // Names are strangers' texts: every cell is cleaned and cut.
  const waiting = result.requests.map(({ channel: id, accountId, code, id: sender, meta, createdAt }) => [
    cell(id, 16), cell(accountId, 20), cell(code, 8), cell(sender, 40), cell(meta?.["name"], 40), duration(io.now() - Date.parse(createdAt)),
  ]);
  const approved = (result.approved ?? []).map(({ channel: id, accountId, id: sender, meta, approvedAt }) => [
    cell(id, 16), cell(accountId, 20), cell(sender, 40), cell(meta?.["name"], 40), `${duration(io.now() - Date.parse(approvedAt))} ago`,
  ]);
  const said = [
    waiting.length === 0 ? "Nobody waits to be let in." : `${renderTable(WAITING, waiting)}Let one in with: openclaw pairing approve <CHANNEL> <CODE>`,
    ...(approved.length === 0 ? [] : [`\nLet in, and may write:\n${renderTable(APPROVED, approved)}Turn one out with: openclaw pairing revoke <CHANNEL> <ID>`]),
  ].join("\n");
  return { result, said };
});

const approve = action(async ({ client, flags, args: [channel = "", code = ""], timeoutMs }: PairingCall) => {
  const result = await client.call("channels.pairing.approve", { channel, code, ...accountOf(flags), ...(flags.notify === true ? { notify: true } : {}) }, { timeoutMs });
  return { result, said: `${cell(result.id, 60)} may write to ${cell(result.channel)} now, and nothing else.` };
});

const dismiss = action(async ({ client, flags, args: [channel = "", code = ""], timeoutMs }: PairingCall) => {
  const { requests } = await client.call("channels.pairing.list", { channel, ...accountOf(flags) }, { timeoutMs });
  const typed = code.replaceAll(/\s/g, "").toUpperCase();
  const requestId = requests.find((one) => one.code === typed || one.requestId === code)?.requestId ?? code;
  const result = await client.call("channels.pairing.dismiss", { channel, requestId, ...accountOf(flags) }, { timeoutMs });
  return { result, said: "The request is dropped." };
});

const revoke = action(async ({ client, flags, args: [channel = "", id = ""], timeoutMs }: PairingCall) => {
  const result = await client.call("channels.pairing.revoke", { channel, id, ...accountOf(flags) }, { timeoutMs });
  return { result, said: `${cell(result.id, 60)} may not write to ${cell(result.channel)} any more (${cell(result.accountIds.join(", "), 100)}).` };
});

export const ACTIONS = { list, approve, dismiss, revoke };
