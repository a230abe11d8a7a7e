import { aesDecryptGCM, aesEncryptGCM, Curve, hkdf, proto, sha256, type KeyPair } from "@whiskeysockets/baileys";

const MODE = Buffer.from("Noise_XX_25519_AESGCM_SHA256\0\0\0\0");
const HEADER = Buffer.from([0x57, 0x41, 6, 3]);
const NOTHING = Buffer.alloc(0);

const ivOf = (counter: number): Buffer => {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
};

/** Who the server is: a key, and two certificates that lead from it to a root. */
export class NoiseIdentity {
  readonly root: KeyPair = Curve.generateKeyPair();
  readonly key: KeyPair = Curve.generateKeyPair();
  readonly chain: Uint8Array;

  constructor() {
    const { Details } = proto.CertChain.NoiseCertificate;
    const intermediate = Curve.generateKeyPair();
    const middle = Details.encode({ serial: 1, issuerSerial: 0, key: intermediate.public }).finish();
    const leaf = Details.encode({ serial: 2, issuerSerial: 1, key: this.key.public }).finish();
    this.chain = proto.CertChain.encode({
      intermediate: { details: middle, signature: Curve.sign(this.root.private, middle) },
      leaf: { details: leaf, signature: Curve.sign(intermediate.private, leaf) },
    }).finish();
  }
}

interface Key {
  readonly secret: Uint8Array;
  counter: number;
}

/** The server's half of Noise XX, and the framing around it. */
export class NoiseResponder {
  readonly #identity: NoiseIdentity;
  readonly #ephemeral = Curve.generateKeyPair();
  #hash: Uint8Array = MODE;
  #salt: Uint8Array = MODE;
  #key: Key = { secret: MODE, counter: 0 };
  #read: Key | undefined;
  #write: Key | undefined;
  #bytes: Buffer = NOTHING;
  #hasHeader = false;

  constructor(identity: NoiseIdentity) {
    this.#identity = identity;
    this.#mixHash(HEADER);
  }

  get isOpen(): boolean {
    return this.#write !== undefined;
  }

  /** Whole frames out of what came; deciphered once the handshake is over. */
  take(bytes: Uint8Array): readonly Uint8Array[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (!this.#hasHeader) {
      if (this.#bytes.length < HEADER.length) return [];
      if (!this.#bytes.subarray(0, HEADER.length).equals(HEADER)) throw new Error("this is no WhatsApp client");
      this.#bytes = this.#bytes.subarray(HEADER.length);
      this.#hasHeader = true;
    }
    const frames: Uint8Array[] = [];
    for (;;) {
      if (this.#bytes.length < 3) return frames;
      const length = this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < length + 3) return frames;
      frames.push(Buffer.from(this.#bytes.subarray(3, length + 3)));
      this.#bytes = this.#bytes.subarray(length + 3);
    }
  }

  frame(data: Uint8Array): Uint8Array {
    const head = Buffer.alloc(3);
    head.writeUIntBE(data.length, 0, 3);
    return Buffer.concat([head, data]);
  }

  hello(clientHello: proto.HandshakeMessage.IClientHello): Uint8Array {
    const theirs = clientHello.ephemeral ?? NOTHING;
    this.#mixHash(theirs);
    this.#mixHash(this.#ephemeral.public);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, theirs));
    const key = this.#seal(this.#identity.key.public);
    this.#mixKey(Curve.sharedKey(this.#identity.key.private, theirs));
    const payload = this.#seal(this.#identity.chain);
    return proto.HandshakeMessage.encode({ serverHello: { ephemeral: this.#ephemeral.public, static: key, payload } }).finish();
  }

  finish(clientFinish: proto.HandshakeMessage.IClientFinish): proto.ClientPayload {
    const theirs = this.#open(clientFinish.static ?? NOTHING);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, theirs));
    const payload = proto.ClientPayload.decode(this.#open(clientFinish.payload ?? NOTHING));
    const [read, write] = this.#expand(NOTHING);
    [this.#read, this.#write] = [{ secret: read, counter: 0 }, { secret: write, counter: 0 }];
    return payload;
  }

  encrypt(data: Uint8Array): Uint8Array {
    if (this.#write === undefined) throw new Error("the handshake is not over");
    return aesEncryptGCM(data, this.#write.secret, ivOf(this.#write.counter++), NOTHING);
  }

  decrypt(data: Uint8Array): Uint8Array {
    if (this.#read === undefined) throw new Error("the handshake is not over");
    return aesDecryptGCM(data, this.#read.secret, ivOf(this.#read.counter++), NOTHING);
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = sha256(Buffer.concat([this.#hash, data]));
  }

  #expand(data: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const key = hkdf(data, 64, { salt: Buffer.from(this.#salt), info: "" });
    return [key.subarray(0, 32), key.subarray(32)];
  }

  #mixKey(data: Uint8Array): void {
    const [salt, secret] = this.#expand(data);
    this.#salt = salt;
    this.#key = { secret, counter: 0 };
  }

  #seal(data: Uint8Array): Uint8Array {
    const sealed = aesEncryptGCM(data, this.#key.secret, ivOf(this.#key.counter++), this.#hash);
    this.#mixHash(sealed);
    return sealed;
  }

  #open(sealed: Uint8Array): Uint8Array {
    const data = aesDecryptGCM(sealed, this.#key.secret, ivOf(this.#key.counter++), this.#hash);
    this.#mixHash(sealed);
    return data;
  }
}
