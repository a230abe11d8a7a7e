import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getBinaryNodeChild, getBinaryNodeChildren, type BinaryNode, type proto } from "@whiskeysockets/baileys";
import { WebSocketServer } from "ws";
import { CodePairing, readCode, type WhatsappAccount } from "./whatsapp-account.js";
import { bytesOf, type WhatsappDevice } from "./whatsapp-device.js";
import { WhatsappMedia } from "./whatsapp-media.js";
import { NoiseIdentity } from "./whatsapp-noise.js";
import { answerQuery } from "./whatsapp-queries.js";
import { WhatsappSession } from "./whatsapp-session.js";
import { WhatsappWorld, type Sending } from "./whatsapp-world.js";

const SERVER = "s.whatsapp.net";

/** What the next message of the account meets. */
export type Misbehaviour =
  | { readonly kind: "error"; readonly code: string }
  /** Takes it, and breaks the connection before it says so. */
  | { readonly kind: "cut-after" };

interface Registration {
  readonly session: WhatsappSession;
  readonly pairing: proto.ClientPayload.IDevicePairingRegistrationData;
  readonly refs: readonly string[];
  code?: CodePairing;
}

/** WhatsApp on this host: Noise over WebSocket, linking by QR or code, Signal both ways, files over TLS. Can misbehave. */
export class WhatsappServer {
  readonly identity = new NoiseIdentity();
  readonly world: WhatsappWorld;
  readonly media: WhatsappMedia;
  readonly connections = { now: 0, most: 0 };
  /** Logins that were let in, and links that were made. */
  logins = 0;
  /** Messages that somebody could not open, and those that the account asked for once more since it could not. */
  unreadable = 0;
  retries = 0;
  /** While set, a socket is closed as soon as it opens. */
  isDown = false;
  /** While set, logins are refused for this reason. */
  refusal: string | undefined;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #sessions = new Set<WhatsappSession>();
  readonly #planned: Misbehaviour[] = [];
  readonly #acknowledged = new Set<string>();
  readonly #now: () => number;
  #registration: Registration | undefined;
  #awaited: ((registration: Registration) => void)[] = [];
  #sending: Promise<unknown> = Promise.resolve();

