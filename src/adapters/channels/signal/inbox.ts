import { Backoff } from "../../../domain/messaging/backoff.js";
import type { Envelope } from "../../../domain/messaging/envelope.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { SignalConfig } from "./config.js";
import type { Setback } from "./failures.js";
import type { MessageMemory } from "./memory.js";
import { pause } from "./pause.js";
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

/** Hands what comes in to the core, one after the other. */
export class SignalInbox {
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Resolves once it is stored, or the channel stopped. */
  async take(payload: unknown): Promise<void> {
    const { config, memory, self } = this.#parts;
    const { accountId, ignoreStories, noteToSelf } = config;
    const envelope = translateEvent(payload, { accountId, ignoreStories, noteToSelf, memory, self: self() });
    if (envelope === undefined) return;
    const revision = revisionIn(envelope, self());
    if (revision !== undefined) memory.noteRevision(revision.revision, revision.original);
    if (envelope.body.kind === "message") memory.noteText(envelope.messageId, envelope.body.text);
    await this.#store(envelope);
  }

  /** Signal's relay has forgotten it already: there is nowhere to get it from but here. */
  async #store(envelope: Envelope): Promise<void> {
    const { host, cancel, unstored } = this.#parts;
    const backoff = new Backoff();
    let hasFailed = false;
    while (!cancel.aborted) {
      const isStored = await host.accept(envelope).then(() => true, () => false);
      if (isStored) {
        if (hasFailed) unstored(undefined);
        return;
      }
      if (cancel.aborted) return;
      hasFailed = true;
      unstored(UNSTORED);
      await pause(host.clock, backoff.fail(host.clock.now(), host.random()), cancel);
    }
  }
}
