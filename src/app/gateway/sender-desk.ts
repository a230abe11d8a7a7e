import type { Envelope } from "../../domain/messaging/envelope.js";
import { plannedPart } from "../../domain/messaging/outbox-item.js";
import { decideSender, SENDER_REFUSALS, type RequestName, type SenderCommand, type SenderDecision } from "../../domain/pairing/decide-sender.js";
import { renderSenderApproved, renderSenderRequest } from "../../domain/pairing/sender-message.js";
import { CODE_ALPHABET, CODE_LENGTH, allGrants, pendingRequests, type SenderGrant, type SenderRequestRecord } from "../../domain/pairing/sender.js";
import type { Target } from "../../domain/messaging/outbound.js";
import type { ApprovedSender, SenderRequest } from "../../domain/protocol/methods/channels.js";
import type { Hub } from "./hub.js";
import type { OutboxDesk } from "./outbox-desk.js";
import type { GatewayParts } from "./parts.js";
import type { ReplyRenderer } from "./reply-renderer.js";

type Done = Extract<SenderDecision, { kind: "done" }>;
export type SenderAnswer = Done | { readonly kind: "refused"; readonly message: string };

/** Who may write although the owner did not name him: gives codes to strangers, and carries out what operators decide. */
export class SenderDesk {
  readonly #parts: GatewayParts;
  readonly #deps: { readonly hub: Hub; readonly outbox: OutboxDesk; readonly renderer: ReplyRenderer };

  constructor(parts: GatewayParts, deps: { hub: Hub; outbox: OutboxDesk; renderer: ReplyRenderer }) {
    this.#parts = parts;
    this.#deps = deps;
  }

  /** Gives a stranger his code. Where as many wait as may, he hears nothing. */
  async ask(envelope: Envelope): Promise<void> {
    const { channel, accountId, sender } = envelope;
    const answer = await this.#decide(() => ({ kind: "request", account: { channel, accountId }, sender, code: this.#drawCode(), requestId: this.#parts.ids.uuid() }));
    if (answer.kind === "refused" || answer.request === undefined) return;
    const { request } = answer;
    const id = `pair:${request.requestId}:${request.toldAtMs}`;
    // A crash may have come between the request and its code: then it was this message that asked for it.
    const isUntold = request.toldAtMs >= envelope.sentAt && this.#deps.outbox.get(id) === undefined;
    if (!answer.tell && !isUntold) return;
    // Where the code goes is where an approval is announced.
    await this.#remember(request, envelope.chat.id);
    await this.#say(request, { id, target: { chatId: envelope.chat.id }, text: renderSenderRequest(request) });
    this.#deps.hub.broadcast("channel.pair.requested", rowOf(request));
    this.#parts.log.info("a stranger was given a code", { channel, accountId, requestId: request.requestId });
  }

  list(channel?: string, accountId?: string): readonly SenderRequest[] {
    return pendingRequests(this.#parts.records.senders.view(), this.#parts.clock.now())
      .filter((one) => (channel === undefined || one.channel === channel) && (accountId === undefined || one.accountId === accountId))
      .map(rowOf);
  }

  /** Who may write since somebody approved them. */
  approved(channel?: string, accountId?: string): readonly ApprovedSender[] {
    return allGrants(this.#parts.records.senders.view())
      .filter((one) => (channel === undefined || one.channel === channel) && (accountId === undefined || one.accountId === accountId))
      .map(approvedRowOf);
  }

  async approve(ask: { channel: string; accountId?: string; by: RequestName; notify: boolean }): Promise<SenderAnswer> {
    const { channel, accountId, by } = ask;
    const answer = await this.#decide(() => ({ kind: "approve", channel, by, ...(accountId === undefined ? {} : { accountId }) }));
    if (answer.kind === "done" && answer.request !== undefined) {
      this.#resolved(answer.request, "approved");
      const chatId = ask.notify ? this.#parts.records.notes.view().get(chatNote(answer.request)) : undefined;
      if (chatId !== undefined) await this.#say(answer.request, { id: `paired:${answer.request.requestId}`, target: { chatId }, text: renderSenderApproved() });
      await this.#remember(answer.request, undefined);
    }
    return answer;
  }

  async dismiss({ channel, accountId, by }: { channel: string; accountId?: string; by: RequestName }): Promise<SenderAnswer> {
    const answer = await this.#decide(() => ({ kind: "dismiss", channel, by, ...(accountId === undefined ? {} : { accountId }) }));
    if (answer.kind === "done" && answer.request !== undefined) {
      this.#resolved(answer.request, "rejected");
      await this.#remember(answer.request, undefined);
    }
    return answer;
  }

  /** Takes an approval back. A turn that runs goes on to its end; what waits for one is not answered any more. */
  async revoke({ channel, accountId, id }: { channel: string; accountId?: string; id: string }): Promise<SenderAnswer> {
    const answer = await this.#decide(() => ({ kind: "revoke", channel, id, ...(accountId === undefined ? {} : { accountId }) }));
    if (answer.kind === "done") for (const one of answer.revoked ?? []) this.#parts.log.info("an approved sender was turned out", { channel, accountId: one.accountId });
    return answer;
  }

  /** `make` is asked again where another request has the code that it drew. */
  async #decide(make: () => SenderCommand): Promise<SenderAnswer> {
    for (;;) {
      const command = make();
      const decision = await this.#parts.records.senders.update((records) => {
        const decided = decideSender(records, command, this.#parts.clock.now());
        return { changes: decided.kind === "done" ? decided.changes : new Map(), value: decided };
      });
      if (decision.kind === "done") return decision;
      if (decision.reason !== "code-taken") return { kind: "refused", message: SENDER_REFUSALS[decision.reason] };
    }
  }

  #drawCode(): string {
    const { random } = this.#parts;
    return Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[Math.floor(random() * CODE_ALPHABET.length)]).join("");
  }

  #resolved({ channel, accountId, requestId }: SenderRequestRecord, decision: "approved" | "rejected"): void {
    this.#parts.log.info("a waiting sender was decided on", { channel, accountId, requestId, decision });
    this.#deps.hub.broadcast("channel.pair.resolved", { channel, accountId, requestId, decision, ts: this.#parts.clock.now() });
  }

  async #say({ channel, accountId }: SenderRequestRecord, { id, target, text }: { id: string; target: Target; text: string }): Promise<void> {
    const parts = this.#deps.renderer.plain({ channel, accountId }, text).map((part) => plannedPart(part));
    await this.#deps.outbox.plan({ id, channel, accountId, target, createdAt: this.#parts.clock.now(), parts });
  }

  async #remember(request: SenderRequestRecord, chatId: string | undefined): Promise<void> {
    await this.#parts.records.notes.update(() => ({ changes: new Map([[chatNote(request), chatId]]), value: undefined }));
  }
}

const chatNote = ({ requestId }: SenderRequestRecord): string => `sender-chat:${requestId}`;

const isoOf = (ms: number): string => new Date(ms).toISOString();

const rowOf = ({ requestId, channel, accountId, id, code, createdAtMs, lastSeenAtMs, name }: SenderRequestRecord): SenderRequest => ({
  requestId,
  channel,
  accountId,
  id,
  code,
  createdAt: isoOf(createdAtMs),
  lastSeenAt: isoOf(lastSeenAtMs),
  ...(name === undefined ? {} : { meta: { name } }),
});

const approvedRowOf = ({ channel, accountId, id, approvedAtMs, name }: SenderGrant): ApprovedSender => ({
  channel,
  accountId,
  id,
  approvedAt: isoOf(approvedAtMs),
  ...(name === undefined ? {} : { meta: { name } }),
});
