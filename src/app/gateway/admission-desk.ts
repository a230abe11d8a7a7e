import { judgeEnvelope, type AdmissionVerdict } from "../../domain/messaging/admission.js";
import { BotBudget } from "../../domain/messaging/bot-budget.js";
import type { Envelope } from "../../domain/messaging/envelope.js";
import { GroupHistory } from "../../domain/messaging/group-history.js";
import { waitsIn, type Lane } from "../../domain/messaging/lane-plan.js";
import { isOwner } from "../../domain/messaging/owner.js";
import { DEFAULT_POLICY, type AccountPolicy } from "../../domain/messaging/policy.js";
import { routeEnvelope, type Route } from "../../domain/messaging/routing.js";
import { judgeAccess } from "../../domain/messaging/sender-access.js";
import { describeMessage } from "../../domain/messaging/speech.js";
import { grantsOf, isApproved } from "../../domain/pairing/sender.js";
import { reasonOf } from "../../domain/reason.js";
import type { AccountName, ChannelBook } from "./channel-book.js";
import type { Arrival } from "./arrival.js";
import type { ConversationDesk } from "./conversation-desk.js";
import type { InboundDesk } from "./inbound-desk.js";
import { namingOf } from "./naming.js";
import type { GatewayParts } from "./parts.js";
import type { SenderDesk } from "./sender-desk.js";
import type { SessionDesk } from "./session-desk.js";
import type { SystemEvents } from "./system-events.js";

interface Deps {
  readonly book: ChannelBook;
  readonly senders: SenderDesk;
  readonly sessions: SessionDesk;
  readonly events: SystemEvents;
  readonly conversations: ConversationDesk;
  readonly inbound: () => InboundDesk;
  readonly noteInbound: (account: AccountName) => void;
}

interface Case {
  readonly key: string;
  readonly envelope: Envelope;
  readonly policy: AccountPolicy;
  readonly route: Route;
}

/** Judges what came in: gathers the facts, lets the domain decide, and hands on what is to be answered. */
export class AdmissionDesk {
  readonly history = new GroupHistory();
  readonly #budget = new BotBudget();
  readonly #parts: GatewayParts;
  readonly #deps: Deps;

  constructor(parts: GatewayParts, deps: Deps) {
    this.#parts = parts;
    this.#deps = deps;
  }

  policyOf({ channel, accountId }: AccountName): AccountPolicy {
    const listed = this.#parts.config.settings().channels.find((one) => one.channel === channel && one.accountId === accountId);
    return listed?.policy ?? DEFAULT_POLICY;
  }

  admit(key: string, envelope: Envelope): void {
    const policy = this.policyOf(envelope);
    const knownAs = this.#knownAs(envelope);
    const route = this.#route(envelope, policy, knownAs);
    if (route === undefined) return this.#ignore(key, envelope, "malformed");
    const verdict = this.#judge({ key, envelope, policy, route }, knownAs);
    this.#deps.noteInbound(envelope);
    this.#carryOut({ key, envelope, policy, route }, verdict);
  }

