import { generateSignalPubKey, getBinaryNodeChild, getBinaryNodeChildBuffer, getBinaryNodeChildren, type BinaryNode, type proto } from "@whiskeysockets/baileys";

export const bigEndian = (value: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
};

export const bytesOf = (node: BinaryNode | undefined, tag: string): Buffer => Buffer.from(getBinaryNodeChildBuffer(node, tag) ?? []);
const numberOf = (node: BinaryNode | undefined, tag: string): number => {
  const bytes = bytesOf(node, tag);
  return bytes.length === 0 ? 0 : bytes.readUIntBE(0, bytes.length);
};

/** Keys with which a session with a device is begun. */
export interface Bundle {
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  readonly signedPreKey: { readonly keyId: number; readonly publicKey: Uint8Array; readonly signature: Uint8Array };
  readonly preKey: { readonly keyId: number; readonly publicKey: Uint8Array };
}

interface SignedKey {
  readonly keyId: number;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** A linked device of the account, as the server knows it. */
export class WhatsappDevice {
  readonly id: number;
  readonly jid: string;
  readonly lid: string;
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  /** What was delivered and not receipted, in order. */
  readonly pending = new Map<string, BinaryNode>();
  /** Asked for once more, enciphered anew. */
  readonly retrying = new Set<string>();
  isLinked = true;
  #signedKey: SignedKey;
  #keys = new Map<number, Uint8Array>();

  constructor(id: number, { number, hidden }: { number: string; hidden: string }, pairing: proto.ClientPayload.IDevicePairingRegistrationData) {
    this.id = id;
    this.jid = `${number}:${id}@s.whatsapp.net`;
    this.lid = `${hidden}:${id}@lid`;
    this.registrationId = Buffer.from(pairing.eRegid ?? []).readUInt32BE(0);
    this.identityKey = pairing.eIdent ?? new Uint8Array();
    this.#signedKey = { keyId: Buffer.from(pairing.eSkeyId ?? []).readUIntBE(0, 3), publicKey: generateSignalPubKey(pairing.eSkeyVal ?? new Uint8Array()), signature: pairing.eSkeySig ?? new Uint8Array() };
  }

  get keysLeft(): number {
    return this.#keys.size;
  }

  /** What `encrypt set` uploads. */
  upload(iq: BinaryNode): void {
    for (const key of getBinaryNodeChildren(getBinaryNodeChild(iq, "list"), "key")) this.#keys.set(numberOf(key, "id"), bytesOf(key, "value"));
    const signed = getBinaryNodeChild(iq, "skey");
    if (signed !== undefined) this.#signedKey = { keyId: numberOf(signed, "id"), publicKey: generateSignalPubKey(bytesOf(signed, "value")), signature: bytesOf(signed, "signature") };
  }

  /** Keys for one session; each is given away once. */
  takeBundle(): Bundle {
    const [first] = this.#keys;
    if (first === undefined) throw new Error("the device has uploaded no keys yet");
    this.#keys.delete(first[0]);
    return {
      registrationId: this.registrationId,
      identityKey: generateSignalPubKey(this.identityKey),
      signedPreKey: this.#signedKey,
      preKey: { keyId: first[0], publicKey: generateSignalPubKey(first[1]) },
    };
  }
}
