import type { AuthenticationCreds, BinaryNode, proto, SignalKeyStore, UserFacingSocketConfig, WAMessage, WASocket } from "@whiskeysockets/baileys";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { WhatsappConfig } from "./config.js";
import { judgeEnding, SILENT, statusOf, UNREADABLE, UNSTORED, type Setback } from "./failures.js";
import { waitFor } from "../pause.js";
import { leavePreKeys, onFewPreKeys } from "./pre-keys.js";
import { NO_LOG, type Sdk } from "./sdk.js";
import { SignalGate } from "./signal-gate.js";
import { giveUpWaiting, guardSocket, rememberLightly, terminate } from "./socket-guard.js";

export interface LinkListener {
  /** WhatsApp has let the account in. */
  up(link: Link): void;
  /** Something said. Rejects where it can't be kept. */
  receive(message: WAMessage, device: number): Promise<void>;
  /** The credentials are not as they were. Rejects where they can't be kept. */
  save(credentials: AuthenticationCreds): Promise<void>;
  /** A code to be scanned, while an account is linked. */
  qr(text: string): void;
  /** The members or the name of a group are not as they were. */
  groupChanged(jid: string): void;
}

export interface LinkOptions {
  readonly sdk: Sdk;
  readonly config: WhatsappConfig;
  readonly host: ChannelHost;
  readonly credentials: AuthenticationCreds;
  readonly keys: SignalKeyStore;
  /** Of messages that were taken over, oldest first. */
  readonly marks: readonly string[];
  readonly listener: LinkListener;
  /** What Baileys asks for while it sends. */
  readonly sending?: Pick<UserFacingSocketConfig, "getMessage" | "cachedGroupMetadata" | "patchMessageBeforeSending">;
  /** Whether what is called just now is part of sending a message. */
  readonly isSending?: () => boolean;
  /** How the account's phone shows this gateway: a system, a program, and its version. */
  readonly browser: [string, string, string];
}

/** What WhatsApp said of a message: that it has it, or a number. */
export type Acknowledgement = { readonly kind: "taken" } | { readonly kind: "rejected"; readonly code: number };

const CHECK_MS = 5_000;
/** Baileys asks every half minute whether WhatsApp is there. */
const PING_AFTER_MS = 45_000;
const SILENCE_MS = 90_000;
const CLOSING_MS = 2_000;
const KEEP_ALIVE_MS = 30_000;
const PING = "ping";

/**
 * One socket at WhatsApp, from its beginning to its end; another takes another link. Frames are watched apart from
 * messages: a quiet account is no dead connection, and a dead one does not always say so.
 */
export class Link {
  readonly socket: WASocket;
  readonly credentials: AuthenticationCreds;
  /** Why it is over, once nothing of it is open. */
  readonly ended: Promise<Setback>;
  readonly #options: LinkOptions;
  /** Who waits for what, and has to learn of the end. None of them hangs on {@link ended}: that would keep each for as long as the link. */
  readonly #acknowledgements = new Map<string, (answer: Acknowledgement | undefined) => void>();
  readonly #pings = new Set<(isThere: boolean) => void>();
  readonly #saves = new Set<Promise<void>>();
  #resolve: (setback: Setback) => void = () => undefined;
  #cause: Setback | undefined;
  #isUp = false;
  #isOver = false;
  #isGone = false;
  #frameAt: EpochMs;
  #pingedAt: EpochMs | undefined;
  #disarm: () => void = () => undefined;

