import { plannedPart, type OutboxItem } from "../../domain/messaging/outbox-item.js";
import type { OutboundPart } from "../../domain/messaging/outbound.js";
import type { Route } from "../../domain/messaging/routing.js";
import { isLastRoute, withLastRoute } from "../../domain/messaging/session-target.js";
import { after } from "../../domain/moment.js";
import { reasonOf } from "../../domain/reason.js";
import type { Channel } from "../../ports/channel.js";
import type { ChannelBook } from "./channel-book.js";
import type { Arrival } from "./arrival.js";
import type { InboundDesk } from "./inbound-desk.js";
import type { OutboxDesk } from "./outbox-desk.js";
import type { GatewayParts } from "./parts.js";
import { ReplyDraft } from "./reply-draft.js";
import type { ReplyRenderer } from "./reply-renderer.js";
import type { RunDesk } from "./run-desk.js";
import type { RunEnd } from "./run-facts.js";
import type { SessionDesk } from "./session-desk.js";
import { readTurnFiles } from "./turn-files.js";

interface Deps {
  readonly book: ChannelBook;
  readonly outbox: OutboxDesk;
  readonly renderer: ReplyRenderer;
  readonly runs: RunDesk;
  readonly sessions: SessionDesk;
  readonly inbound: () => InboundDesk;
}

export interface ReplyRequest {
  /** Answered together, the oldest first. */
  readonly messages: readonly Arrival[];
  readonly text: string;
  readonly steering: () => readonly string[];
  /** Those that joined the turn while it ran. */
  readonly alsoAnswered: () => readonly Arrival[];
}

/** A turn whose answer goes to a chat. */
export interface ReplyTurn {
  readonly over: Promise<void>;
  stop(): void;
}

/** Renewed a little before the sign goes out. */
const TYPING_SHARE = 0.8;

/** Lets the agent answer, shows in the chat that it does, and plans what it said. */
export class ReplyDesk {
  readonly #parts: GatewayParts;
  readonly #deps: Deps;

  constructor(parts: GatewayParts, deps: Deps) {
    this.#parts = parts;
    this.#deps = deps;
  }

  /** A line of the gateway's own, in answer to a message. */
  async say({ key, route }: Arrival, text: string): Promise<void> {
    const parts = asReply(this.#deps.renderer.plain(route.reply, text), route);
    await this.#settle([key], { ...itemOf(`note:${key}`, route, this.#parts.clock.now()), answers: [key], parts: parts.map((part) => plannedPart(part)) });
  }

  /** Plans an answer, and with that is done with what it answers. */
  async #settle(keys: readonly string[], item: OutboxItem): Promise<void> {
    const inbound = this.#deps.inbound();
    if ((await this.#deps.outbox.plan(item)) !== "full") return inbound.finish(keys);
    await Promise.all(keys.map((key) => inbound.giveUp(key, "Too much waits to go out, so the answer to this was not kept; look at the channels before it is tried again.")));
  }

  begin(request: ReplyRequest): ReplyTurn {
    const runId = this.#parts.ids.uuid();
    const over = this.#answer(request, runId);
    return { over, stop: () => void this.#deps.runs.abort([runId], "stop") };
  }

  async #answer(request: ReplyRequest, runId: string): Promise<void> {
    const { messages } = request;
    const [first] = messages;
    const last = messages.at(-1);
    if (first === undefined || last === undefined) return;
    const { outbox } = this.#deps;
    const keys = messages.map(({ key }) => key);
    void this.#deps.inbound().begun(keys);
    const left = outbox.draftAnswering(keys);
    // By the first of them, which no other answer begins with, however those after it are collected after a crash.
    const id = left?.id ?? `reply:${first.key}`;
    const item = { ...itemOf(id, last.route, this.#parts.clock.now()), answers: keys };
    const channel = this.#deps.book.get(last.route.reply);
    const draft = channel && this.#draftFor(channel, item, last);
    const shown = left?.parts[0]?.state;
    if (shown?.kind === "sent") draft?.adopt(shown.sent.messageId);
    const end = await this.#run(request, { runId, last, channel, draft });
    await draft?.end();
    if (end === undefined) return;
    const answers = [...keys, ...request.alsoAnswered().map(({ key }) => key)];
    await this.#conclude({ ...item, answers }, { end, last, isDrafted: outbox.get(id)?.draft === true });
  }

  /** `undefined` where nothing was said and nothing is to be: the gateway goes down, and will ask again. */
  async #run(request: ReplyRequest, { runId, last, channel, draft }: { runId: string; last: Arrival; channel: Channel | undefined; draft: ReplyDraft | undefined }): Promise<RunEnd | undefined> {
    const { sessionKey, agentId } = last.route;
    // The turn need not wait until it is on disk where the conversation is.
    this.#noteRoute(last).catch((error: unknown) => this.#parts.log.error("where a conversation is could not be written down", { error: reasonOf(error) }));
    if (channel?.abilities.markRead === true) this.#read(channel, request.messages);
    const stopTyping = channel === undefined ? () => undefined : this.#type(channel, last, draft);
    try {
      const files = channel === undefined ? { attachments: [], notes: [] } : await readTurnFiles(channel, request.messages.map(({ envelope }) => envelope));
      const started = this.#deps.runs.start({
        runId,
        sessionKey,
        agentId,
        message: [request.text, ...files.notes].filter((text) => text !== "").join("\n\n"),
        attachments: files.attachments,
        timeoutMs: this.#parts.config.settings().run.timeoutMs,
        messageId: last.key,
        steering: request.steering,
        ...(draft === undefined ? {} : { watch: (text: string) => draft.watch(text) }),
      });
      if (started.kind !== "started") return this.#refusedRun(runId);
      const end = await started.ended;
      return end.failure?.reason === "aborted" && end.stopReason === "restart" ? undefined : end;
    } finally {
      stopTyping();
    }
  }

  #refusedRun(runId: string): RunEnd {
    const now = this.#parts.clock.now();
    const failure = { reason: "unknown", message: "Too many messages wait in this conversation; please write again when some are answered." } as const;
    return { runId, sessionId: "", startedAt: now, endedAt: now, text: "", stopReason: "error", failure };
  }

