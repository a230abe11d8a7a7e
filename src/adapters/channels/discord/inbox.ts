import { reasonOf } from "../../../domain/reason.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { lastingController } from "../lasting-controller.js";
import { fetchMissed, type Missed } from "./backfill.js";
import type { DiscordApi } from "./client.js";
import type { Directory } from "./directory.js";
import { idOf, isNewer, type Fields } from "./fields.js";
import { pause } from "../pause.js";
import type { Seen } from "./seen.js";
import { channelIdOf, translate, type Told } from "./translate.js";

/** How often an event is tried from memory, and how many may wait in one channel. What is more is fetched again. */
const TRIES = 5;
const MAX_WAITING = 200;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Channels that are caught up with at the same time. */
const MAX_FETCHING = 4;

export interface InboxParts {
  readonly host: ChannelHost;
  readonly api: DiscordApi;
  readonly accountId: string;
  readonly selfId: string;
  readonly directory: Directory;
  readonly seen: Seen;
  isOwn(messageId: string): boolean;
  /** What Discord told can be stored, or can't. */
  storing(works: boolean): void;
}

interface Lane {
  readonly channelId: string;
  tail: Promise<void>;
  waiting: number;
  /** Something was left out: the channel's history has to be read before anything newer is taken. */
  isBehind: boolean;
}

/**
 * Takes over what Discord tells, in each channel one by one in the order in which it was said. Discord tells it once: what
 * can't be stored is tried again from memory, and then read again from the channel itself.
 */
export class DiscordInbox {
  readonly #parts: InboxParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #closing = lastingController();
  readonly #turns: (() => void)[] = [];
  #fetching = 0;
  /** As it was when the session began. */
  #newestBefore: string | undefined;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  take(told: Told): void {
    const channelId = channelIdOf(told);
    if (channelId === undefined || this.#closing.signal.aborted) return;
    const lane = this.#laneOf(channelId);
    if (lane.waiting >= MAX_WAITING) {
      lane.isBehind = true;
      return;
    }
    this.#enqueue(lane, () => this.#store(lane, told));
  }

