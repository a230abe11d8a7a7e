import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import type { ChannelStatus } from "../../../domain/messaging/channel-status.js";
import type { Envelope, MediaRef } from "../../../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { Channel, ChannelHost, FetchedMedia, LoginStep, ProbeOutcome, SendAttempt } from "../../../ports/channel.js";

export interface MemoryChannelOptions {
  readonly id?: string;
  readonly accountId?: string;
  readonly label?: string;
  readonly abilities?: Partial<ChannelAbilities>;
  /** Abilities that it does not have. */
  readonly lacks?: readonly ("media" | "polls" | "typingMs" | "draftMs" | "links")[];
  /** What a login shows; that it is linked, where it is left out. */
  readonly login?: readonly LoginStep[];
  /** Chats that can be written to; all, where it is left out. */
  readonly targets?: readonly string[];
}

/** One message as its chat shows it. */
export interface ShownMessage {
  readonly messageId: string;
  readonly to: Target;
  readonly part: OutboundPart;
  readonly reactions: readonly string[];
  readonly edits: number;
}

/** What somebody says, as far as it is not the usual: a direct message from `ada`. */
export type Saying = Partial<Omit<Envelope, "body">> & Partial<Extract<Envelope["body"], { kind: "message" }>>;

const MEBIBYTE = 1_048_576;
const ABILITIES: ChannelAbilities = {
  text: { limit: 4_096, unit: "utf16", dialect: "markdown" },
  media: { kinds: ["image", "audio", "voice", "video", "file"], maxInBytes: 16 * MEBIBYTE, maxOutBytes: 16 * MEBIBYTE, captionLimit: 1_024 },
  edit: true,
  remove: true,
  threads: true,
  reactions: "one",
  typingMs: 5_000,
  draftMs: 1_000,
  polls: { maxOptions: 12, maxQuestion: 300 },
  buttons: true,
  markRead: true,
  links: true,
  ack: "gated",
};

/** A messaging surface without a provider: what is sent stays in `shown`, and what is said comes from the test. */
export class MemoryChannel implements Channel {
  readonly id: string;
  readonly accountId: string;
  readonly label: string;
  readonly abilities: ChannelAbilities;
  /** How often a chat was told that an answer is under way, and what was marked as read. */
  readonly typed: Target[] = [];
  readonly read: MessageRef[] = [];
  readonly attempts: string[] = [];
  readonly #shown = new Map<string, ShownMessage>();
  readonly #files = new Map<string, Uint8Array>();
  readonly #login: readonly LoginStep[];
  readonly #targets: ReadonlySet<string> | undefined;
  readonly #outcomes: Receipt[] = [];
  #host: ChannelHost | undefined;
  #status: ChannelStatus = { state: "idle", since: epochMs(0) };
  #count = 0;

  constructor({ id = "memory", accountId = "default", label = "Memory", abilities, lacks = [], login, targets }: MemoryChannelOptions = {}) {
    this.id = id;
    this.accountId = accountId;
    this.label = label;
    this.#login = login ?? [{ kind: "linked", message: `${label} is linked.` }];
    const all = { ...ABILITIES, ...abilities };
    this.abilities = Object.fromEntries(Object.entries(all).filter(([name]) => !lacks.some((lack) => lack === name))) as unknown as ChannelAbilities;
    this.#targets = targets && new Set(targets);
  }

