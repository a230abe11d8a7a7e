import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import { after } from "../../../domain/moment.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { fieldsOf, idOf, isNewer } from "./fields.js";

const NAME = "seen";
/** Of two ids of twenty digits each and their signs, this many fit in 64 KiB. */
const MAX_CHANNELS = 1_000;
const WRITE_MS = 3_000;

/**
 * Up to which message each of the channels that were active last has been taken over, kept over restarts. What it says
 * is never later than the truth: a message fetched twice is recognised, one skipped is lost.
 */
export class Seen {
  readonly #host: ChannelHost;
  #channels = new AgeOrderedMap<string>();
  readonly #ids = new Set<string>();
  #botId: string | undefined;
  #disarm: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(host: ChannelHost) {
    this.#host = host;
  }

  get channelIds(): readonly string[] {
    return [...this.#ids];
  }

  async load(): Promise<void> {
    const kept = await this.#host.recall(NAME).catch(() => undefined);
    const { bot, channels } = fieldsOf(parse(kept ?? "{}")) ?? {};
    this.#botId = idOf(bot);
    for (const [channelId, messageId] of Object.entries(fieldsOf(channels) ?? {})) {
      const id = idOf(messageId);
      if (idOf(channelId) !== undefined && id !== undefined) this.#set(channelId, id);
    }
  }

  /** Another bot has other channels. */
  belongTo(botId: string): void {
    if (this.#botId !== undefined && this.#botId !== botId) for (const id of this.channelIds) this.forget(id);
    this.#botId = botId;
  }

  upTo(channelId: string): string | undefined {
    return this.#channels.get(channelId);
  }

  note(channelId: string, messageId: string): void {
    const known = this.#channels.get(channelId);
    if (known !== undefined && !isNewer(messageId, known)) return;
    this.#set(channelId, messageId);
    this.#writeSoon();
  }

  /** The newest message of any channel. */
  get newest(): string | undefined {
    return this.channelIds.map((id) => this.#channels.get(id)).reduce((one, other) => (one === undefined || (other !== undefined && isNewer(other, one)) ? other : one), undefined);
  }

  /**
   * Where nothing of a channel was taken over yet, what comes next begins with this message. Resolves when that is kept:
   * Discord tells a bot of no direct chat by itself, so one that is forgotten is not asked for what it missed.
   */
  async begin(channelId: string, messageId: string): Promise<void> {
    if (this.#channels.get(channelId) !== undefined) return;
    this.#set(channelId, String(BigInt(messageId) - 1n));
    if (!this.#isClosed) await this.#write();
  }

  forget(channelId: string): void {
    this.#ids.delete(channelId);
    if (this.#channels.delete(channelId)) this.#writeSoon();
  }

  /** Writes what is not written yet, and nothing afterwards. */
  async close(): Promise<void> {
    if (this.#disarm !== undefined) void this.#write();
    this.#isClosed = true;
    await this.#writing;
  }

  #set(channelId: string, messageId: string): void {
    this.#channels.set(channelId, messageId);
    this.#ids.add(channelId);
    const oldest = this.#channels.size > MAX_CHANNELS ? this.#channels.oldest() : undefined;
    if (oldest !== undefined) this.forget(oldest.key);
  }

  #writeSoon(): void {
    const { clock } = this.#host;
    if (this.#isClosed) return;
    this.#disarm ??= clock.callAt(after(clock.now(), WRITE_MS), () => void this.#write());
  }

  #write(): Promise<void> {
    this.#disarm?.();
    this.#disarm = undefined;
    const value = JSON.stringify({ bot: this.#botId, channels: Object.fromEntries(this.channelIds.map((id) => [id, this.#channels.get(id)])) });
    this.#writing = this.#writing.then(() => this.#host.remember(NAME, value)).catch(() => {
      this.#host.log.warn("What Discord's channels were taken over up to could not be written; it is tried again.");
      this.#writeSoon();
    });
    return this.#writing;
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