  constructor(options: LinkOptions) {
    const { sdk, config, host, credentials, keys, listener, browser } = options;
    this.#options = options;
    this.credentials = credentials;
    this.#frameAt = host.clock.now();
    this.ended = new Promise((resolve) => { this.#resolve = resolve; });
    const gate = new SignalGate({ sdk, marks: options.marks, isSending: options.isSending ?? (() => false), me: () => credentials.me, receive: (message, device) => this.#receive(message, device) });
    this.socket = sdk.makeWASocket({
      ...options.sending,
      auth: { creds: credentials, keys },
      waWebSocketUrl: config.url,
      logger: NO_LOG,
      browser,
      // Otherwise the phone would no longer tell its owner of messages.
      markOnlineOnConnect: false,
      emitOwnEvents: false,
      syncFullHistory: false,
      shouldSyncHistoryMessage: (history) => isWanted(sdk, history),
      shouldIgnoreJid: (jid) => sdk.isJidBroadcast(jid) === true || sdk.isJidNewsletter(jid) === true,
      keepAliveIntervalMs: KEEP_ALIVE_MS,
      transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 1 },
      makeSignalRepository: gate.makeRepository,
    });
    const { ws, ev } = this.socket;
    rememberLightly(this.socket);
    const leave = (): Promise<void> => leavePreKeys(sdk, this.socket).catch(() => this.#failed("pre-keys"));
    guardSocket(ws, { failed: (event) => this.#failed(event), letIn: leave });
    onFewPreKeys(sdk, this.socket, () => void leave());
    ws.prependListener("CB:message", (stanza: BinaryNode) => gate.note(stanza));
    ws.on("frame", () => this.#heard());
    ws.on("CB:ack,class:message", (stanza: BinaryNode) => this.#acknowledged(stanza));
    ws.on("CB:notification,type:w:gp2", ({ attrs }: BinaryNode) => listener.groupChanged(attrs["from"] ?? ""));
    ev.on("creds.update", () => this.#save());
    ev.on("connection.update", ({ connection, qr, lastDisconnect }) => {
      if (qr !== undefined && !this.#isOver) listener.qr(qr);
      if (connection === "open") this.#open();
      if (connection === "close") void this.#finish(statusOf(lastDisconnect?.error));
    });
    this.#watch();
  }

  get isUp(): boolean {
    return this.#isUp && !this.#isOver;
  }

  /** Resolves with what WhatsApp says of a message that is about to be sent; `undefined` where the connection ends before. */
  acknowledgementOf(messageId: string): { readonly answer: Promise<Acknowledgement | undefined>; forget(): void } {
    const answer = new Promise<Acknowledgement | undefined>((resolve) => {
      if (this.#isGone) resolve(undefined);
      else this.#acknowledgements.set(messageId, resolve);
    });
    return { answer, forget: () => this.#acknowledgements.delete(messageId) };
  }

  async ping(): Promise<boolean> {
    const asked: Promise<unknown> = this.socket.query({ tag: "iq", attrs: { id: this.socket.generateMessageTag(), to: "s.whatsapp.net", type: "get", xmlns: "w:p" }, content: [{ tag: PING, attrs: {} }] });
    return new Promise((resolve) => {
      if (this.#isGone) return resolve(false);
      this.#pings.add(resolve);
      void asked.then((node) => node !== undefined, () => false).then((isThere) => {
        this.#pings.delete(resolve);
        resolve(isThere);
      });
    });
  }

  /** Ends it; {@link ended} resolves once the socket is gone. A socket that does not close is torn down at a moment. */
  async close(cause: Setback, until?: EpochMs): Promise<void> {
    this.#cause ??= cause;
    const { clock } = this.#options.host;
    const { ws } = this.socket;
    // All that waits for an answer learns of it too; otherwise it would wait for a minute more.
    if (!this.#isOver) ws.emit("close");
    this.#disarm();
    const latest = after(clock.now(), Math.max(0, Math.min(CLOSING_MS, until === undefined ? CLOSING_MS : until - clock.now())));
    await waitFor(this.ended, clock, latest);
    terminate(ws);
    await this.ended;
  }

  #open(): void {
    if (this.#isOver || this.#cause !== undefined) return;
    this.#isUp = true;
    this.#options.listener.up(this);
  }

  #heard(): void {
    const { host } = this.#options;
    this.#frameAt = host.clock.now();
    this.#pingedAt = undefined;
    if (!this.#isOver && this.#cause === undefined) host.heard();
  }

  async #receive(message: WAMessage, device: number): Promise<void> {
    if (this.#isOver || this.#cause !== undefined) throw new Error("The connection is over.");
    try {
      await this.#options.listener.receive(message, device);
    } catch (error) {
      // Before WhatsApp could be told that it arrived: with the next connection it comes again.
      void this.close(UNSTORED);
      throw error;
    }
  }

  #save(): void {
    const save = this.#options.listener.save(this.credentials).catch(() => void this.close(UNSTORED)).finally(() => this.#saves.delete(save));
    this.#saves.add(save);
  }

  #acknowledged({ attrs: { id = "", error } }: BinaryNode): void {
    const resolve = this.#acknowledgements.get(id);
    this.#acknowledgements.delete(id);
    resolve?.(error === undefined ? { kind: "taken" } : { kind: "rejected", code: Number(error) || 500 });
  }

  #failed(event: string): void {
    this.#options.host.log.debug("Baileys failed over something that WhatsApp sent.", { event: event.slice(0, 40) });
    // A frame that can't be deciphered leaves all that follow it unreadable.
    if (event === "message") void this.close(UNREADABLE);
  }

  #watch(): void {
    const { clock } = this.#options.host;
    const now = clock.now();
    if (now - this.#frameAt >= SILENCE_MS) return void this.close(SILENT);
    if (now - this.#frameAt >= PING_AFTER_MS && this.#pingedAt === undefined && this.#isUp) {
      this.#pingedAt = now;
      void this.ping();
    }
    this.#disarm = clock.callAt(after(now, CHECK_MS), () => this.#watch());
  }

  /** Baileys does not wait for a socket that the far end has begun to close. */
  async #gone(): Promise<void> {
    const { clock } = this.#options.host;
    const { ws } = this.socket;
    if (ws.isClosed) return;
    await waitFor(new Promise((resolve) => { ws.once("close", resolve); }), clock, after(clock.now(), CLOSING_MS));
    terminate(ws);
  }

  async #finish(status: number | undefined): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#disarm();
    giveUpWaiting(this.socket.ws);
    await this.#gone();
    // The next link begins with what this one has learnt.
    await Promise.allSettled(this.#saves);
    this.#isGone = true;
    for (const answer of this.#acknowledgements.values()) answer(undefined);
    for (const answer of this.#pings) answer(false);
    this.#acknowledgements.clear();
    this.#pings.clear();
    this.#resolve(this.#cause ?? judgeEnding(status, this.#isUp));
  }
}

/**
 * Of what was said before, only which id belongs to which number. Baileys asks of one without anything in it too, and
 * would hold everything back for twenty seconds if that was wanted.
 */
function isWanted({ proto }: Sdk, { syncType, directPath, initialHistBootstrapInlinePayload }: proto.Message.IHistorySyncNotification): boolean {
  const { PUSH_NAME, RECENT } = proto.HistorySync.HistorySyncType;
  return (syncType === PUSH_NAME || syncType === RECENT) && Boolean(directPath || initialHistBootstrapInlinePayload?.length);
}
