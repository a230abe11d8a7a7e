import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import { needsOperator, type ChannelStatus } from "../../../domain/messaging/channel-status.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Postponed, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Channel, ChannelHost, FetchedMedia, LoginStep, ProbeOutcome, SendAttempt } from "../../../ports/channel.js";
import { abilitiesOf, NO_BRIDGE } from "./capabilities.js";
import type { IMessageConfig } from "./config.js";
import { IMessageConnection } from "./connection.js";
import { IMessageDelivery } from "./delivery.js";
import { NOT_LINKED, STOPPED } from "./failures.js";
import { fetchFile } from "./files.js";
import { OwnMemory } from "./own-memory.js";
import { probeImsg } from "./probe.js";
import { parseIMessageTarget } from "./target.js";

interface Life {
  readonly host: ChannelHost;
  readonly own: OwnMemory;
  readonly connection: IMessageConnection;
  readonly delivery: IMessageDelivery;
}

/** The account that is signed in to Messages on a Mac. */
class IMessageChannel implements Channel {
  readonly id = "imessage";
  readonly label = "iMessage";
  readonly accountId: string;
  readonly #config: IMessageConfig;
  #life: Life | undefined;
  #stopping: Promise<void> | undefined;
  #stoppedAt: EpochMs = epochMs(0);

  constructor(config: IMessageConfig) {
    this.#config = config;
    this.accountId = config.accountId;
  }

  /** What the running imsg offers. Messages' bridge comes and goes with Messages, and most of it with the bridge. */
  get abilities(): ChannelAbilities {
    return abilitiesOf(this.#life?.connection.bridge ?? NO_BRIDGE, this.#config);
  }

  /** Rejects while it runs: a second imsg would tell everything twice. */
  async start(host: ChannelHost): Promise<void> {
    if (this.#life !== undefined) throw new Error(`The iMessage account "${this.accountId}" was started before it was stopped.`);
    const config = this.#config;
    const own = new OwnMemory(host);
    const connection = new IMessageConnection({ config, host, own });
    const delivery = new IMessageDelivery({
      host, config, own,
      client: () => connection.client,
      bridge: () => connection.bridge,
      onAutomation: (isAllowed) => { connection.noteAutomation(isAllowed); },
      onBlocked: () => { connection.renew(); },
    });
    this.#life = { host, own, connection, delivery };
  }

  async stop(deadline: EpochMs): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#stopping ??= this.#end(life, deadline);
    await this.#stopping;
  }

  status(): ChannelStatus {
    return this.#life?.connection.status ?? { state: "idle", since: this.#stoppedAt };
  }

  parseTarget(text: string): Target | undefined {
    return parseIMessageTarget(text);
  }

  async send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt> {
    const delivery = this.#delivery();
    return delivery instanceof IMessageDelivery ? delivery.send(to, part, attempt) : delivery;
  }

  async edit(message: MessageRef, part: OutboundPart, attempt: SendAttempt): Promise<ActionOutcome> {
    const delivery = this.#delivery();
    return delivery instanceof IMessageDelivery ? delivery.edit(message, part, attempt) : delivery;
  }

  async remove(message: MessageRef): Promise<ActionOutcome> {
    const delivery = this.#delivery();
    return delivery instanceof IMessageDelivery ? delivery.remove(message) : delivery;
  }

  async react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    const delivery = this.#delivery();
    return delivery instanceof IMessageDelivery ? delivery.react(message, emoji, add) : delivery;
  }

  async typing(to: Target, on: boolean): Promise<void> {
    const delivery = this.#delivery();
    if (delivery instanceof IMessageDelivery) await delivery.typing(to, on);
  }

  async markRead(message: MessageRef): Promise<void> {
    const delivery = this.#delivery();
    if (delivery instanceof IMessageDelivery) await delivery.markRead(message);
  }

  async fetchMedia(media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    return fetchFile(media, this.#config, maxBytes);
  }

  async probe(cancel: Cancel): Promise<ProbeOutcome> {
    const life = this.#life;
    if (life === undefined) return { kind: "failed", trouble: "network", reason: STOPPED.reason };
    return probeImsg({ ...life, config: this.#config, running: life.connection.client }, cancel);
  }

  /** There is nothing to link but macOS' permission, so this asks whether it is given. */
  async *login(): AsyncIterable<LoginStep> {
    const outcome = await this.probe(new AbortController().signal);
    if (outcome.kind === "failed") {
      yield { kind: "refused", code: outcome.trouble === "credentials" ? "not-linked" : "unsupported", reason: outcome.reason };
      return;
    }
    const isWaiting = needsOperator(this.status());
    yield { kind: "linked", message: `imsg can read Messages${isWaiting ? "; start this channel anew" : ""}. Which account it is, is a matter of Messages on that Mac.` };
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean; reason: string }> {
    return { cleared: false, loggedOut: false, reason: "The account is signed in to Messages on the Mac; sign it out there, in Messages' settings under iMessage, or switch this channel off." };
  }

  async #end({ connection, host, own }: Life, deadline: EpochMs): Promise<void> {
    await connection.close(deadline);
    await own.save();
    this.#stoppedAt = host.clock.now();
    // Not before: whoever starts it meanwhile would have two of them.
    this.#life = undefined;
    this.#stopping = undefined;
  }

  #delivery(): IMessageDelivery | Postponed | Refused {
    const life = this.#life;
    if (life === undefined || this.#stopping !== undefined) return STOPPED;
    const { state, trouble, message } = life.connection.status;
    if (state !== "needs-operator") return life.delivery;
    return trouble === "credentials" || message === undefined ? NOT_LINKED : { ...NOT_LINKED, reason: message };
  }
}

export const imessage = (config: IMessageConfig): Channel => new IMessageChannel(config);
