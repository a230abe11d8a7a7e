import type { ChannelStatus } from "../domain/messaging/channel-status.js";
import type { Envelope } from "../domain/messaging/envelope.js";
import type { StoredMedia } from "../domain/messaging/outbound.js";
import { SilentLog } from "../adapters/log/memory/index.js";
import type { ChannelHost } from "../ports/channel.js";
import type { Log } from "../ports/log.js";
import { HandClock } from "./hand-clock.js";

/** How long, in real milliseconds, something outside may take before it counts as never coming. */
const PATIENCE_MS = 15_000;
const TURN_MS = 5;
const STEP_MS = 250;

/** What a channel lives in, for its tests: keeps everything it is told, and can be as slow or as broken as a disk. */
export class TestChannelHost implements ChannelHost {
  readonly clock: HandClock;
  readonly log: Log;
  readonly envelopes: Envelope[] = [];
  /** Redeliveries that were recognised, by key. */
  readonly duplicates: string[] = [];
  readonly statuses: ChannelStatus[] = [];
  readonly notes = new Map<string, string>();
  readonly files = new Map<string, Uint8Array>();
  signs = 0;
  /** While set, nothing can be stored. */
  broken = false;
  #held: (() => void)[] | undefined;

  constructor({ clock = new HandClock(), log = new SilentLog() }: { clock?: HandClock; log?: Log } = {}) {
    this.clock = clock;
    this.log = log;
  }

  random(): number {
    return 0.5;
  }

  async accept(envelope: Envelope): Promise<"stored" | "duplicate"> {
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held?.push(resolve));
    if (this.broken) throw new Error("the disk is full");
    if (this.envelopes.some(({ key }) => key === envelope.key)) {
      this.duplicates.push(envelope.key);
      return "duplicate";
    }
    this.envelopes.push(structuredClone(envelope));
    return "stored";
  }

  /** From now on storing takes until {@link release}. */
  hold(): void {
    this.#held ??= [];
  }

  get holding(): number {
    return this.#held?.length ?? 0;
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  report(status: ChannelStatus): void {
    this.statuses.push(status);
  }

  heard(): void {
    this.signs += 1;
  }

  async recall(name: string): Promise<string | undefined> {
    return this.notes.get(name);
  }

  async remember(name: string, value: string | undefined): Promise<void> {
    if (this.broken) throw new Error("the disk is full");
    if (value === undefined) this.notes.delete(name);
    else this.notes.set(name, value);
  }

  async *openMedia({ id }: StoredMedia): AsyncIterable<Uint8Array> {
    const bytes = this.files.get(id);
    if (bytes === undefined) throw new Error("the file is gone");
    for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
  }

  /** Keeps a file, as the gateway would before it is sent. */
  keep(bytes: Uint8Array, facts: Omit<StoredMedia, "id" | "bytes">): StoredMedia {
    const id = `media-${this.files.size + 1}`;
    this.files.set(id, bytes);
    return { ...facts, id, bytes: bytes.length };
  }

  get state(): ChannelStatus["state"] | undefined {
    return this.statuses.at(-1)?.state;
  }

  /** Waits for what happens on real sockets, while the hand-moved clock goes on. Throws with `what` where it never comes. */
  async until(what: string, holds: () => boolean | Promise<boolean>, { passing = true }: { passing?: boolean } = {}): Promise<void> {
    for (let waited = 0; waited < PATIENCE_MS; waited += TURN_MS) {
      if (await holds()) return;
      if (passing) await this.clock.pass(STEP_MS);
      await new Promise((resolve) => {
        setTimeout(resolve, TURN_MS);
      });
    }
    throw new Error(`never came: ${what}; last status ${JSON.stringify(this.statuses.at(-1))}`);
  }
}
