import { invalidRequest, unavailable, type ErrorShape } from "../../../domain/protocol/errors.js";
import { judgeLoop } from "../../../domain/health/loop-health.js";
import type { DeadLetter, LoopHealth } from "../../../domain/protocol/methods/channels.js";
import { failureOf, sentIds, type OutboxItem } from "../../../domain/messaging/outbox-item.js";
import type { RequestName } from "../../../domain/pairing/decide-sender.js";
import { traceOf } from "../../../domain/reason.js";
import type { Channel } from "../../../ports/channel.js";
import type { LoopReading } from "../../../ports/loop-gauge.js";
import { done, refused, type Answer, type Handlers } from "../call.js";
import type { LoginNews } from "../login-desk.js";
import { channelReport } from "../channel-report.js";
import type { DeadMessage } from "../inbound-desk.js";
import type { SenderAnswer } from "../sender-desk.js";
import type { Services } from "../services.js";

type ChannelMethod =
  | "channels.status" | "channels.logout" | "channels.start" | "channels.stop"
  | "channels.pairing.list" | "channels.pairing.approve" | "channels.pairing.dismiss" | "channels.pairing.revoke"
  | "web.login.start" | "web.login.wait"
  | "channels.deadLetters.list" | "channels.deadLetters.retry" | "channels.deadLetters.discard";

const LOGIN_MS = 30_000;
const PROBE_MS = 10_000;
const STOP_MS = 5_000;
const INBOUND = "in:";