  /** Whether whoever wrote this may write there, as things are now. */
  isHeard(envelope: Envelope): boolean {
    const knownAs = this.#knownAs(envelope);
    const access = judgeAccess(envelope, { policy: this.policyOf(envelope), isApproved: isApproved(this.#parts.records.senders.view(), envelope, envelope.sender), ...(knownAs === undefined ? {} : { knownAs }) });
    return access.kind === "allowed";
  }

  #route(envelope: Envelope, policy: AccountPolicy, knownAs: string | undefined): Route | undefined {
    const settings = this.#parts.config.settings();
    const naming = namingOf(settings);
    const rules = { naming, agentIds: settings.agents.map(({ id }) => id), dmScope: settings.session.dmScope, identityLinks: settings.session.identityLinks, bindings: settings.bindings };
    return routeEnvelope(envelope, rules, {
      policy,
      isOwner: isOwner(envelope, policy, grantsOf(this.#parts.records.senders.view(), envelope)),
      isDefaultAccount: this.#deps.book.accounts(envelope.channel)[0]?.accountId === envelope.accountId,
      ...(knownAs === undefined ? {} : { knownAs }),
    });
  }

  #judge({ envelope, policy, route }: Case, knownAs: string | undefined): AdmissionVerdict {
    const { sender, chat, body } = envelope;
    const now = this.#parts.clock.now();
    const activation = this.#deps.sessions.get(route.sessionKey)?.groupActivation;
    const original = body.kind === "edit" || body.kind === "removal" ? this.#originalOf(envelope, route) : undefined;
    const isCounted = sender.isBot && !sender.isSelf && policy.allowBots;
    return judgeEnvelope(envelope, {
      now,
      policy,
      isApproved: isApproved(this.#parts.records.senders.view(), envelope, sender),
      isDuplicate: false,
      ...(knownAs === undefined ? {} : { knownAs }),
      ...(activation === "mention" || activation === "always" ? { activation } : {}),
      ...(original === undefined ? {} : { original }),
      ...(isCounted ? { botBudget: this.#budget.spend({ channel: envelope.channel, accountId: envelope.accountId, chatId: chat.id, senderId: sender.id }, now) } : {}),
    });
  }

  #originalOf({ messageId, sender }: Envelope, route: Route): "waiting" | "kept" | undefined {
    const lane: Lane<Arrival> = this.#deps.conversations.laneOf(route.sessionKey);
    if (waitsIn(lane, { place: placeOf(route), messageId, speakerId: sender.id })) return "waiting";
    return this.history.has(route.sessionKey, { messageId, speaker: sender }) ? "kept" : undefined;
  }

  #carryOut(one: Case, verdict: AdmissionVerdict): void {
    const { key, envelope, policy, route } = one;
    const { conversations, events, senders, inbound } = this.#deps;
    switch (verdict.kind) {
      case "answer":
        this.history.drop(route.sessionKey, { messageId: envelope.messageId, speaker: envelope.sender });
        return conversations.arrive({
          key,
          envelope,
          route,
          messageId: envelope.messageId,
          place: placeOf(route),
          mode: policy.queueMode,
          streaming: policy.streaming,
          spoken: { speaker: envelope.sender, text: verdict.text, ...(verdict.lateMs === undefined ? {} : { lateMs: verdict.lateMs }) },
          history: () => (envelope.chat.kind === "direct" ? [] : this.history.take(route.sessionKey)),
        });
      case "context":
        this.history.keep(route.sessionKey, { messageId: envelope.messageId, speaker: envelope.sender, text: this.#described(envelope, verdict.text) }, policy.historyLimit);
        return this.#done(key);
      case "replace":
        conversations.correct(route.sessionKey, { place: placeOf(route), messageId: envelope.messageId, speakerId: envelope.sender.id }, verdict.text);
        return this.#done(key);
      case "withdraw":
        this.history.drop(route.sessionKey, { messageId: envelope.messageId, speaker: envelope.sender });
        conversations.withdraw(route.sessionKey, { place: placeOf(route), messageId: envelope.messageId, speakerId: envelope.sender.id });
        return this.#done(key);
      case "event":
        // Where it could not be written down, it is told again when the gateway next starts.
        void events.queue(verdict.line, { key: route.sessionKey, agentId: route.agentId }).then(
          () => inbound().finish([key]),
          (error: unknown) => this.#parts.log.error("an event could not be written down", { channel: envelope.channel, error: reasonOf(error) }),
        );
        return;
      case "moved":
        void this.#move(envelope, verdict.to).finally(() => this.#done(key));
        return;
      case "ask-to-pair":
        // Where it could not be written down, it is asked again when the gateway next starts.
        void senders.ask(envelope).then(
          () => inbound().finish([key]),
          (error: unknown) => this.#parts.log.error("a stranger could not be given a code", { channel: envelope.channel, error: reasonOf(error) }),
        );
        return;
      case "ignore":
        return this.#ignore(key, envelope, verdict.reason);
    }
  }

  #described({ body }: Envelope, text: string): string {
    return body.kind === "message" ? describeMessage(text, body.media) : text;
  }

  #ignore(key: string, { channel, accountId, chat }: Envelope, reason: string): void {
    this.#parts.log.debug("a message is not answered", { channel, accountId, chat: chat.kind, reason });
    this.#done(key);
  }

  #done(key: string): void {
    void this.#deps.inbound().finish([key]);
  }

  /** The id under which a chat was first known: its session and its rules go by that. */
  #knownAs({ channel, accountId, chat }: Envelope): string | undefined {
    return this.#parts.records.notes.view().get(movedKey({ channel, accountId }, chat.id));
  }

  async #move(envelope: Envelope, to: string): Promise<void> {
    const first = this.#knownAs(envelope) ?? envelope.chat.id;
    await this.#parts.records.notes
      .update(() => ({ changes: new Map([[movedKey(envelope, to), first]]), value: undefined }))
      .catch((error: unknown) => this.#parts.log.error("a chat's move could not be written down", { channel: envelope.channel, error: reasonOf(error) }));
  }
}

const movedKey = ({ channel, accountId }: AccountName, chatId: string): string => `moved:${JSON.stringify([channel, accountId, chatId])}`;

/** Only messages of one place are answered together. */
const placeOf = ({ reply: { channel, accountId, target } }: Route): string => JSON.stringify([channel, accountId, target.chatId, target.threadId ?? null]);
