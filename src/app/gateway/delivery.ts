import { canonicalText } from "../../domain/idempotency/canonical.js";
import { readButtons, type ButtonAsk } from "../../domain/messaging/buttons.js";
import { failureOf, isSettled, plannedPart, sentIds, type OutboxItem } from "../../domain/messaging/outbox-item.js";
import type { ActionOutcome, MessageRef, OutboundPart, Poll, Sent, Target } from "../../domain/messaging/outbound.js";
import { invalidRequest, unavailable, wireError, type ErrorShape } from "../../domain/protocol/errors.js";
import type { SessionEntry } from "../../domain/sessions/session.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Channel } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import { nameOf, type ChannelBook } from "./channel-book.js";
import type { OutboundMedia, OutboundSource } from "./outbound-media.js";
import type { OutboxDesk } from "./outbox-desk.js";
import type { ReplyRenderer } from "./reply-renderer.js";
import { TOO_LATE, within } from "./within.js";

/** Where a message of an operator, an agent or a program goes, in their words. */
export interface Addressed {
  readonly channel: string | undefined;
  readonly accountId?: string | undefined;
  readonly to: string;
  readonly threadId?: string | undefined;
  /** Names this message and no other, over restarts too. */
  readonly id: string;
  readonly sessionKey?: string | undefined;
}

export interface OutboundText extends Addressed {
  readonly text: string;
  readonly media?: readonly OutboundSource[];
  readonly replyTo?: string | undefined;
  readonly silent?: boolean | undefined;
  /** Below the last of its texts. */
  readonly buttons?: readonly (readonly ButtonAsk[])[] | undefined;
  /** The text is in the channel's dialect already. */
  readonly isRendered?: boolean;
}

export type Delivered =
  | { readonly kind: "delivered"; readonly channel: string; readonly messageId: string; readonly chatId?: string; readonly pollId?: string }
  | { readonly kind: "refused"; readonly error: ErrorShape };

/** `waiting`: it is in the outbox, which goes on trying. */
export type Posted = Delivered | { readonly kind: "waiting" };

/** Long enough to hear of most messages what became of them. */
const POST_WAIT_MS = 30_000;

interface Deps {
  readonly book: ChannelBook;
  readonly outbox: OutboxDesk;
  readonly renderer: ReplyRenderer;
  readonly media: OutboundMedia;
  readonly clock: Clock;
  /** What tells a repetition from a mistake, and keeps nobody's text. */
  readonly digest: (text: string) => string;
}

interface Place {
  readonly channel: Channel;
  readonly target: Target;
}

interface Ready {
  readonly kind: "ready";
  readonly place: Place;
  readonly parts: readonly OutboundPart[];
}

const refused = (error: ErrorShape): Extract<Delivered, { kind: "refused" }> => ({ kind: "refused", error });
const OUTBOX_FULL = unavailable("too many messages wait to be sent; retry when some are", { retryable: true, retryAfterMs: 10_000 });

/** The way out for what is no answer in a chat: through the outbox like everything else. For whoever waits to hear how it went, it is tried once. */
export class Delivery {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  find(id: string | undefined, accountId?: string): Channel | ErrorShape {
    return this.#deps.book.find(id, accountId);
  }

  async send(message: OutboundText): Promise<Delivered> {
    const ready = await this.#readyToGo(message);
    return ready.kind === "ready" ? this.#carry(message, ready.place, ready.parts) : ready;
  }

  /**
   * For what nobody waits for: what can't go now is tried again, and is a dead letter in the end. Tells what became of it
   * where that is known within half a minute, and before it is cancelled: neither takes it back.
   */
  async post(message: OutboundText, cancel: Cancel): Promise<Posted> {
    const ready = await this.#readyToGo(message);
    if (ready.kind !== "ready") return ready;
    const { outbox, clock } = this.#deps;
    const { once: _once, ...item } = this.#itemOf(message, ready.place, ready.parts);
    if ((await outbox.plan(item)) === "full") return refused(OUTBOX_FULL);
    const settled = await within(POST_WAIT_MS, clock, outbox.settled(message.id), cancel);
    return settled === TOO_LATE ? { kind: "waiting" } : outcomeOf(ready.place.channel, settled);
  }

