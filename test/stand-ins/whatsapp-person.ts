import {
  addTransactionCapability, Curve, encodeWAMessage, initAuthCreds, proto, unpadRandomMax16,
  type BinaryNode, type KeyPair, type SignalDataSet, type SignalDataTypeMap, type SignalKeyStore, type SignalRepositoryWithLIDStore,
} from "@whiskeysockets/baileys";
import type { ILogger } from "@whiskeysockets/baileys/lib/Utils/logger.js";
import { createRequire } from "node:module";
import { quietSignal } from "../../src/adapters/channels/whatsapp/quiet-signal.js";
import { makeLibSignalRepository } from "@whiskeysockets/baileys/lib/Signal/libsignal.js";
import { bigEndian, type Bundle } from "./whatsapp-device.js";

// These people's keys are as loud as the account's.
quietSignal(createRequire(createRequire(`${process.cwd()}/package.json`).resolve("@whiskeysockets/baileys"))("libsignal"));

export const SILENT: ILogger = { level: "silent", child: () => SILENT, trace: () => undefined, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

class MemoryKeys implements SignalKeyStore {
  readonly #values = new Map<string, unknown>();

  get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): { [id: string]: SignalDataTypeMap[T] } {
    return Object.fromEntries(ids.flatMap((id) => {
      const value = this.#values.get(`${type} ${id}`);
      return value === undefined ? [] : [[id, value as SignalDataTypeMap[T]]];
    }));
  }

  set(data: SignalDataSet): void {
    for (const [type, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries ?? {})) {
        if (value === null || value === undefined) this.#values.delete(`${type} ${id}`);
        else this.#values.set(`${type} ${id}`, value);
      }
    }
  }
}

/** What a message is enciphered to. */
export interface Sealed {
  readonly type: string;
  readonly ciphertext: Uint8Array;
}

/** Somebody with WhatsApp on a phone: a number, the id behind which WhatsApp hides it, and an identity of Signal's. */
export class WhatsappPerson {
  readonly name: string;
  readonly number: string;
  readonly pn: string;
  readonly lid: string;
  readonly #creds = initAuthCreds();
  #repository!: SignalRepositoryWithLIDStore;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, number: string, hidden: string) {
    this.name = name;
    this.number = number;
    this.pn = `${number}@s.whatsapp.net`;
    this.lid = `${hidden}@lid`;
    this.reset();
  }

  /** Forgets every session, as after a new installation; who they are stays. */
  reset(): void {
    const keys = addTransactionCapability(new MemoryKeys(), SILENT, { maxCommitRetries: 1, delayBetweenTriesMs: 1 });
    this.#repository = makeLibSignalRepository({ creds: this.#creds, keys }, SILENT, async () => []);
  }

  get identity(): KeyPair {
    return this.#creds.signedIdentityKey;
  }

  /** The keys by which others begin to write to them. Without keys for once: these may run out. */
  asBundle(jid: string): BinaryNode {
    const { registrationId, signedIdentityKey, signedPreKey } = this.#creds;
    return {
      tag: "user", attrs: { jid },
      content: [
        { tag: "registration", attrs: {}, content: bigEndian(registrationId, 4) },
        { tag: "type", attrs: {}, content: Buffer.from([5]) },
        { tag: "identity", attrs: {}, content: signedIdentityKey.public },
        { tag: "skey", attrs: {}, content: [
          { tag: "id", attrs: {}, content: bigEndian(signedPreKey.keyId, 3) },
          { tag: "value", attrs: {}, content: signedPreKey.keyPair.public },
          { tag: "signature", attrs: {}, content: signedPreKey.signature },
        ] },
      ],
    };
  }

  seal(to: string, message: proto.IMessage, bundle: () => Bundle): Promise<Sealed> {
    return this.#inTurn(async () => {
      if (!(await this.#repository.validateSession(to)).exists) await this.#repository.injectE2ESession({ jid: to, session: bundle() });
      return this.#repository.encryptMessage({ jid: to, data: encodeWAMessage(message) });
    });
  }

  open(from: string, { type, ciphertext }: Sealed): Promise<proto.Message> {
    return this.#inTurn(async () => {
      const data = await this.#repository.decryptMessage({ jid: from, type: type as "msg" | "pkmsg", ciphertext });
      return proto.Message.decode(unpadRandomMax16(data));
    });
  }

  sealForGroup(group: string, message: proto.IMessage): Promise<{ readonly ciphertext: Uint8Array; readonly key: Uint8Array }> {
    return this.#inTurn(async () => {
      const { ciphertext, senderKeyDistributionMessage } = await this.#repository.encryptGroupMessage({ group, meId: this.lid, data: encodeWAMessage(message) });
      return { ciphertext, key: senderKeyDistributionMessage };
    });
  }

  learnSenderKey(from: string, item: proto.Message.ISenderKeyDistributionMessage): Promise<void> {
    return this.#inTurn(() => this.#repository.processSenderKeyDistributionMessage({ authorJid: from, item }));
  }

  openFromGroup(group: string, from: string, ciphertext: Uint8Array): Promise<proto.Message> {
    return this.#inTurn(async () => proto.Message.decode(unpadRandomMax16(await this.#repository.decryptGroupMessage({ group, authorJid: from, msg: ciphertext }))));
  }

  sign(data: Uint8Array): Uint8Array {
    return Curve.sign(this.identity.private, data);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
