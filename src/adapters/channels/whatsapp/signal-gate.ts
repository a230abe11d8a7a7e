import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import type { BinaryNode, proto, SignalKeyStoreWithTransaction, SignalRepositoryWithLIDStore, UserFacingSocketConfig, WAMessage } from "@whiskeysockets/baileys";
import type { Sdk } from "./sdk.js";

export interface GateParts {
  readonly sdk: Sdk;
  /** Who the account is, once that is known. */
  me(): { readonly id: string; readonly lid?: string } | undefined;
  /** Takes a message over: rejects where it can't be kept, and then WhatsApp must not learn that it was received. */
  receive(message: WAMessage, device: number): Promise<void>;
  /** The marks that were set before, oldest first. */
  readonly marks: readonly string[];
  /** Whether what is called just now is part of sending a message of ours. */
  isSending(): boolean;
}

/** Marks of messages that were taken over, among the keys: a kind of entry of ours, which Baileys passes on as it is. */
const TAKEN = "taken";
/** More than may wait for their receipt at any time. */
const MOST_MARKS = 500;
/** A message without anything in it, with the padding that each has. */
const NOTHING = Buffer.from([1]);

interface Marks {
  get(type: typeof TAKEN, names: string[]): Promise<Record<string, unknown>>;
  set(data: { readonly [TAKEN]: Record<string, true | null> }): Promise<void>;
}

const marksIn = (keys: object): Marks => keys as Marks;
const nameOf = (sealed: Uint8Array): string => createHash("sha256").update(sealed).digest("base64url");

type MakeRepository = NonNullable<UserFacingSocketConfig["makeSignalRepository"]>;

/**
 * Stands between Baileys and Signal's sessions, since Baileys tells WhatsApp of a message before it tells us.
 *
 * In: a message is taken over in the same step in which the keys that opened it are used up. Either both are on disk, and
 * then WhatsApp is told; or neither, and WhatsApp delivers the same once more. Where the gateway ends before it could
 * tell, the message comes again too, and can't be opened a second time: its mark says that it need not be.
 *
 * Out: the keys that a message uses up are on disk before it leaves. Baileys stores them afterwards, so that a crash in
 * between would use them twice, and the far end could read only one of two.
 *
 * Once: to send a message, Baileys begins another session with whoever it is for, every five minutes and with every
 * connection, and each of them is kept. One that is open, with the same installation of the app, is as good.
 *
 * One after the other: Baileys lets a message go out while another comes in, and each would overwrite what the other has
 * used up.
 */
export class SignalGate {
  readonly #parts: GateParts;
  /** By the enciphered bytes, which are all that Signal's part is given of a message. */
  readonly #stanzas = new WeakMap<Uint8Array, BinaryNode>();
  /** Runs something as if it had been called from here, outside of whatever step is under way. */
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #marks: string[];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.#marks = [...parts.marks];
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
    const outside = <T>(work: () => Promise<T>): Promise<T> => this.#outside(() => this.#inTurn(work));
    return {
      ...inner,
      decryptMessage: (sealed) => this.#inTurn(() => keys.transaction(() => this.#open(inner, keys, { sealed: sealed.ciphertext, open: () => inner.decryptMessage(sealed) }), sealed.jid)),
      decryptGroupMessage: (sealed) => this.#inTurn(() => keys.transaction(() => this.#open(inner, keys, { sealed: sealed.msg, open: () => inner.decryptGroupMessage(sealed) }), sealed.group)),
      encryptMessage: (message) => outside(() => inner.encryptMessage(message)),
      encryptGroupMessage: (message) => outside(() => inner.encryptGroupMessage(message)),
      injectE2ESession: (begun) => {
        const isSending = this.#parts.isSending();
        return outside(async () => {
          const isOpen = isSending && (await inner.getSessionInfo(begun.jid))?.registrationId === begun.session.registrationId;
          if (!isOpen) await inner.injectE2ESession(begun);
        });
      },
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #open(inner: SignalRepositoryWithLIDStore, keys: object, { sealed, open }: { readonly sealed: Uint8Array; open(): Promise<Uint8Array> }): Promise<Uint8Array> {
    const name = nameOf(sealed);
    if ((await marksIn(keys).get(TAKEN, [name]))[name] === true) return NOTHING;
    const bytes = await open();
    await this.#take(inner, sealed, bytes);
    const [oldest] = this.#marks.length >= MOST_MARKS ? this.#marks.splice(0, 1) : [];
    this.#marks.push(name);
    await marksIn(keys).set({ [TAKEN]: { [name]: true, ...(oldest === undefined ? {} : { [oldest]: null }) } });
    return bytes;
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