  async #conclude(item: Omit<OutboxItem, "parts"> & { readonly answers: readonly string[] }, { end, last, isDrafted }: { end: RunEnd; last: Arrival; isDrafted: boolean }): Promise<void> {
    const { outbox, renderer } = this.#deps;
    const { id, answers } = item;
    const parts = asReply(renderer.markdown(last.route.reply, answerOf(end)), last.route);
    if (parts.length > 0 && !isDrafted) return this.#settle(answers, { ...item, parts: parts.map((part) => plannedPart(part)) });
    if (isDrafted) await (parts.length === 0 ? outbox.leave(id) : outbox.complete(id, { parts, answers }));
    await this.#deps.inbound().finish(answers);
  }

  #draftFor(channel: Channel, item: Omit<OutboxItem, "parts">, last: Arrival): ReplyDraft | undefined {
    const { draftMs, edit } = channel.abilities;
    if (draftMs === undefined || !edit || last.streaming === "off") return undefined;
    const render = (text: string): OutboundPart | undefined => {
      const part = this.#deps.renderer.draft(last.route.reply, text);
      return part === undefined ? undefined : asReply([part], last.route)[0];
    };
    return new ReplyDraft({ channel, outbox: this.#deps.outbox, clock: this.#parts.clock, item, render }, draftMs);
  }

  /** Shows whoever wrote that it was read: who is not let in never learns it. */
  #read(channel: Channel, messages: readonly Arrival[]): void {
    for (const { envelope } of messages) {
      const { chat, messageId } = envelope;
      const message = { chatId: chat.id, messageId, ...(chat.threadId === undefined ? {} : { threadId: chat.threadId }) };
      void channel.markRead(message).catch((error: unknown) => this.#parts.log.debug("a message could not be marked as read", { channel: channel.id, error: reasonOf(error) }));
    }
  }

  /** Shows that an answer is under way, until its draft does. The result ends it. */
  #type(channel: Channel, { route }: Arrival, draft: ReplyDraft | undefined): () => void {
    const { clock, log } = this.#parts;
    const { typingMs } = channel.abilities;
    if (typingMs === undefined) return () => undefined;
    let cancel = (): void => undefined;
    const show = (on: boolean): void => void channel.typing(route.reply.target, on).catch((error: unknown) => log.debug("a typing sign failed", { channel: channel.id, error: reasonOf(error) }));
    const renew = (): void => {
      if (draft?.isShown !== true) show(true);
      cancel = clock.callAt(after(clock.now(), Math.round(typingMs * TYPING_SHARE)), renew);
    };
    renew();
    return () => {
      cancel();
      show(false);
    };
  }

  /** Where this conversation was last: the target that `last` means. */
  async #noteRoute({ route, envelope }: Arrival): Promise<void> {
    const { sessions } = this.#deps;
    const { chat, channel, sender } = envelope;
    const before = sessions.get(route.sessionKey) ?? (await sessions.ensure(route.sessionKey, route.agentId));
    const name = chat.kind === "direct" ? sender.name : chat.title;
    const chatType = chat.kind === "room" ? "channel" : chat.kind;
    const { last } = route;
    const isKnown = before.channel === channel && before.chatType === chatType && (name === undefined || before.displayName !== undefined);
    if (isKnown && (last === undefined || isLastRoute(before, last))) return;
    await sessions.amend(route.sessionKey, (entry) => ({
      ...(last === undefined ? entry : withLastRoute(entry, last)),
      channel,
      chatType,
      ...(name === undefined || entry.displayName !== undefined ? {} : { displayName: name }),
    }));
  }
}

const itemOf = (id: string, { sessionKey, reply }: Route, createdAt: OutboxItem["createdAt"]): Omit<OutboxItem, "parts"> => ({
  id,
  channel: reply.channel,
  accountId: reply.accountId,
  target: reply.target,
  createdAt,
  sessionKey,
});

/** The first of them is a reply where others speak in between. */
const asReply = (parts: readonly OutboundPart[], { reply: { replyTo } }: Route): readonly OutboundPart[] =>
  parts.map((part, nth) => (nth === 0 && replyTo !== undefined ? { ...part, replyTo } : part));

/** What the chat reads. A run that was stopped says no more than it has. */
function answerOf({ text, failure }: RunEnd): string {
  if (failure === undefined || failure.reason === "aborted") return text;
  return [text, `(${failure.message})`].filter((part) => part !== "").join("\n\n");
}
