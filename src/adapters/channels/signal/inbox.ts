import { Backoff } from "../../../domain/messaging/backoff.js";
import type { Envelope } from "../../../domain/messaging/envelope.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { SignalConfig } from "./config.js";
import type { Setback } from "./failures.js";
import type { MessageMemory } from "./memory.js";
import { pause } from "../pause.js";
import type { Self } from "./target.js";
import { revisionIn, translateEvent } from "./translate.js";

export interface InboxParts {
  readonly config: SignalConfig;
  readonly host: ChannelHost;
  readonly memory: MessageMemory;
  readonly cancel: Cancel;
  self(): Self;
  /** Something can't be stored; `undefined`: it is stored now. */
  unstored(setback: Setback | undefined): void;
}

const UNSTORED: Setback = { state: "degraded", trouble: "bug", message: "What came from Signal could not be stored; make room on the gateway's disk. What comes next waits at signal-cli until then." };

/** So many may be on their way to the disk at once. */
const MAX_UNDER_WAY = 64;

/**
 * Hands what comes in to the core, in the order in which it came. It does not wait for the disk in between: what was not
 * read off the stream when the gateway dies is lost, and the disk takes many as fast as one.
 */
export class SignalInbox {
  readonly #parts: InboxParts;
  readonly #underWay = new Set<Promise<void>>();
  #isHeld = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Resolves once the next may come: with a disk that takes nothing, not before this one is stored or the channel stopped. */
  async take(payload: unknown): Promise<void> {
    const { config, memory, self } = this.#parts;
    const { accountId, ignoreStories, noteToSelf } = config;
    const envelope = translateEvent(payload, { accountId, ignoreStories, noteToSelf, memory, self: self() });
    if (envelope === undefined) return;
    const revision = revisionIn(envelope, self());
    if (revision !== undefined) memory.noteRevision(revision.revision, revision.original);
    if (envelope.body.kind === "message") memory.noteText(envelope.messageId, envelope.body.text);
    const storing = this.#store(envelope).finally(() => this.#underWay.delete(storing));
    this.#underWay.add(storing);
    if (this.#underWay.size >= MAX_UNDER_WAY || this.#isHeld) await this.settled();
  }

  /** Resolves once nothing is on its way to the disk any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Signal's relay has forgotten it already: there is nowhere to get it from but here. */
  async #store(envelope: Envelope): Promise<void> {
    const { host, cancel, unstored } = this.#parts;
    const backoff = new Backoff();
    let hasFailed = false;
    while (!cancel.aborted) {
      const isStored = await host.accept(envelope).then(() => true, () => false);
      if (isStored) {
        if (hasFailed) {
          this.#isHeld = false;
          unstored(undefined);
        }
        return;
      }
      if (cancel.aborted) return;
      hasFailed = true;
      this.#isHeld = true;
      unstored(UNSTORED);
      await pause(host.clock, backoff.fail(host.clock.now(), host.random()), cancel);
    }
  }
}