  /** A session has begun anew: what was said since the last one comes by itself no more. */
  catchUp(): void {
    this.#newestBefore = this.#parts.seen.newest;
    for (const channelId of this.#parts.seen.channelIds) this.#fallBehind(channelId);
  }

  /** Channels of a server, as Discord shows them at the beginning of a session: in some, the first words fell while nobody was there. */
  meet(channels: readonly Fields[]): void {
    const since = this.#newestBefore;
    if (since === undefined || this.#isClosed) return;
    for (const channel of channels) {
      const [channelId, lastId] = [idOf(channel["id"]), idOf(channel["last_message_id"])];
      if (channelId === undefined || lastId === undefined || !isNewer(lastId, since) || this.#parts.seen.upTo(channelId) !== undefined) continue;
      this.#parts.seen.note(channelId, since);
      this.#fallBehind(channelId);
    }
  }

  /** From now on nothing is handed over any more. Resolves once nothing is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const go of this.#turns.splice(0)) go();
    await Promise.all([...this.#lanes.values()].map(({ tail }) => tail));
  }

  #fallBehind(channelId: string): void {
    const lane = this.#laneOf(channelId);
    lane.isBehind = true;
    this.#enqueue(lane, async () => undefined);
  }

  #laneOf(channelId: string): Lane {
    const known = this.#lanes.get(channelId);
    if (known !== undefined) return known;
    const lane = { channelId, tail: Promise.resolve(), waiting: 0, isBehind: false };
    this.#lanes.set(channelId, lane);
    return lane;
  }

  #enqueue(lane: Lane, work: () => Promise<void>): void {
    lane.waiting += 1;
    lane.tail = lane.tail.then(async () => {
      // History comes first: whatever was told meanwhile is in it, or newer.
      while (lane.isBehind && !this.#isClosed) await this.#readHistory(lane);
      await work();
      while (lane.isBehind && !this.#isClosed && lane.waiting === 1) await this.#readHistory(lane);
    }).catch((error: unknown) => {
      this.#parts.host.log.error("An event of Discord's could not be read, which should not be.", { error: reasonOf(error) });
    }).finally(() => {
      lane.waiting -= 1;
      if (lane.waiting === 0) this.#lanes.delete(lane.channelId);
    });
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #store(lane: Lane, told: Told): Promise<void> {
    const { host, seen } = this.#parts;
    const messageId = told.type === "MESSAGE_CREATE" ? idOf(told.data["id"]) : undefined;
    if (messageId !== undefined) await seen.begin(lane.channelId, messageId);
    for (let tried = 1; !this.#isClosed; tried += 1) {
      if (await this.#handOver(lane.channelId, told)) {
        if (messageId !== undefined) seen.note(lane.channelId, messageId);
        return;
      }
      if (tried < TRIES) await this.#wait(tried);
      else if (messageId === undefined) return host.log.warn("An edit, a reaction or a press at Discord was lost: it could not be stored.");
      else {
        lane.isBehind = true;
        return;
      }
    }
  }

  /** Whether it is stored, or of no concern. */
  async #handOver(channelId: string, told: Told): Promise<boolean> {
    const { host, api, accountId, selfId, directory, isOwn, storing } = this.#parts;
    const finding = await directory.find(channelId, (request) => api.call(request, { cancel: this.#closing.signal }));
    if (this.#isClosed || finding.kind === "unreached") return false;
    const { chat } = finding;
    const selfRole = directory.roleIn(chat.spaceId);
    const envelope = translate(told, { accountId, selfId, chat, now: host.clock.now(), channelName: (id) => directory.nameOf(id), isOwn, ...(selfRole === undefined ? {} : { selfRole }) });
    if (envelope === undefined) return true;
    try {
      await host.accept(envelope);
      storing(true);
      return true;
    } catch {
      storing(false);
      return false;
    }
  }

  async #readHistory(lane: Lane): Promise<void> {
    const { seen, host } = this.#parts;
    for (let tried = 1; lane.isBehind && !this.#isClosed; tried += 1) {
      const after = seen.upTo(lane.channelId);
      if (after === undefined) break;
      const missed = await this.#fetch(lane.channelId, after);
      if (missed.kind === "gone") {
        seen.forget(lane.channelId);
        break;
      }
      if (missed.kind === "messages" && (await this.#storeAll(lane, missed))) {
        if (missed.isCut) host.log.warn("More was said in a Discord channel than is fetched at once; the rest of it is left out.", { channel: lane.channelId });
        break;
      }
      await this.#wait(tried, missed.kind === "later" ? missed.retryAfterMs : 0);
    }
    lane.isBehind = false;
  }

  async #storeAll({ channelId }: Lane, { messages }: Extract<Missed, { kind: "messages" }>): Promise<boolean> {
    for (const data of messages) {
      const id = idOf(data["id"]) ?? "";
      if (this.#isClosed || !(await this.#handOver(channelId, { id, type: "MESSAGE_CREATE", data }))) return false;
      this.#parts.seen.note(channelId, id);
    }
    return true;
  }

  async #fetch(channelId: string, after: string): Promise<Missed> {
    if (this.#fetching >= MAX_FETCHING) await new Promise<void>((resolve) => { this.#turns.push(resolve); });
    this.#fetching += 1;
    try {
      return this.#isClosed ? { kind: "later", retryAfterMs: 0 } : await fetchMissed(this.#parts.api, { channelId, after }, this.#closing.signal);
    } finally {
      this.#fetching -= 1;
      this.#turns.shift()?.();
    }
  }

  #wait(tried: number, atLeastMs = 0): Promise<void> {
    const { clock } = this.#parts.host;
    return pause(clock, Math.max(atLeastMs, Math.min(FIRST_WAIT_MS * 2 ** (tried - 1), LONGEST_WAIT_MS)), this.#closing.signal);
  }
}