  private constructor({ world, media, now }: { world: WhatsappWorld; media: WhatsappMedia; now: () => number }) {
    this.world = world;
    this.media = media;
    this.#now = now;
    this.#http = createServer((_request, response) => response.writeHead(404).end());
    this.#sockets = new WebSocketServer({ server: this.#http });
    this.#sockets.on("connection", (socket) => {
      if (this.isDown) return socket.terminate();
      this.connections.now += 1;
      this.connections.most = Math.max(this.connections.most, this.connections.now);
      this.#sessions.add(new WhatsappSession(socket, this.identity, {
        opened: (session, payload) => this.#opened(session, payload),
        stanza: (session, node) => this.#stanza(session, node),
        closed: (session) => {
          this.connections.now -= 1;
          this.#sessions.delete(session);
        },
      }));
    });
  }

  static async start({ account, now = Date.now }: { account?: WhatsappAccount; now?: () => number } = {}): Promise<WhatsappServer> {
    const server = new WhatsappServer({ world: new WhatsappWorld(account), media: await WhatsappMedia.start(), now });
    await new Promise<void>((resolve) => { server.#http.listen(0, "127.0.0.1", resolve); });
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/ws/chat`;
  }

  /** The owner points the phone at a code. */
  async scan(text: string): Promise<WhatsappDevice> {
    const scanned = readCode(text);
    const registration = await this.#registered();
    if (!registration.refs.includes(scanned.ref)) throw new Error("this code is too old");
    return this.#link(registration, scanned);
  }

  /** The owner types a code on the phone. */
  async type(code: string): Promise<void> {
    const registration = await this.#registered();
    // The code is shown as soon as it is asked for, and the question may still be on its way.
    for (let turn = 0; registration.code === undefined && turn < 1_000; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
    const { session, code: pairing } = registration;
    if (pairing === undefined) throw new Error("nobody asked for a code");
    session.send(await pairing.typed(code, this.world.account.phone));
  }

  /** Somebody sends something: it goes to every linked device, now or when that comes back. */
  async send(sending: Sending): Promise<string> {
    const whole = { sentAt: this.#now(), ...sending, id: sending.id ?? this.world.newId() };
    await this.#inTurn(() => this.#deliver(whole));
    return whole.id;
  }

  /** What was enciphered first has to arrive first. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#sending.then(work);
    this.#sending = turn.catch(() => undefined);
    return turn;
  }

  async #deliver(sending: Sending & { readonly id: string }, options?: { anew: boolean }): Promise<void> {
    for (const device of this.world.account.devices.values()) {
      if (!device.isLinked) continue;
      const stanza = await this.world.stanzaFor(device, sending, options);
      device.pending.delete(sending.id);
      device.pending.set(sending.id, stanza);
      this.#sessionOf(device)?.deliver(stanza);
    }
  }

  /** Once more, enciphered anew: as after a receipt that was lost. */
  async redeliver(id: string): Promise<void> {
    const sending = this.world.sendingOf(id);
    if (sending !== undefined) await this.#inTurn(() => this.#deliver({ ...sending, id }, { anew: true }));
  }

  isAcknowledged(id: string): boolean {
    return this.#acknowledged.has(id);
  }

  misbehave(misbehaviour: Misbehaviour): void {
    this.#planned.push(misbehaviour);
  }

  cut(): void {
    for (const session of this.#sessions) session.cut();
  }

  /** From now on it hears, and says nothing. */
  fallSilent(): void {
    for (const session of this.#sessions) session.isMute = true;
  }

  /** The phone has unlinked every device. */
  revoke(): void {
    for (const device of this.world.account.devices.values()) device.isLinked = false;
  }

  /** What is open ends with a stream error: 515 to begin anew, 440 when another has taken the account's place. */
  endStream(code: "515" | "440" | "503" | "401"): void {
    for (const session of this.#sessions) session.end(streamError(code));
  }

  /** To whatever is logged in, as it is. */
  push(node: BinaryNode): void {
    for (const session of this.#sessions) session.send(node);
  }

  async close(): Promise<void> {
    this.isDown = true;
    this.cut();
    this.#sockets.close();
    await Promise.all([this.media.close(), new Promise<void>((resolve) => { this.#http.close(() => resolve()); })]);
  }

  #registered(): Promise<Registration> {
    const { session } = this.#registration ?? {};
    if (this.#registration !== undefined && session?.isOpen === true) return Promise.resolve(this.#registration);
    return new Promise((resolve) => { this.#awaited.push(resolve); });
  }

  #link({ session, pairing }: Registration, scanned: { readonly identityKey: Uint8Array; readonly secret: Uint8Array }): WhatsappDevice {
    const { device, stanza } = this.world.account.link(pairing, scanned);
    session.send(stanza);
    return device;
  }

  #sessionOf(device: WhatsappDevice): WhatsappSession | undefined {
    return [...this.#sessions].find(({ deviceId, isOpen }) => deviceId === device.id && isOpen);
  }

  #deviceOf({ deviceId }: WhatsappSession): WhatsappDevice | undefined {
    return deviceId === undefined ? undefined : this.world.account.devices.get(deviceId);
  }

  #opened(session: WhatsappSession, { username, device: deviceId, devicePairingData }: proto.ClientPayload): void {
    if (this.refusal !== undefined) return session.end({ tag: "failure", attrs: { reason: this.refusal } });
    if (devicePairingData && !username) {
      const refs = Array.from({ length: 3 }, () => randomBytes(12).toString("base64url"));
      this.#registration = { session, pairing: devicePairingData, refs };
      session.send({ tag: "iq", attrs: { from: SERVER, type: "set", id: "pair", xmlns: "md" }, content: [{ tag: "pair-device", attrs: {}, content: refs.map((ref) => ({ tag: "ref", attrs: {}, content: Buffer.from(ref) })) }] });
      for (const resolve of this.#awaited.splice(0)) resolve(this.#registration);
      return;
    }
    const device = this.world.account.devices.get(deviceId ?? -1);
    if (device?.isLinked !== true) return session.end({ tag: "failure", attrs: { reason: "401", location: "rva" } });
    // Whoever comes last has the place.
    this.#sessionOf(device)?.end(streamError("440"));
    session.deviceId = device.id;
    this.logins += 1;
    session.send({ tag: "success", attrs: { t: String(Math.floor(this.#now() / 1_000)), lid: device.lid } });
    const missed = [...device.pending.values()];
    for (const id of device.pending.keys()) session.backlog.add(id);
    for (const stanza of missed) session.send({ ...stanza, attrs: { ...stanza.attrs, offline: "1" } });
    session.send({ tag: "ib", attrs: { from: SERVER }, content: [{ tag: "offline", attrs: { count: String(missed.length) } }] });
  }

  async #stanza(session: WhatsappSession, node: BinaryNode): Promise<void> {
    const device = this.#deviceOf(session);
    const { tag, attrs } = node;
    if (tag === "iq") return this.#query(session, node);
    if (tag === "message") return this.#message(session, node);
    if (tag === "receipt") this.#receipt(device, node);
    if (tag === "receipt" || tag === "ack") session.receipted(attrs["id"] ?? "");
    if (tag === "ack" && attrs["class"] === "message" && device?.retrying.delete(attrs["id"] ?? "") !== true) device?.pending.delete(attrs["id"] ?? "");
    if (tag === "ack" && attrs["class"] === "notification") this.#acknowledged.add(attrs["id"] ?? "");
    if (tag === "presence" || tag === "chatstate") this.world.signs.push(node);
  }

  #query(session: WhatsappSession, iq: BinaryNode): void {
    if (iq.attrs["type"] === "result") {
      // The device has taken the link over: it has to come back with what it was given.
      if (getBinaryNodeChild(iq, "pair-device-sign") !== undefined) session.end(streamError("515"));
      return;
    }
    const device = this.#deviceOf(session);
    const code = getBinaryNodeChild(iq, "link_code_companion_reg");
    session.send(answerQuery(this.world, device, iq, this.media.host) ?? iq);
    const registration = this.#registration;
    if (code !== undefined && registration?.session === session) {
      if (code.attrs["stage"] === "companion_hello") registration.code = new CodePairing(code);
      else if (registration.code !== undefined) this.#link(registration, registration.code.finished(code, this.world.account.phone));
    }
    if (device?.isLinked === false && getBinaryNodeChild(iq, "remove-companion-device") !== undefined) session.end(streamError("401"));
  }

  #receipt(device: WhatsappDevice | undefined, node: BinaryNode): void {
    const { id = "", type } = node.attrs;
    this.world.signs.push(node);
    if (type === "retry") {
      this.retries += 1;
      const sending = this.world.sendingOf(id);
      // What is refused beside it is the one before.
      device?.retrying.add(id);
      if (sending !== undefined) void this.#inTurn(() => this.#deliver({ ...sending, id }, { anew: true }));
      return;
    }
    device?.pending.delete(id);
    this.#acknowledged.add(id);
  }

  async #message(session: WhatsappSession, node: BinaryNode): Promise<void> {
    const { id = "", to = "" } = node.attrs;
    const planned = this.#planned.shift();
    const answer = (attrs: Record<string, string> = {}): void => session.send({ tag: "ack", attrs: { class: "message", id, from: to, t: String(Math.floor(this.#now() / 1_000)), ...attrs } });
    if (planned?.kind === "error") return answer({ error: planned.code });
    await this.#read(session, node).catch(() => { this.unreadable += 1; });
    if (planned?.kind === "cut-after") return session.cut();
    answer();
  }

  /** Everybody whom it is for opens it. */
  async #read(session: WhatsappSession, node: BinaryNode): Promise<void> {
    const { id = "", to = "" } = node.attrs;
    const device = this.#deviceOf(session);
    if (device === undefined) return;
    const group = this.world.groups.get(to);
    for (const recipient of getBinaryNodeChildren(getBinaryNodeChild(node, "participants"), "to")) {
      const person = this.world.personOf(recipient.attrs["jid"] ?? "");
      const sealed = getBinaryNodeChild(recipient, "enc");
      if (person === undefined || sealed === undefined || person === this.world.account.phone) continue;
      const content = await person.open(device.lid, { type: sealed.attrs["type"] ?? "", ciphertext: bytesOf(recipient, "enc") });
      if (content.senderKeyDistributionMessage) await person.learnSenderKey(device.lid, content.senderKeyDistributionMessage);
      if (group === undefined) this.world.show(id, person.pn, content);
    }
    const [first] = group?.members ?? [];
    if (group !== undefined && first !== undefined) this.world.show(id, group.id, await first.openFromGroup(group.id, device.lid, bytesOf(node, "enc")));
  }
}

const streamError = (code: string): BinaryNode => ({ tag: "stream:error", attrs: { code }, content: [code === "440" ? { tag: "conflict", attrs: { type: "replaced" } } : { tag: "reason", attrs: {} }] });
