import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { ChatKind } from "../../../domain/messaging/envelope.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import { lastingController } from "../lasting-controller.js";
import type { Answer, SlackApi } from "./client.js";
import { fieldsOf, textOf, type Fields } from "./fields.js";
import { unescape } from "./mrkdwn.js";
import { isDirectId } from "./target.js";
import type { Place } from "./translate.js";

const MAX_KNOWN = 2_000;
const MAX_LOOKUPS = 8;
const KNOWN_MS = 3_600_000;
/** What could not be learnt is not asked for again so soon. */
const UNKNOWN_MS = 300_000;

interface Entry<V> {
  readonly value: V | undefined;
  readonly until: EpochMs;
}

/** Names of people and kinds of chats, learnt as they turn up. Nothing waits for it longer than it says, and everything works without it. */
export class Directory {
  readonly #api: SlackApi;
  readonly #clock: Clock;
  readonly #names = new AgeOrderedMap<Entry<string>>(MAX_KNOWN);
  readonly #places = new AgeOrderedMap<Entry<Place>>(MAX_KNOWN);
  readonly #lookups = new Map<string, Promise<void>>();
  readonly #closing = lastingController();
  #quietUntil: EpochMs | undefined;

  constructor(api: SlackApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  nameOf(userId: string): string | undefined {
    return this.#names.get(userId)?.value;
  }

  placeOf(chatId: string): Place | undefined {
    return this.#places.get(chatId)?.value;
  }

  /** Resolves once everything is known that can be learnt about these, or after `waitMs`: then it is learnt for the next time. */
  async learn({ userIds, chatId, chatKind }: { userIds: readonly string[]; chatId?: string; chatKind?: ChatKind }, waitMs: number): Promise<void> {
    const lookups = userIds.filter((id) => this.#isNews(this.#names, id)).map((id) => this.#lookUp(id, () => this.#learnName(id)));
    if (chatId !== undefined && !isDirectId(chatId) && this.#isNews(this.#places, chatId)) {
      lookups.push(this.#lookUp(chatId, () => this.#learnPlace(chatId, chatKind)));
    }
    if (lookups.length === 0) return;
    await new Promise<void>((resolve) => {
      const disarm = this.#clock.callAt(after(this.#clock.now(), waitMs), resolve);
      void Promise.allSettled(lookups).then(() => {
        disarm();
        resolve();
      });
    });
  }

  /** Gives up what it is about to learn. */
  close(): void {
    this.#closing.abort();
  }

  #isNews<V>(known: AgeOrderedMap<Entry<V>>, id: string): boolean {
    const until = known.get(id)?.until;
    return until === undefined || until <= this.#clock.now();
  }

  #lookUp(id: string, learn: () => Promise<void>): Promise<void> {
    const underWay = this.#lookups.get(id);
    if (underWay !== undefined) return underWay;
    const isQuiet = this.#quietUntil !== undefined && this.#clock.now() < this.#quietUntil;
    if (isQuiet || this.#lookups.size >= MAX_LOOKUPS) return Promise.resolve();
    const lookup = learn().finally(() => this.#lookups.delete(id));
    this.#lookups.set(id, lookup);
    return lookup;
  }

  async #learnName(userId: string): Promise<void> {
    const answer = await this.#api.call("users.info", { user: userId }, this.#closing.signal);
    const user = answer.kind === "ok" ? fieldsOf(answer.data["user"]) : undefined;
    const profile = fieldsOf(user?.["profile"]);
    const name = textOf(profile?.["display_name"]) ?? textOf(user?.["real_name"]) ?? textOf(profile?.["real_name"]) ?? textOf(user?.["name"]);
    this.#keep(this.#names, userId, answer, name && unescape(name));
  }

  async #learnPlace(chatId: string, told: ChatKind | undefined): Promise<void> {
    const answer = await this.#api.call("conversations.info", { channel: chatId }, this.#closing.signal);
    const channel = answer.kind === "ok" ? fieldsOf(answer.data["channel"]) : undefined;
    const kind = told ?? (channel === undefined ? undefined : kindOf(channel));
    const title = channel?.["is_mpim"] === true ? undefined : textOf(channel?.["name"]);
    this.#keep(this.#places, chatId, answer, kind && { kind, ...(title === undefined ? {} : { title }) });
  }

  #keep<V>(known: AgeOrderedMap<Entry<V>>, id: string, answer: Answer, value: V | undefined): void {
    const now = this.#clock.now();
    if (answer.kind === "limited") this.#quietUntil = after(now, answer.retryAfterMs);
    // The scope may be missing for good: then these lookups are in vain for everybody.
    known.set(id, { value: value ?? known.get(id)?.value, until: after(now, answer.kind === "ok" ? KNOWN_MS : UNKNOWN_MS) });
  }
}

const kindOf = (channel: Fields): ChatKind => {
  if (channel["is_im"] === true) return "direct";
  return channel["is_mpim"] === true || channel["is_private"] === true ? "group" : "room";
};
