import { AsyncLocalStorage } from "node:async_hooks";
import type { BinaryNode, proto, SignalKeyStoreWithTransaction, SignalRepositoryWithLIDStore, UserFacingSocketConfig, WAMessage } from "@whiskeysockets/baileys";
import type { Sdk } from "./sdk.js";

export interface GateParts {
  readonly sdk: Sdk;
  /** Who the account is, once that is known. */
  me(): { readonly id: string; readonly lid?: string } | undefined;
  /** Takes a message over: rejects where it can't be kept, and then WhatsApp must not learn that it was received. */
  receive(message: WAMessage, device: number): Promise<void>;
}

type MakeRepository = NonNullable<UserFacingSocketConfig["makeSignalRepository"]>;

/**
 * Stands between Baileys and Signal's sessions, since Baileys tells WhatsApp of a message before it tells us.
 *
 * In: a message is taken over in the same step in which the keys that opened it are used up. Either both are on disk, and
 * then WhatsApp is told; or neither, and WhatsApp delivers the same once more.
 *
 * Out: the keys that a message uses up are on disk before it leaves. Baileys stores them afterwards, so that a crash in
 * between would use them twice, and the far end could read neither.
 */
export class SignalGate {
  readonly #parts: GateParts;
  /** By the enciphered bytes, which are all that Signal's part is given of a message. */
  readonly #stanzas = new WeakMap<Uint8Array, BinaryNode>();
  /** Runs something as if it had been called from here, outside of whatever step is under way. */
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** Called with each message that comes in, before Baileys looks at it. */
  note(stanza: BinaryNode): void {
    if (!Array.isArray(stanza.content)) return;
    for (const { tag, content } of stanza.content) {
      if (tag === "enc" && content instanceof Uint8Array) this.#stanzas.set(content, stanza);
    }
  }

  readonly makeRepository: MakeRepository = (auth, logger, pnToLid) => {
    const make = this.#parts.sdk.DEFAULT_CONNECTION_CONFIG.makeSignalRepository;
    const inner = make(auth, logger, pnToLid);
    return this.#guard(inner, auth.keys as SignalKeyStoreWithTransaction);
  };

  #guard(inner: SignalRepositoryWithLIDStore, keys: SignalKeyStoreWithTransaction): SignalRepositoryWithLIDStore {
    const outside = this.#outside;
    return {
      ...inner,
      decryptMessage: (sealed) => keys.transaction(async () => {
        const bytes = await inner.decryptMessage(sealed);
        await this.#take(inner, sealed.ciphertext, bytes);
        return bytes;
      }, sealed.jid),
      decryptGroupMessage: (sealed) => keys.transaction(async () => {
        const bytes = await inner.decryptGroupMessage(sealed);
        await this.#take(inner, sealed.msg, bytes);
        return bytes;
      }, sealed.group),
      encryptMessage: (message) => outside(() => inner.encryptMessage(message)),
      encryptGroupMessage: (message) => outside(() => inner.encryptGroupMessage(message)),
      injectE2ESession: (session) => outside(() => inner.injectE2ESession(session)),
    };
  }

  async #take(inner: SignalRepositoryWithLIDStore, sealed: Uint8Array, bytes: Uint8Array): Promise<void> {
    const { sdk, me, receive } = this.#parts;
    const stanza = this.#stanzas.get(sealed);
    const self = me();
    if (stanza === undefined || self === undefined) return;
    const whole = sdk.proto.Message.decode(sdk.unpadRandomMax16(bytes));
    const message: proto.IMessage = whole.deviceSentMessage?.message ?? whole;
    const { fullMessage, author } = sdk.decodeMessageNode(stanza, self.id, self.lid ?? "");
    // What opens the group's next messages comes with this one, and can't be opened a second time.
    if (message.senderKeyDistributionMessage) await inner.processSenderKeyDistributionMessage({ authorJid: author, item: message.senderKeyDistributionMessage });
    const received: WAMessage = { ...fullMessage, message };
    sdk.cleanMessage(received, self.id, self.lid ?? "");
    await receive(received, sdk.jidDecode(author)?.device ?? 0);
  }
}
