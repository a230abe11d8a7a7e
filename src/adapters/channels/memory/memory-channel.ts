import type { Channel, ChannelAbilities, ChannelStatus, OutboundMessage, OutboundPoll, SendOutcome } from "../../../ports/channel.js";

export interface MemoryChannelOptions {
  readonly id?: string;
  readonly label?: string;
  readonly abilities?: Partial<ChannelAbilities>;
  /** Who can be written to; everybody, where it is left out. */
  readonly targets?: readonly string[];
}

const ABILITIES: ChannelAbilities = { text: { limit: 4096, unit: "utf16" }, media: true, polls: true };

/** A messaging surface without a provider: what is sent stays in `sent` and `polls`, for tests and for trying things out. */
export class MemoryChannel implements Channel {
  readonly id: string;
  readonly label: string;
  readonly abilities: ChannelAbilities;
  readonly sent: OutboundMessage[] = [];
  readonly polls: OutboundPoll[] = [];
  readonly #targets: ReadonlySet<string> | undefined;
  readonly #refusals: Extract<SendOutcome, { kind: "refused" }>[] = [];
  #count = 0;

  constructor({ id = "memory", label = "Memory", abilities, targets }: MemoryChannelOptions = {}) {
    this.id = id;
    this.label = label;
    this.abilities = { ...ABILITIES, ...abilities };
    this.#targets = targets && new Set(targets);
  }

  /** The next message or poll meets this refusal instead of being sent. */
  refuseNext(refusal: Extract<SendOutcome, { kind: "refused" }>): void {
    this.#refusals.push(refusal);
  }

  async send(message: OutboundMessage): Promise<SendOutcome> {
    const refusal = this.#refusalOf(message.to, message.mediaUrls.length === 0 || this.abilities.media);
    if (refusal) return refusal;
    this.sent.push(message);
    return { kind: "delivered", messageId: this.#nextId(), chatId: message.to };
  }

  async poll(poll: OutboundPoll): Promise<SendOutcome> {
    const refusal = this.#refusalOf(poll.to, this.abilities.polls);
    if (refusal) return refusal;
    this.polls.push(poll);
    const messageId = this.#nextId();
    return { kind: "delivered", messageId, chatId: poll.to, pollId: `poll-${messageId}` };
  }

  status(): ChannelStatus {
    return { state: "live" };
  }

  #nextId(): string {
    this.#count += 1;
    return `${this.id}-${this.#count}`;
  }

  #refusalOf(to: string, able: boolean): SendOutcome | undefined {
    const planned = this.#refusals.shift();
    if (planned) return planned;
    if (!able) return { kind: "refused", code: "unsupported", reason: `${this.label} can't carry that.` };
    if (this.#targets === undefined || this.#targets.has(to)) return undefined;
    return { kind: "refused", code: "unknown-target", reason: `${this.label} knows no such recipient.` };
  }
}
