import type { ActionOutcome, MessageRef, OutboundPart, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost, SendAttempt } from "../../../ports/channel.js";
import type { Capabilities } from "./capabilities.js";
import type { ImsgClient, RpcRequest } from "./client.js";
import type { IMessageConfig } from "./config.js";
import type { Expectation } from "./echo-memory.js";
import { AWAY, CODES, isAutomationDenial, isUnsent, judgeAction, judgeSend, type CallFailure } from "./failures.js";
import { bareGuid, textOf, type Fields } from "./fields.js";
import { spool, type Spooled } from "./files.js";
import { renderEdit, renderReaction, renderRead, renderRemoval, renderSend, renderTyping, unnamedId, withoutReply, type Rendered } from "./outgoing.js";
import type { OwnMemory } from "./own-memory.js";

export interface DeliveryParts {
  readonly host: ChannelHost;
  readonly config: IMessageConfig;
  readonly own: OwnMemory;
  /** The running imsg; none while there is none. */
  readonly client: () => ImsgClient | undefined;
  readonly bridge: () => Capabilities;
  /** Whether macOS lets Messages be controlled, as far as the last send has shown. */
  readonly onAutomation: (isAllowed: boolean) => void;
  /** imsg has a send under way that does not end, and takes no other. */
  readonly onBlocked: () => void;
}

/** Messages shows what it has sent within eight seconds, or says that it does not know. */
const SEND_MS = 60_000;
const SEND_FILE_MS = 180_000;
const ACT_MS = 30_000;
/** How long a message may take to show up whose guid was not told. */
const NAMING_MS = 8_000;

/** What goes out through Messages, and what became of it. */
export class IMessageDelivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  async send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt> {
    if (attempt.cancel.aborted) return { kind: "later", reason: "The message was given up before it was sent.", scope: "message" };
    const { host, config } = this.#parts;
    if (part.body.kind !== "media" || config.remoteHost !== undefined) return this.#sendPart(to, part, attempt);
    let file: Spooled;
    try {
      file = await spool(part.body.media, host.openMedia(part.body.media));
    } catch {
      return { kind: "refused", code: "invalid", reason: "The file could not be read to its end, or there is no room for it on the disk; keep it until it is sent." };
    }
    try {
      return await this.#sendPart(to, part, attempt, file);
    } finally {
      await file.letGo();
    }
  }

  async edit(message: MessageRef, part: OutboundPart, { cancel }: SendAttempt): Promise<ActionOutcome> {
    return this.#act(renderEdit(message, part, this.#parts.bridge()), cancel);
  }

  async remove(message: MessageRef): Promise<ActionOutcome> {
    return this.#act(renderRemoval(message, this.#parts.bridge()));
  }

  async react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    return this.#act(renderReaction(message, { emoji, add }, this.#parts.bridge()));
  }

  async typing(to: Target, on: boolean): Promise<void> {
    if (this.#parts.bridge().typing) await this.#parts.client()?.call(renderTyping(to, on), { timeoutMs: ACT_MS });
  }

  async markRead(message: MessageRef): Promise<void> {
    if (this.#parts.bridge().read) await this.#parts.client()?.call(renderRead(message), { timeoutMs: ACT_MS });
  }

  async #sendPart(to: Target, part: OutboundPart, attempt: SendAttempt, file?: Spooled): Promise<Receipt> {
    const { config, bridge } = this.#parts;
    const rendered = renderSend(to, part, { config, bridge: bridge(), ...(file === undefined ? {} : { file }) });
    if ("kind" in rendered) return rendered;
    const tried = await this.#try(rendered, attempt, file !== undefined);
    if (!("failure" in tried)) return tried;
    const { failure } = tried;
    const receipt = judgeSend(failure);
    // The message that it answers may be gone; the answer is still worth sending, and did not leave.
    const isAboutReply = rendered.request.method === "send.rich" && receipt.kind === "refused" && receipt.code !== "forbidden" && isUnsent(failure);
    return isAboutReply ? this.#sendPart(to, withoutReply(part), attempt, file) : receipt;
  }

  async #try({ request, rows }: Rendered, { key, cancel }: SendAttempt, hasFile: boolean): Promise<Receipt | { readonly failure: CallFailure }> {
    const { host, own, client, onAutomation } = this.#parts;
    const imsg = client();
    if (imsg === undefined) return AWAY;
    const expected = own.echo.expect(rows, host.clock.now());
    const outcome = await imsg.call(request, { timeoutMs: hasFile ? SEND_FILE_MS : SEND_MS, cancel });
    if (outcome.kind !== "ok") {
      if (isUnsent(outcome)) own.echo.drop(expected);
      else own.echo.settle(expected, { now: host.clock.now() });
      this.#noteFailure(request, outcome);
      return { failure: outcome };
    }
    onAutomation(true);
    const guid = guidIn(outcome.result);
    own.echo.settle(expected, { now: host.clock.now(), ...(guid === undefined ? {} : { guid }) });
    const messageId = guid ?? (await this.#named(expected, imsg));
    await own.save();
    if (messageId === undefined) return { kind: "accepted", messageId: unnamedId(key) };
    return { kind: "delivered", messageId, ...(request.method === "poll.send" ? { pollId: messageId } : {}) };
  }

  /** The guid by which a message shows up, where imsg did not tell it. */
  async #named({ seen }: Expectation, { gone }: ImsgClient): Promise<string | undefined> {
    const { clock } = this.#parts.host;
    let disarm = (): void => {};
    const tired = new Promise<undefined>((resolve) => { disarm = clock.callAt(after(clock.now(), NAMING_MS), () => { resolve(undefined); }); });
    const named = await Promise.race([seen, tired, gone.then(() => undefined)]);
    disarm();
    return named;
  }

  async #act(request: RpcRequest | Refused, cancel?: Cancel): Promise<ActionOutcome> {
    if ("kind" in request) return request;
    const imsg = this.#parts.client();
    if (imsg === undefined) return AWAY;
    const outcome = await imsg.call(request, { timeoutMs: ACT_MS, ...(cancel === undefined ? {} : { cancel }) });
    if (outcome.kind === "ok") return { kind: "done" };
    this.#noteFailure(request, outcome);
    return judgeAction(outcome);
  }

  #noteFailure({ method }: RpcRequest, failure: CallFailure): void {
    const { host, onAutomation, onBlocked } = this.#parts;
    host.log.debug("A request to imsg failed.", { method, failure: failure.kind, code: failure.kind === "answered" ? failure.code : undefined });
    if (isAutomationDenial(failure)) onAutomation(false);
    if (failure.kind === "answered" && failure.code === CODES.blocked) onBlocked();
  }
}

function guidIn(result: Fields): string | undefined {
  const guid = textOf(result["guid"]) ?? textOf(result["message_guid"]) ?? textOf(result["message_id"]);
  return guid === undefined ? undefined : bareGuid(guid);
}