/** The channels themselves: how they are, who may write to them, what they could not carry. */
export function channelHandlers(services: Services): Handlers<ChannelMethod> {
  const { book, channels, outbox, inbound, senders, logins, parts } = services;

  const loginAnswer = async (news: LoginNews): Promise<Answer<{ message: string; connected: boolean; qrDataUrl?: string; qrText?: string }>> => {
    switch (news.kind) {
      case "qr":
        return done({ message: "Scan this code with the app on the phone.", connected: false, qrDataUrl: await parts.qrCodes.pngDataUrl(news.text), qrText: news.text });
      case "code":
        return done({ message: `Type this code on the phone: ${news.code}`, connected: false });
      case "linked":
        return done({ message: news.message, connected: true });
      case "waiting":
        return done({ message: "The provider has not answered yet; wait again.", connected: false });
      case "refused":
        return refused(news.code === "unsupported" || news.code === "invalid" ? invalidRequest(news.reason) : unavailable(news.reason));
    }
  };

  /** Does something with one account; what goes wrong inside the channel is told as such. */
  const withAccount = async <R extends object>(ask: { channel: string; accountId?: string | undefined }, act: (channel: Channel) => Promise<R>) => {
    const found = book.find(ask.channel, ask.accountId);
    if ("code" in found) return refused(found.code === "UNAVAILABLE" ? invalidRequest(found.message) : found);
    const names = { channel: found.id, accountId: found.accountId };
    try {
      return done({ ...names, ...(await act(found)) });
    } catch (error) {
      parts.log.error("a channel broke down", { ...names, error: traceOf(error) });
      return refused(unavailable(`channel ${found.id} broke down; the gateway's log has the cause`));
    }
  };

  const namedBy = ({ requestId, code }: { requestId?: string | undefined; code?: string | undefined }): RequestName | ErrorShape => {
    if (requestId !== undefined) return { requestId };
    return code === undefined ? invalidRequest("invalid channels.pairing.approve params: name a requestId or a code") : { code };
  };
  const told = (channel: string, answer: SenderAnswer): Answer<{ channel: string; id: string; requestId: string }> =>
    answer.kind === "refused" || answer.request === undefined
      ? refused(invalidRequest(answer.kind === "refused" ? answer.message : "no such request waits"))
      : done({ channel, id: answer.request.id, requestId: answer.request.requestId });

  return {
    "channels.status": async ({ probe, timeoutMs = PROBE_MS, channel }, { protocol }) => {
      const chosen = channel === undefined || channel === "" ? [...book.all()] : [...book.accounts(channel)];
      if (chosen.length === 0 && channel !== undefined) return refused(invalidRequest(`unsupported channel: ${channel.slice(0, 64)}`));
      if (probe === true) await Promise.all(chosen.map((one) => channels.probe(one, timeoutMs)));
      const eventLoop = protocol >= 4 ? loopHealth(parts.loop?.read()) : undefined;
      return done({ ...channelReport(services, chosen), ...(eventLoop === undefined ? {} : { eventLoop }) });
    },
    "channels.logout": (params) => withAccount(params, (channel) => channel.logout()) as never,
    "channels.start": (params) => withAccount(params, async (channel) => {
      await channels.stopOne(channel, STOP_MS);
      await channels.startOne(channel);
      return { started: true };
    }) as never,
    "channels.stop": (params) => withAccount(params, async (channel) => {
      await channels.stopOne(channel, STOP_MS);
      return { stopped: true };
    }) as never,
    "channels.pairing.list": ({ channel, accountId, approved }) =>
      done({ requests: senders.list(channel, accountId), ...(approved === true ? { approved: senders.approved(channel, accountId) } : {}) }),
    "channels.pairing.approve": async ({ channel, accountId, requestId, code, notify }) => {
      const by = namedBy({ requestId, code });
      if ("message" in by) return refused(by);
      return told(channel, await senders.approve({ channel, by, notify: notify === true, ...(accountId === undefined ? {} : { accountId }) }));
    },
    "channels.pairing.dismiss": async ({ channel, accountId, requestId }) =>
      told(channel, await senders.dismiss({ channel, by: { requestId }, ...(accountId === undefined ? {} : { accountId }) })),
    "channels.pairing.revoke": async ({ channel, accountId, id }) => {
      const answer = await senders.revoke({ channel, id, ...(accountId === undefined ? {} : { accountId }) });
      if (answer.kind === "refused") return refused(invalidRequest(answer.message));
      const revoked = answer.revoked ?? [];
      return done({ channel, id: revoked[0]?.id ?? id, accountIds: revoked.map((one) => one.accountId) });
    },
    "web.login.start": async ({ channel, accountId, force, phoneNumber, timeoutMs = LOGIN_MS }) => {
      const found = book.find(channel, accountId);
      if ("code" in found) return refused(found);
      const request = { force: force === true, ...(phoneNumber === undefined || phoneNumber === "" ? {} : { phoneNumber }) };
      return loginAnswer(await logins.start(found, request, timeoutMs));
    },
    "web.login.wait": async ({ channel, accountId, timeoutMs = LOGIN_MS }) => {
      const found = book.find(channel, accountId);
      return "code" in found ? refused(found) : loginAnswer(await logins.wait(found, timeoutMs));
    },
    "channels.deadLetters.list": ({ channel, accountId }) => {
      const letters = [...inbound.dead().map(([key, record]) => unanswered(key, record)), ...outbox.deadLetters().map(undelivered)];
      const isMeant = (letter: DeadLetter): boolean => (channel === undefined || letter.channel === channel) && (accountId === undefined || letter.accountId === accountId);
      return done({ deadLetters: letters.filter(isMeant).sort((a, b) => a.createdAt - b.createdAt) });
    },
    "channels.deadLetters.retry": async ({ id }) => {
      const retried = id.startsWith(INBOUND) ? await inbound.revive(id.slice(INBOUND.length)) : await outbox.retry(id);
      return retried ? done({ id, retried }) : refused(invalidRequest("there is no dead letter of this id; channels.deadLetters.list shows them"));
    },
    "channels.deadLetters.discard": async ({ id }) => {
      const discarded = id.startsWith(INBOUND) ? await inbound.discard(id.slice(INBOUND.length)) : await outbox.discard(id);
      return discarded ? done({ id, discarded }) : refused(invalidRequest("there is no dead letter of this id; channels.deadLetters.list shows them"));
    },
  };
}

const unanswered = (key: string, { envelope, receivedAt, reason }: DeadMessage): DeadLetter => ({
  id: `${INBOUND}${key}`,
  direction: "in",
  channel: envelope.channel,
  accountId: envelope.accountId,
  chatId: envelope.chat.id,
  ...(envelope.chat.threadId === undefined ? {} : { threadId: envelope.chat.threadId }),
  state: "unanswered",
  reason,
  createdAt: receivedAt,
  partsSent: 0,
  parts: 0,
});

function undelivered(item: OutboxItem): DeadLetter {
  const failure = failureOf(item);
  return {
    id: item.id,
    direction: "out",
    channel: item.channel,
    accountId: item.accountId,
    chatId: item.target.chatId,
    ...(item.target.threadId === undefined ? {} : { threadId: item.target.threadId }),
    ...(item.sessionKey === undefined ? {} : { sessionKey: item.sessionKey }),
    state: failure?.kind ?? "unknown",
    reason: failure?.reason ?? "",
    createdAt: item.createdAt,
    partsSent: sentIds(item).length,
    parts: item.parts.length,
  };
}

function loopHealth(reading: LoopReading | undefined): LoopHealth | undefined {
  if (reading === undefined) return undefined;
  const reasons = judgeLoop(reading);
  return { degraded: reasons.length > 0, reasons, ...reading };
}
