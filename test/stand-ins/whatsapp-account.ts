import { createHmac, randomBytes } from "node:crypto";
import {
  aesDecryptCTR, aesDecryptGCM, aesEncryptCTR, Curve, derivePairingCodeKey, hkdf, initAuthCreds, proto,
  type AuthenticationCreds, type BinaryNode, type KeyPair,
} from "@whiskeysockets/baileys";
import { bytesOf, WhatsappDevice } from "./whatsapp-device.js";
import { WhatsappPerson } from "./whatsapp-person.js";

const SERVER = "s.whatsapp.net";
const ACCOUNT_PREFIX = Buffer.from([6, 0]);

/** What the phone reads out of a QR code. */
export interface Scanned {
  readonly ref: string;
  readonly identityKey: Uint8Array;
  readonly secret: Uint8Array;
}

export function readCode(text: string): Scanned {
  const [ref = "", , identity = "", secret = ""] = text.replace(/^[^#]*#/u, "").split(",");
  return { ref, identityKey: Buffer.from(identity, "base64"), secret: Buffer.from(secret, "base64") };
}

/** The account's phone, and what is linked to it. */
export class WhatsappAccount {
  readonly phone: WhatsappPerson;
  readonly hidden: string;
  readonly devices = new Map<number, WhatsappDevice>();
  #linked = 0;

  constructor(number: string, hidden: string) {
    this.phone = new WhatsappPerson("The owner", number, hidden);
    this.hidden = hidden;
  }

  /** The stanza by which a device learns that the phone has linked it. */
  link(pairing: proto.ClientPayload.IDevicePairingRegistrationData, { identityKey, secret }: Omit<Scanned, "ref">): { readonly device: WhatsappDevice; readonly stanza: BinaryNode } {
    this.#linked += 1;
    const device = new WhatsappDevice(this.#linked, { number: this.phone.number, hidden: this.hidden }, pairing);
    this.devices.set(device.id, device);
    const details = this.#sign(identityKey, device.id);
    const hmac = createHmac("sha256", secret).update(details).digest();
    return {
      device,
      stanza: {
        tag: "iq", attrs: { from: SERVER, type: "set", id: `pair-${device.id}`, xmlns: "md" },
        content: [{
          tag: "pair-success", attrs: {},
          content: [
            { tag: "device-identity", attrs: {}, content: proto.ADVSignedDeviceIdentityHMAC.encode({ details, hmac }).finish() },
            { tag: "platform", attrs: { name: "android" } },
            { tag: "device", attrs: { jid: device.jid, lid: device.lid } },
          ],
        }],
      },
    };
  }

  /** A device that was linked some time ago, with a few keys left at the server, and its credentials. */
  linkedBefore(keyCount = 12): { readonly device: WhatsappDevice; readonly creds: AuthenticationCreds; readonly keys: ReadonlyMap<number, KeyPair> } {
    const creds = initAuthCreds();
    const { signedIdentityKey, signedPreKey, registrationId } = creds;
    const number = (value: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      bytes.writeUIntBE(value, 0, length);
      return bytes;
    };
    const { device } = this.link({
      eRegid: number(registrationId, 4), eIdent: signedIdentityKey.public,
      eSkeyId: number(signedPreKey.keyId, 3), eSkeyVal: signedPreKey.keyPair.public, eSkeySig: signedPreKey.signature,
    }, { identityKey: signedIdentityKey.public, secret: Buffer.from(creds.advSecretKey, "base64") });
    const keys = new Map(Array.from({ length: keyCount }, (_, nth) => [nth + 1, Curve.generateKeyPair()] as const));
    device.upload({ tag: "iq", attrs: {}, content: [{ tag: "list", attrs: {}, content: [...keys].map(([id, { public: value }]) => ({
      tag: "key", attrs: {}, content: [{ tag: "id", attrs: {}, content: number(id, 3) }, { tag: "value", attrs: {}, content: value }],
    })) }] });
    const account = proto.ADVSignedDeviceIdentity.decode(this.#sign(signedIdentityKey.public, device.id));
    Object.assign(creds, {
      me: { id: device.jid, lid: device.lid, name: "Gateway" }, account, platform: "android", registered: true,
      nextPreKeyId: keyCount + 1, firstUnuploadedPreKeyId: keyCount + 1, accountSyncCounter: 1,
    });
    return { device, creds, keys };
  }

  #sign(identityKey: Uint8Array, keyIndex: number): Uint8Array {
    const details = proto.ADVDeviceIdentity.encode({ rawId: 7, timestamp: 1_700_000_000, keyIndex }).finish();
    const accountSignature = this.phone.sign(Buffer.concat([ACCOUNT_PREFIX, details, identityKey]));
    return proto.ADVSignedDeviceIdentity.encode({ details, accountSignature, accountSignatureKey: this.phone.identity.public }).finish();
  }
}

/** Linking by a code of eight characters: what the phone does when its owner types it. */
export class CodePairing {
  readonly ref = randomBytes(16);
  readonly #wrapped: Buffer;
  readonly #ephemeral = Curve.generateKeyPair();
  #shared: Uint8Array = new Uint8Array();

  constructor(hello: BinaryNode) {
    this.#wrapped = bytesOf(hello, "link_code_pairing_wrapped_companion_ephemeral_pub");
  }

  async typed(code: string, phone: WhatsappPerson): Promise<BinaryNode> {
    const theirs = aesDecryptCTR(this.#wrapped.subarray(48), await derivePairingCodeKey(code, this.#wrapped.subarray(0, 32)), this.#wrapped.subarray(32, 48));
    this.#shared = Curve.sharedKey(this.#ephemeral.private, theirs);
    const [salt, iv] = [randomBytes(32), randomBytes(16)];
    const wrapped = Buffer.concat([salt, iv, aesEncryptCTR(this.#ephemeral.public, await derivePairingCodeKey(code, salt), iv)]);
    return {
      tag: "notification", attrs: { from: SERVER, type: "link_code_companion_reg", id: "code-1", t: "1" },
      content: [{ tag: "link_code_companion_reg", attrs: { stage: "primary_hello" }, content: [
        { tag: "link_code_pairing_ref", attrs: {}, content: this.ref },
        { tag: "primary_identity_pub", attrs: {}, content: phone.identity.public },
        { tag: "link_code_pairing_wrapped_primary_ephemeral_pub", attrs: {}, content: wrapped },
      ] }],
    };
  }

  /** The secret that both have come to; throws where the code was another. */
  finished(finish: BinaryNode, phone: WhatsappPerson): Omit<Scanned, "ref"> {
    const bundle = bytesOf(finish, "link_code_pairing_wrapped_key_bundle");
    const key = hkdf(this.#shared, 32, { salt: bundle.subarray(0, 32), info: "link_code_pairing_key_bundle_encryption_key" });
    const opened = aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), Buffer.alloc(0));
    const identityKey = opened.subarray(0, 32);
    const agreed = Curve.sharedKey(phone.identity.private, identityKey);
    return { identityKey, secret: hkdf(Buffer.concat([this.#shared, agreed, opened.subarray(64)]), 32, { info: "adv_secret" }) };
  }
}
