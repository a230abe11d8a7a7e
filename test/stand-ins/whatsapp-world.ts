import { jidDecode, proto, type BinaryNode } from "@whiskeysockets/baileys";
import { WhatsappAccount } from "./whatsapp-account.js";
import type { WhatsappDevice } from "./whatsapp-device.js";
import { WhatsappPerson, type Sealed } from "./whatsapp-person.js";

export interface WhatsappGroup {
  readonly id: string;
  readonly subject: string;
  readonly members: readonly WhatsappPerson[];
  readonly admins: readonly WhatsappPerson[];
}

/** A message that the account sent, as whoever got it sees it now. */
export interface ShownMessage {
  readonly id: string;
  readonly chat: string;
  content: proto.IMessage;
  edits: number;
  isRemoved: boolean;
  readonly reactions: Map<string, string>;
}

/** Something that somebody sends. */
export interface Sending {
  readonly from: WhatsappPerson;
  readonly content: proto.IMessage;
  readonly group?: WhatsappGroup;
  readonly id?: string;
  /** Whom the account itself writes to, from its phone. */
  readonly to?: WhatsappPerson;
  /** Which of their two ids WhatsApp calls the sender by. */
  readonly addressing?: "lid" | "pn";
  readonly sentAt?: number;
}

/** Who is there, which groups, and what was said. */
export class WhatsappWorld {
  readonly account: WhatsappAccount;
  readonly groups = new Map<string, WhatsappGroup>();
  readonly messages = new Map<string, ShownMessage>();
  /** Receipts, presences and chat states of the account, as they came. */
  readonly signs: BinaryNode[] = [];
  groupQueries = 0;
  readonly #people: WhatsappPerson[] = [];
  readonly #sent = new Map<string, { readonly sending: Sending; readonly stanzas: Map<number, BinaryNode> }>();
  /** Which devices have got whose key of which group. */
  readonly #holders = new Set<string>();
  #ids = 0;

  constructor(account = new WhatsappAccount("4915100000001", "100000000000001")) {
    this.account = account;
    this.#people.push(account.phone);
  }

  addPerson(name: string, number = `4915200000${100 + this.#people.length}`, hidden = `2000000000${1_000 + this.#people.length}`): WhatsappPerson {
    const person = new WhatsappPerson(name, number, hidden);
    this.#people.push(person);
    return person;
  }

  addGroup(subject: string, members: readonly WhatsappPerson[], admins: readonly WhatsappPerson[] = []): WhatsappGroup {
    const group = { id: `12036300000000${1_000 + this.groups.size}@g.us`, subject, members, admins };
    this.groups.set(group.id, group);
    return group;
  }

  personOf(jid: string): WhatsappPerson | undefined {
    const { user, server } = jidDecode(jid) ?? {};
    return this.#people.find(({ pn, lid }) => (server === "lid" ? lid : pn).split("@")[0] === user);
  }

  newId(): string {
    return `3A${(this.#ids += 1).toString(16).toUpperCase().padStart(18, "0")}`;
  }

  sendingOf(id: string): Sending | undefined {
    return this.#sent.get(id)?.sending;
  }

  /** The stanza that carries it to a device: the same each time, unless it is to be enciphered anew. */
  async stanzaFor(device: WhatsappDevice, sending: Sending & { readonly id: string }, { anew = false } = {}): Promise<BinaryNode> {
    const sent = this.#sent.get(sending.id) ?? { sending, stanzas: new Map<number, BinaryNode>() };
    this.#sent.set(sending.id, sent);
    const known = anew ? undefined : sent.stanzas.get(device.id);
    const stanza = known ?? (await this.#seal(device, sending, anew));
    sent.stanzas.set(device.id, stanza);
    return stanza;
  }

  async #seal(device: WhatsappDevice, sending: Sending & { readonly id: string }, anew: boolean): Promise<BinaryNode> {
    const { from, group, id, to, addressing = "lid", sentAt = Date.now() } = sending;
    const isOwn = from === this.account.phone;
    const [mine, alias] = addressing === "lid" ? [from.lid, { pn: from.pn }] : [from.pn, { lid: from.lid }];
    const shared = { id, t: String(Math.floor(sentAt / 1_000)), type: "text", notify: from.name, addressing_mode: addressing };
    if (group !== undefined) {
      const { ciphertext, key } = await from.sealForGroup(group.id, sending.content);
      const names = Object.fromEntries(Object.entries(alias).map(([kind, jid]) => [`participant_${kind}`, jid]));
      const attrs = { ...shared, from: group.id, participant: mine, ...names };
      const holder = `${from.lid} ${group.id} ${device.id}`;
      if (this.#holders.has(holder) && !anew) return { tag: "message", attrs, content: [enc({ type: "skmsg", ciphertext })] };
      this.#holders.add(holder);
      const first = await from.seal(device.lid, { senderKeyDistributionMessage: { groupId: group.id, axolotlSenderKeyDistributionMessage: key } }, () => device.takeBundle());
      return { tag: "message", attrs, content: [enc(first), enc({ type: "skmsg", ciphertext })] };
    }
    const partner = to === undefined ? undefined : addressing === "lid" ? to.lid : to.pn;
    const content = isOwn ? { deviceSentMessage: { destinationJid: partner ?? mine, message: sending.content } } : sending.content;
    const sealed = await from.seal(device.lid, content, () => device.takeBundle());
    const names = isOwn
      ? { recipient: partner ?? mine, ...(to === undefined ? { recipient_pn: from.pn } : addressing === "lid" ? { recipient_pn: to.pn } : { recipient_lid: to.lid }) }
      : Object.fromEntries(Object.entries(alias).map(([kind, jid]) => [`sender_${kind}`, jid]));
    return { tag: "message", attrs: { ...shared, from: mine, ...names }, content: [enc(sealed)] };
  }

  /** For long runs: keeps the newest of what was said, and of the signs. */
  forget(keep: number): void {
    this.signs.splice(0, Math.max(0, this.signs.length - keep));
    for (const table of [this.messages, this.#sent]) {
      for (const id of table.keys()) {
        if (table.size <= keep) break;
        table.delete(id);
      }
    }
  }

  /** What the account has sent, put into the chat of whoever it was for. */
  show(id: string, chat: string, content: proto.IMessage): void {
    const { protocolMessage, reactionMessage } = content;
    const { Type } = proto.Message.ProtocolMessage;
    const target = this.messages.get(protocolMessage?.key?.id ?? reactionMessage?.key?.id ?? "");
    if (reactionMessage) {
      if (target === undefined) return;
      if (reactionMessage.text) target.reactions.set("account", reactionMessage.text);
      else target.reactions.delete("account");
    } else if (protocolMessage?.type === Type.REVOKE) {
      if (target !== undefined) target.isRemoved = true;
    } else if (protocolMessage?.type === Type.MESSAGE_EDIT) {
      if (target === undefined || !protocolMessage.editedMessage) return;
      target.content = protocolMessage.editedMessage;
      target.edits += 1;
    } else if (!this.messages.has(id)) {
      this.messages.set(id, { id, chat, content, edits: 0, isRemoved: false, reactions: new Map() });
    }
  }
}

const enc = ({ type, ciphertext }: Sealed): BinaryNode => ({ tag: "enc", attrs: { v: "2", type }, content: ciphertext });
