import type { ResultOf } from "../../../domain/protocol/catalog.js";
import { action, type Call } from "../action.js";
import { renderChannels, renderDeadLetters } from "../channel-list.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure } from "../io.js";
import { cell, printLine } from "../output.js";

interface ChannelsFlags extends ConnectionFlags {
  readonly account?: string;
  readonly channel?: string;
  readonly probe?: boolean;
  readonly force?: boolean;
  readonly phone?: string;
}

type ChannelCall = Call<ChannelsFlags>;

const accountOf = ({ flags, args }: ChannelCall): { channel: string; accountId?: string } => ({
  channel: args[0] ?? "",
  ...(flags.account === undefined ? {} : { accountId: flags.account }),
});

const status = action(async ({ client, flags, args: [channel], timeoutMs, io }: ChannelCall) => {
  const result = await client.call("channels.status", { probe: flags.probe === true, ...(channel === undefined ? {} : { channel }) }, { timeoutMs });
  return { result, said: renderChannels(result, io.now()).trimEnd() };
});

const start = action(async (call: ChannelCall) => {
  const result = await call.client.call("channels.start", accountOf(call), { timeoutMs: call.timeoutMs });
  return { result, said: `${cell(result.channel)} (${cell(result.accountId)}) connects. See: openclaw channels status` };
});

const stop = action(async (call: ChannelCall) => {
  const result = await call.client.call("channels.stop", accountOf(call), { timeoutMs: call.timeoutMs });
  return { result, said: `${cell(result.channel)} (${cell(result.accountId)}) is disconnected until it is started again.` };
});

const logout = action(async (call: ChannelCall) => {
  const result = await call.client.call("channels.logout", accountOf(call), { timeoutMs: call.timeoutMs });
  const { reason } = result as { reason?: unknown };
  const why = typeof reason === "string" ? ` ${cell(reason, 200)}` : "";
  return { result, said: result.cleared ? `${cell(result.channel)} (${cell(result.accountId)}) is logged out.${why}` : `Nothing was logged out.${why}` };
});

/** How long the login of a person with a phone in hand may take, in steps of one wait each. */
const LOGIN_WAITS = 20;
const WAIT_MS = 30_000;

const login = action(async (call: ChannelCall) => {
  const { client, flags, io, timeoutMs } = call;
  const account = accountOf(call);
  const asked = { ...account, force: flags.force === true, ...(flags.phone === undefined ? {} : { phoneNumber: flags.phone }) };
  let news: ResultOf<"web.login.wait"> | ResultOf<"web.login.start"> = await client.call("web.login.start", { ...asked, timeoutMs: WAIT_MS }, { timeoutMs: WAIT_MS + timeoutMs });
  for (let waits = 0; news.connected !== true; waits += 1) {
    if (waits === LOGIN_WAITS) throw new CliFailure("Nobody scanned the code in time.", { code: "LOGIN_TIMEOUT", hints: ["Try again when the phone is at hand."] });
    if (!flags.json) printLine(io.stdout, await shown(news));
    news = await client.call("web.login.wait", { ...account, timeoutMs: WAIT_MS }, { timeoutMs: WAIT_MS + timeoutMs });
  }
  return { result: news, said: cell(news.message, 300) };
});

async function shown({ message, qrText }: Pick<ResultOf<"web.login.wait">, "message" | "qrText">): Promise<string> {
  if (qrText === undefined) return cell(message, 300);
  const { renderUnicodeCompact } = await import("uqr");
  return `${cell(message, 300)}\n\n${renderUnicodeCompact(qrText)}`;
}

const deadLetters = action(async ({ client, flags, io, timeoutMs }: ChannelCall) => {
  const result = await client.call("channels.deadLetters.list", flags.channel === undefined ? {} : { channel: flags.channel }, { timeoutMs });
  return { result, said: renderDeadLetters(result, io.now()).trimEnd() };
});

const retry = action(async ({ client, args: [id = ""], timeoutMs }: ChannelCall) => {
  const result = await client.call("channels.deadLetters.retry", { id }, { timeoutMs });
  return { result, said: "It is tried again." };
});

const discard = action(async ({ client, args: [id = ""], timeoutMs }: ChannelCall) => {
  const result = await client.call("channels.deadLetters.discard", { id }, { timeoutMs });
  return { result, said: "It is forgotten." };
});

export const ACTIONS = { status, start, stop, login, logout, deadLetters, retry, discard };
