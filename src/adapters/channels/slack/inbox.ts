import type { EpochMs } from "../../../domain/moment.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { Directory } from "./directory.js";
import { namedIn, translate, type Self, type Told } from "./translate.js";

/** How long names are waited for, and the kind of a chat where the event leaves it out: that one decides where it belongs. */
const NAMES_MS = 500;
const PLACE_MS = 2_000;
/** So many events may wait to be stored. More stay with Slack, which sends them again. */
const MAX_WAITING = 500;

/** Takes over what Slack tells, one by one in the order in which it came. */
export class SlackInbox {
  readonly #host: ChannelHost;
  readonly #directory: Directory;
  readonly #accountId: string;
  #lane: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  constructor({ host, directory, accountId }: { host: ChannelHost; directory: Directory; accountId: string }) {
    this.#host = host;
    this.#directory = directory;
    this.#accountId = accountId;
  }

  /** Whether Slack may forget it: it is stored, or of no concern. Never rejects. */
  take(told: Told, self: Self): Promise<boolean> {
    if (this.#waiting >= MAX_WAITING || this.#isClosed) return Promise.resolve(false);
    this.#waiting += 1;
    const { userIds, ...place } = namedIn(told);
    const named = { ...place, userIds: userIds.filter((id) => id !== self.userId) };
    const isPlaced = named.chatId === undefined || named.chatKind !== undefined || this.#directory.placeOf(named.chatId) !== undefined;
    const learnt = this.#directory.learn(named, isPlaced ? NAMES_MS : PLACE_MS);
    const taken = this.#lane.then(async () => {
      await learnt;
      return this.#isClosed ? false : await this.#store(told, { self, now: this.#host.clock.now() });
    });
    this.#lane = taken.then(() => (this.#waiting -= 1));
    return taken;
  }

  /** From now on nothing is handed over any more. */
  close(): void {
    this.#isClosed = true;
    this.#directory.close();
  }

  async #store(told: Told, { self, now }: { self: Self; now: EpochMs }): Promise<boolean> {
    const directory = this.#directory;
    try {
      const envelope = translate(told, { accountId: this.#accountId, self, now, nameOf: (id) => directory.nameOf(id), placeOf: (id) => directory.placeOf(id) });
      if (envelope !== undefined) await this.#host.accept(envelope);
      return true;
    } catch {
      this.#host.log.warn("An event of Slack's could not be stored; Slack will send it again.");
      return false;
    }
  }
}