  async #readyToGo(message: OutboundText): Promise<Ready | Extract<Delivered, { kind: "refused" }>> {
    const place = this.#placeOf(message);
    if ("code" in place) return refused(place);
    const { text, media = [] } = message;
    if (text === "" && media.length === 0) return refused(invalidRequest("invalid send params: message must not be empty"));
    const parts = await this.#partsOf(place.channel, message);
    if (!Array.isArray(parts)) return refused(parts as ErrorShape);
    if (parts.length === 0) return refused(invalidRequest("invalid send params: message shows nothing"));
    const whole = message.buttons === undefined ? parts : withButtons(place.channel, parts as readonly OutboundPart[], message.buttons);
    return Array.isArray(whole) ? { kind: "ready", place, parts: whole as readonly OutboundPart[] } : refused(whole as ErrorShape);
  }

  async poll(poll: Addressed & { readonly poll: Poll; readonly silent?: boolean | undefined }): Promise<Delivered> {
    const place = this.#placeOf(poll);
    if ("code" in place) return refused(place);
    const { polls } = place.channel.abilities;
    if (polls === undefined) return refused(invalidRequest(`channel ${place.channel.id} has no polls`));
    if (poll.poll.options.length > polls.maxOptions) return refused(invalidRequest(`channel ${place.channel.id} takes at most ${polls.maxOptions} options`));
    return this.#carry(poll, place, [{ body: { kind: "poll", poll: poll.poll }, ...(poll.silent === true ? { silent: true } : {}) }]);
  }

  /** Edits, deletes or reacts to one message. All of these do no harm twice, so they need no outbox. */
  async act(message: Addressed & { readonly messageId: string }, action: (channel: Channel, ref: MessageRef) => Promise<ActionOutcome>): Promise<ErrorShape | undefined> {
    const place = this.#placeOf(message);
    if ("code" in place) return place;
    const outcome = await action(place.channel, { ...place.target, messageId: message.messageId });
    switch (outcome.kind) {
      case "done":
        return undefined;
      case "refused":
        return errorOf(outcome.code, outcome.reason);
      case "later":
        return unavailable(outcome.reason, { retryable: true, ...(outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs }) });
    }
  }

  #placeOf({ channel: id, accountId, to, threadId }: Addressed): Place | ErrorShape {
    const channel = this.#deps.book.find(id, accountId);
    if ("code" in channel) return channel;
    const target = channel.parseTarget(to);
    if (target === undefined) return invalidRequest(`channel ${channel.id} has no such address; docs/channels/${channel.id}.md says how addresses are written`);
    return { channel, target: threadId === undefined || threadId === "" ? target : { ...target, threadId } };
  }

  async #partsOf(channel: Channel, { text, media = [], replyTo, silent, isRendered }: OutboundText): Promise<readonly OutboundPart[] | ErrorShape> {
    const { renderer } = this.#deps;
    const account = nameOf(channel);
    const written = isRendered === true ? [{ body: { kind: "text" as const, text: { text, plain: text } } }] : undefined;
    const facts = silent === true ? { silent: true } : {};
    if (media.length === 0) return (written ?? renderer.markdown(account, text)).map((part, nth) => ({ ...part, ...facts, ...(nth === 0 && replyTo !== undefined ? { replyTo } : {}) }));
    const kept = await this.#deps.media.keep(channel, media);
    if ("code" in kept) return kept;
    const { caption, rest } = written === undefined ? renderer.caption(account, text) : { rest: written };
    const files = kept.media.map((one, nth): OutboundPart => ({ body: { kind: "media", media: one, ...(nth === 0 && caption !== undefined ? { caption } : {}) } }));
    return [...files, ...rest].map((part, nth) => ({ ...part, ...facts, ...(nth === 0 && replyTo !== undefined ? { replyTo } : {}) }));
  }

  #itemOf({ id, sessionKey }: Addressed, { channel, target }: Place, parts: readonly OutboundPart[]): OutboxItem {
    return {
      id,
      ...nameOf(channel),
      target,
      createdAt: this.#deps.clock.now(),
      once: true,
      fingerprint: this.#deps.digest(textOf(target, parts)),
      parts: parts.map((part) => plannedPart(part)),
      ...(sessionKey === undefined ? {} : { sessionKey }),
    };
  }

  async #carry(message: Addressed, place: Place, parts: readonly OutboundPart[]): Promise<Delivered> {
    const { outbox } = this.#deps;
    const item = this.#itemOf(message, place, parts);
    const { id, fingerprint } = item;
    const { channel } = place;
    const planned = await outbox.plan(item);
    if (planned === "full") return refused(OUTBOX_FULL);
    if (planned === "known") {
      const before = outbox.get(id);
      if (before === undefined || before.fingerprint !== fingerprint) return refused(invalidRequest("this idempotencyKey was used for another message; use a new UUID for each one", { code: "IDEMPOTENCY_CONFLICT" }));
      // What failed before it could arrive is tried again, from where it stopped.
      if (isSettled(before) && failureOf(before)?.kind === "given-up") await outbox.retry(id);
    }
    return outcomeOf(channel, await outbox.settled(id));
  }
}