  /** What the chats show of this account, oldest first. */
  get shown(): readonly ShownMessage[] {
    return [...this.#shown.values()];
  }

  /** The texts of it, without their form. */
  get texts(): readonly string[] {
    return this.shown.flatMap(({ part: { body } }) => (body.kind === "text" ? [body.text.plain] : []));
  }

  /** Somebody says something; resolves once the gateway has it. */
  async say(saying: Saying = {}): Promise<"stored" | "duplicate"> {
    const { text = "hello", media = [], addressed = false, replyTo, command, ...facts } = saying;
    const messageId = facts.messageId ?? this.#nextId("in");
    const chat = facts.chat ?? { id: "ada", kind: "direct" as const };
    return this.deliver({
      channel: this.id,
      accountId: this.accountId,
      key: `${chat.id}:${messageId}`,
      messageId,
      chat,
      sender: { id: "ada", name: "Ada", isBot: false, isSelf: false },
      sentAt: this.#hostOr().clock.now(),
      ...facts,
      body: { kind: "message", text, media, addressed, ...(replyTo === undefined ? {} : { replyTo }), ...(command === undefined ? {} : { command }) },
    });
  }

  /** Hands over anything that a provider can tell. */
  async deliver(envelope: Envelope): Promise<"stored" | "duplicate"> {
    const host = this.#hostOr();
    host.heard();
    return host.accept(envelope);
  }

  /** A file that a message may refer to. */
  attach(bytes: Uint8Array, facts: Omit<MediaRef, "ref" | "bytes"> = { kind: "file" }): MediaRef {
    const ref = this.#nextId("file");
    this.#files.set(ref, bytes);
    return { ...facts, ref, bytes: bytes.length };
  }

  /** The next message meets this outcome; only `delivered` and `accepted` reach the chat. */
  meetNext(outcome: Receipt): void {
    this.#outcomes.push(outcome);
  }

  /** The connection changes its state. */
  become(status: Omit<ChannelStatus, "since">): void {
    this.#enter(status);
  }

  async start(host: ChannelHost): Promise<void> {
    this.#host = host;
    this.#enter({ state: "live" });
  }

  async stop(_deadline: EpochMs): Promise<void> {
    this.#host = undefined;
    this.#status = { state: "idle", since: this.#status.since };
  }

  status(): ChannelStatus {
    return this.#status;
  }

  parseTarget(text: string): Target | undefined {
    const [chatId = "", threadId] = text.trim().split("#", 2);
    return chatId === "" ? undefined : { chatId, ...(threadId === undefined ? {} : { threadId }) };
  }

  async send(to: Target, part: OutboundPart, { key }: SendAttempt): Promise<Receipt> {
    this.attempts.push(key);
    const planned = this.#outcomes.shift();
    if (planned !== undefined && planned.kind !== "delivered" && planned.kind !== "accepted") return planned;
    const refusal = this.#refusalOf(to, part);
    if (refusal !== undefined) return refusal;
    const messageId = planned?.messageId ?? this.#nextId("out");
    this.#shown.set(messageId, { messageId, to, part, reactions: [], edits: 0 });
    return planned ?? { kind: "delivered", messageId, chatId: to.chatId, ...(part.body.kind === "poll" ? { pollId: `poll-${messageId}` } : {}) };
  }

  async edit({ messageId }: MessageRef, part: OutboundPart, { key }: SendAttempt): Promise<ActionOutcome> {
    this.attempts.push(key);
    return this.#change(this.abilities.edit, messageId, (message) => ({ ...message, part, edits: message.edits + 1 }));
  }

  async remove({ messageId }: MessageRef): Promise<ActionOutcome> {
    return this.#change(this.abilities.remove, messageId, () => undefined);
  }

  async react({ messageId }: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    const others = (message: ShownMessage): readonly string[] => (this.abilities.reactions === "one" ? [] : message.reactions.filter((one) => one !== emoji));
    return this.#change(this.abilities.reactions !== "none", messageId, (message) => ({ ...message, reactions: [...others(message), ...(add ? [emoji] : [])] }), true);
  }

  async typing(to: Target, on: boolean): Promise<void> {
    if (on) this.typed.push(to);
  }

  async markRead(message: MessageRef): Promise<void> {
    this.read.push(message);
  }

  async fetchMedia({ ref, mimeType, fileName }: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    const bytes = this.#files.get(ref);
    if (bytes === undefined) return { kind: "refused", code: "invalid", reason: `${this.label} has no such file any more.` };
    if (bytes.length > maxBytes) return { kind: "too-large" };
    const stream = async function* stream(): AsyncIterable<Uint8Array> {
      yield bytes;
    };
    return { kind: "media", bytes: stream(), ...(mimeType === undefined ? {} : { mimeType }), ...(fileName === undefined ? {} : { fileName }) };
  }

  async probe(): Promise<ProbeOutcome> {
    const { state, trouble, message } = this.#status;
    return state === "live" ? { kind: "ok", latencyMs: 0 } : { kind: "failed", trouble: trouble ?? "network", reason: message ?? `${this.label} is ${state}.` };
  }

  async *login(): AsyncIterable<LoginStep> {
    if (this.abilities.links !== true) yield { kind: "refused", code: "unsupported", reason: `${this.label} is who its configuration says.` };
    else for (const step of this.#login) yield step;
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean }> {
    if (this.abilities.links !== true) return { cleared: false, loggedOut: false };
    this.#enter({ state: "needs-operator", trouble: "credentials", message: `${this.label} is logged out; log in again.` });
    return { cleared: true, loggedOut: true };
  }

  #enter(status: Omit<ChannelStatus, "since">): void {
    const host = this.#hostOr();
    this.#status = { ...status, since: host.clock.now() };
    host.report(this.#status);
  }

  #change(able: boolean, messageId: string, to: (message: ShownMessage) => ShownMessage | undefined, always = false): ActionOutcome {
    const message = this.#shown.get(messageId);
    if (!able) return this.#unsupported();
    if (message === undefined) return always ? { kind: "done" } : { kind: "refused", code: "unknown-target", reason: `${this.label} has no such message.` };
    const next = to(message);
    if (next === undefined) this.#shown.delete(messageId);
    else this.#shown.set(messageId, next);
    return { kind: "done" };
  }

  #refusalOf({ chatId }: Target, { body }: OutboundPart): Refused | undefined {
    const { state, trouble } = this.#status;
    if (state === "needs-operator" && trouble === "credentials") return { kind: "refused", code: "not-linked", reason: `${this.label} is logged out; log in again.` };
    if ((body.kind === "media" && this.abilities.media === undefined) || (body.kind === "poll" && this.abilities.polls === undefined)) return this.#unsupported();
    if (this.#targets === undefined || this.#targets.has(chatId)) return undefined;
    return { kind: "refused", code: "unknown-target", reason: `${this.label} knows no such recipient.` };
  }

  #unsupported(): Refused {
    return { kind: "refused", code: "unsupported", reason: `${this.label} can't do that.` };
  }

  #nextId(prefix: string): string {
    this.#count += 1;
    return `${this.id}-${prefix}-${this.#count}`;
  }

  #hostOr(): ChannelHost {
    if (this.#host === undefined) throw new Error(`${this.label} was not started.`);
    return this.#host;
  }
}
