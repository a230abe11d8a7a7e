import { action, type Call } from "../action.js";
import type { ConnectionFlags } from "../flags.js";
import { cell, duration, renderTable } from "../output.js";

interface PairingFlags extends ConnectionFlags {
  readonly account?: string;
  readonly notify?: boolean;
}

type PairingCall = Call<PairingFlags>;

const HEADINGS = ["CHANNEL", "ACCOUNT", "CODE", "ID", "NAME", "AGE"];

const accountOf = ({ account }: PairingFlags): { accountId?: string } => (account === undefined ? {} : { accountId: account });

const list = action(async ({ client, flags, args: [channel], io, timeoutMs }: PairingCall) => {
  const result = await client.call("channels.pairing.list", { ...(channel === undefined ? {} : { channel }), ...accountOf(flags) }, { timeoutMs });
  // Names are strangers' texts: every cell is cleaned and cut.
  const rows = result.requests.map(({ channel: id, accountId, code, id: sender, meta, createdAt }) => [
    cell(id, 16), cell(accountId, 20), cell(code, 8), cell(sender, 40), cell(meta?.["name"], 40), duration(io.now() - Date.parse(createdAt)),
  ]);
  const said = rows.length === 0 ? "Nobody waits to be let in." : `${renderTable(HEADINGS, rows)}Let one in with: openclaw pairing approve <CHANNEL> <CODE>`;
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

export const ACTIONS = { list, approve, dismiss };