function withButtons(channel: Channel, parts: readonly OutboundPart[], asked: readonly (readonly ButtonAsk[])[]): readonly OutboundPart[] | ErrorShape {
  if (!channel.abilities.buttons) return invalidRequest(`channel ${channel.id} has no buttons; ask in words`);
  const buttons = readButtons(asked);
  if ("problem" in buttons) return invalidRequest(`invalid send params: at /buttons: ${buttons.problem}`);
  const at = parts.findLastIndex(({ body }) => body.kind === "text");
  if (at < 0) return invalidRequest("invalid send params: at /buttons: buttons need a text to stand below");
  return parts.map((part, nth) => (nth === at && part.body.kind === "text" ? { ...part, body: { ...part.body, buttons } } : part));
}

/** What a message is and where it goes. Files by their names and sizes: each attempt keeps them under new ids. */
function textOf(target: Target, parts: readonly OutboundPart[]): string {
  const bodies = parts.map(({ body, replyTo }) => (body.kind === "media" ? { ...body, media: { ...body.media, id: "" }, replyTo } : { ...body, replyTo }));
  return canonicalText({ target, bodies }) ?? "";
}

function outcomeOf(channel: Channel, item: OutboxItem): Delivered {
  const failure = failureOf(item);
  if (failure !== undefined) return refused(failure.kind === "refused" ? errorOf(failure.code, failure.reason) : unavailable(failure.reason, failure.kind === "given-up" ? { retryable: true } : {}));
  const [messageId = ""] = sentIds(item);
  const sent: Sent | undefined = item.parts.flatMap(({ state }) => (state.kind === "sent" ? [state.sent] : []))[0];
  return {
    kind: "delivered",
    channel: channel.id,
    messageId,
    ...(sent?.chatId === undefined ? {} : { chatId: sent.chatId }),
    ...(sent?.pollId === undefined ? {} : { pollId: sent.pollId }),
  };
}

const errorOf = (code: string, reason: string): ErrorShape => (code === "not-linked" ? wireError("NOT_LINKED", reason) : invalidRequest(reason));

/** Where a session's answers go: what the request names, else where the session was last heard from. */
export function deliveryTarget(
  ask: { channel?: string | undefined; to?: string | undefined; accountId?: string | undefined; threadId?: string | undefined },
  entry: SessionEntry | undefined,
): { readonly channel: string | undefined; readonly to: string | undefined; readonly accountId: string | undefined; readonly threadId: string | undefined } {
  const channel = ask.channel === undefined || ask.channel === "last" ? entry?.lastChannel : ask.channel;
  const sameChannel = channel !== undefined && channel === entry?.lastChannel;
  const isLast = sameChannel && (ask.to === undefined || ask.to === entry?.lastTo);
  return {
    channel,
    to: ask.to ?? (sameChannel ? entry?.lastTo : undefined),
    accountId: ask.accountId ?? (sameChannel ? entry?.lastAccountId : undefined),
    threadId: ask.threadId ?? (isLast ? entry?.lastThreadId : undefined),
  };
}
