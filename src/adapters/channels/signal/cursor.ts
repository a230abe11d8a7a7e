import type { ChannelHost } from "../../../ports/channel.js";

const NAME = "last-event";

/**
 * The last event that was taken over, for builds of signal-cli that number them and say what came after. It is written
 * down behind what is under way, and seldom is the newest: what comes twice is recognised by its key.
 */
export class EventCursor {
  readonly #host: ChannelHost;
  #at: string | undefined;
  #isRead = false;
  #written: string | undefined;
  #writing: Promise<void> | undefined;

  constructor(host: ChannelHost) {
    this.#host = host;
  }

  async read(): Promise<string | undefined> {
    if (!this.#isRead) this.#at ??= await this.#host.recall(NAME).catch(() => undefined);
    this.#isRead = true;
    return this.#at;
  }

  move(id: string | undefined): void {
    if (id === undefined) return;
    this.#at = id;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Resolves once nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#at !== this.#written) {
      const id = this.#at;
      const isKept = await this.#host.remember(NAME, id).then(() => true, () => false);
      // With a full disk nothing is lost but time: the next event tries again.
      if (!isKept) return;
      this.#written = id;
    }
  }
}
