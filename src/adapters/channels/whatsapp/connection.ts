import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import { Backoff } from "../../../domain/messaging/backoff.js";
import { statusAfter, type ChannelStatus, type Standing } from "../../../domain/messaging/channel-status.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import { reasonOf } from "../../../domain/reason.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost, LoginRequest, LoginStep } from "../../../ports/channel.js";
import type { HostLock } from "../../../ports/host-lock.js";
import { lastingController } from "../lasting-controller.js";
import type { WhatsappConfig } from "./config.js";
import { WhatsappDelivery } from "./delivery.js";
import { LOST, NOT_LINKED_YET, refused, type Setback } from "./failures.js";
import { GroupBook } from "./group-book.js";
import { personOf } from "./identity.js";
import { WhatsappInbox } from "./inbox.js";
import { Link } from "./link.js";
import { LoginTurn } from "./login-turn.js";
import { Login } from "./login.js";
import { pause, waitFor } from "../pause.js";
import { Recent } from "./recent.js";
import { loadSdk, SdkUnusable, type Sdk } from "./sdk.js";
import type { WhatsappVault } from "./vault.js";

export interface ConnectionParts {
  readonly config: WhatsappConfig;
  readonly host: ChannelHost;
  readonly vault: WhatsappVault;
  readonly lock: HostLock;
}

/** WhatsApp asks for a new connection after an account was linked, and now and then. More often in a row is no good sign. */
const MOST_RESTARTS = 3;
const LOGOUT_MS = 10_000;
/** A message that is due as the gateway starts waits so long for the connection, instead of for its next try. */
const SOON_MS = 15_000;

const CONNECTING: Standing = { state: "connecting", message: "The gateway is connecting to WhatsApp." };
const LINKING: Standing = { state: "linking", message: "The account is being linked: the phone has to scan the code, or its owner to type it." };
const SHOWN: [string, string, string] = ["OpenClaw", "Chrome", "1.0"];

/**
 * One linked account from one start to one stop. It owns the credentials while it runs, so that nobody else on this host
 * can open a second session with them, and keeps one link at a time: the last is closed before the next is opened.
 */
export class WhatsappConnection {
  readonly delivery: WhatsappDelivery;
  readonly #parts: ConnectionParts;
  readonly #inbox: WhatsappInbox;
  readonly #groups = new GroupBook();
  readonly #backoff = new Backoff();
  readonly #stop = lastingController();
  readonly #done: Promise<void>;
  #status: ChannelStatus;
  #identity: ChannelStatus["identity"];
  #link: Link | undefined;
  /** A login that waits for its turn, and the one that has it, or has had it and waits for the first connection. */
  #asked: LoginTurn | undefined;
  #login: Login | undefined;
  #isOwner = false;
  #leaving: Promise<unknown> = Promise.resolve();
  #rouse = lastingController();
  #closeBy: EpochMs | undefined;
  #isSilent = false;
  readonly #awaiting = new Set<{ changed(): void }>();

  constructor(parts: ConnectionParts) {
    const { host, config } = parts;
    this.#parts = parts;
    const recent = new Recent();
    this.delivery = new WhatsappDelivery({ host, recent, groups: this.#groups });
    this.#inbox = new WhatsappInbox({ config, host, recent, groups: this.#groups, delivery: this.delivery });
    this.#status = { ...CONNECTING, since: host.clock.now() };
    host.report(this.#status);
    this.#done = this.#run();
  }

  get status(): ChannelStatus {
    return this.#status;
  }

  /** The link that messages can go out by; `undefined` while there is none. */
  get link(): Link | undefined {
    return this.#link?.isUp === true ? this.#link : undefined;
  }

  /** The link, once a connection that is being opened is there; `undefined` where it takes too long or comes to nothing. */
  async linkSoon(cancel: Cancel): Promise<Link | undefined> {
    if (this.link !== undefined || this.#status.state !== "connecting") return this.link;
    const over = new AbortController();
    const stop = (): void => over.abort();
    const awaited = { changed: stop };
    this.#awaiting.add(awaited);
    cancel.addEventListener("abort", stop);
    await pause(this.#parts.host.clock, SOON_MS, over.signal);
    cancel.removeEventListener("abort", stop);
    this.#awaiting.delete(awaited);
    return this.link;
  }

  login(request: LoginRequest): AsyncIterableIterator<LoginStep> {
    const turn = new LoginTurn(request);
    if (!this.#isOwner) turn.refuse(refused("invalid", this.#status.message ?? "The WhatsApp channel has not started yet; try again."));
    else if (!request.force && this.#isLinked) turn.settle({ kind: "linked", message: `This account is linked already${this.#identity === undefined ? "" : `, as ${this.#identity.id}`}; to link it anew, use --force.` });
    else {
      this.#asked?.refuse(refused("invalid", "Another login of this account was begun."));
      void this.#login?.giveUp();
      this.#asked = turn;
      void this.#link?.close(LOST);
      this.#rouse.abort();
    }
    return turn;
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean; reason?: string }> {
    if (!this.#isOwner) return { cleared: false, loggedOut: false, reason: this.#status.message ?? "The WhatsApp channel is not ready." };
    const left = this.#leave();
    this.#leaving = left.catch(() => undefined);
    this.#rouse.abort();
    return left;
  }

  async close(deadline: EpochMs): Promise<void> {
    const { clock } = this.#parts.host;
    this.#closeBy = deadline;
    this.#stop.abort();
    this.#rouse.abort();
    void this.#link?.close(LOST, deadline);
    void this.#login?.giveUp();
    this.#asked?.refuse(refused("invalid", "The channel was stopped."));
    await waitFor(this.#done, clock, deadline);
    this.#enter({ state: "idle" });
    this.#isSilent = true;
  }

  /** Linked, as far as is known: what WhatsApp has unlinked is not. */
  get #isLinked(): boolean {
    const { state, trouble } = this.#status;
    return this.#parts.vault.load() !== undefined && !(state === "needs-operator" && trouble === "credentials");
  }

  async #run(): Promise<void> {
    const { host, vault, lock } = this.#parts;
    try {
      const sdk = await loadSdk();
      if (!(await this.#own())) return;
      try {
        await vault.open();
        this.#isOwner = true;
        await this.#keep(sdk);
      } finally {
        this.#isOwner = false;
        await vault.close();
        await lock.release();
      }
    } catch (error) {
      const reason = reasonOf(error);
      if (!(error instanceof SdkUnusable)) host.log.error("The WhatsApp channel can't go on.", { error: reason });
      this.#enter({ state: "needs-operator", trouble: "bug", message: error instanceof SdkUnusable ? reason : `The WhatsApp channel can't go on: ${reason.replace(/[.\s]*$/u, "")}. Mend that, then start the channel.` });
    }
  }

  /** Waits until nobody else on this host holds the credentials. `false` where it was stopped before. */
  async #own(): Promise<boolean> {
    const { lock } = this.#parts;
    while (!this.#isStopped) {
      const taken = await lock.acquire();
      if (taken.kind === "held") return true;
      await this.#pause({ state: "backing-off", trouble: "conflict", message: `Another process (pid ${taken.pid ?? "unknown"}) of this host holds the session of this WhatsApp account; end it. This one takes over when it is gone.` });
    }
    return false;
  }

  async #keep(sdk: Sdk): Promise<void> {
    let restarts = 0;
    while (!this.#isStopped) {
      await this.#leaving;
      this.#rouse = lastingController();
      if (this.#asked !== undefined) {
        await this.#linkAnew(sdk, this.#asked);
        continue;
      }
      const credentials = this.#parts.vault.load();
      const setback = credentials === undefined ? NOT_LINKED_YET : await this.#hold(sdk, credentials);
      if (this.#isStopped || this.#asked !== undefined) continue;
      if (setback.isRestart === true && (restarts += 1) <= MOST_RESTARTS) continue;
      restarts = 0;
      if (setback.state === "needs-operator") await this.#await(setback);
      else await this.#pause(setback);
    }
  }

  /** One link, from its beginning to its end. */
  async #hold(sdk: Sdk, credentials: AuthenticationCreds): Promise<Setback> {
    const { config, host, vault } = this.#parts;
    this.#enter(CONNECTING);
    const link = new Link({
      sdk, config, host, credentials,
      keys: vault.keys(sdk),
      marks: vault.names("taken"),
      browser: SHOWN,
      sending: this.delivery.sending,
      isSending: () => this.delivery.isSending,
      listener: {
        up: (now) => this.#up(now),
        receive: (message, device) => this.#inbox.take(link, message, device),
        save: (changed) => vault.save(changed),
        groupChanged: (jid) => this.#groups.forget(jid),
        qr: () => undefined,
      },
    });
    this.#link = link;
    if (this.#isStopped) void link.close(LOST, this.#closeBy);
    const setback = await link.ended;
    this.#link = undefined;
    return setback;
  }

  async #linkAnew(sdk: Sdk, turn: LoginTurn): Promise<void> {
    const { config, host, vault } = this.#parts;
    this.#asked = undefined;
    this.#enter(LINKING);
    const login = new Login({ sdk, config, host, request: turn.request });
    this.#login = login;
    turn.begin(login);
    const credentials = await login.linked;
    if (credentials === undefined) this.#login = undefined;
    else await vault.replace(credentials);
  }

  #up(link: Link): void {
    const { host, vault } = this.#parts;
    const { me } = link.credentials;
    const self = personOf(me?.id, me?.lid);
    this.#identity = self === undefined ? undefined : { id: self.id, ...(me?.name && me.name !== "~" ? { name: me.name } : {}) };
    this.#backoff.succeed(host.clock.now());
    void vault.saveGood(link.credentials).catch(() => undefined);
    this.#enter({ state: "live" });
    this.#login?.tell({ kind: "linked", message: `WhatsApp is linked${self === undefined ? "" : ` as ${self.id}`}.` });
    this.#login = undefined;
  }

  async #await(setback: Setback): Promise<void> {
    this.#enter(setback);
    this.#login?.tell(refused("invalid", setback.message));
    this.#login = undefined;
    await new Promise<void>((resolve) => {
      if (this.#rouse.signal.aborted) resolve();
      else this.#rouse.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  async #pause({ state, trouble, message }: Setback): Promise<void> {
    const { clock, random } = { clock: this.#parts.host.clock, random: this.#parts.host.random() };
    const waitMs = this.#backoff.fail(clock.now(), random);
    this.#enter({ state, trouble, message, retryAt: after(clock.now(), waitMs) });
    await pause(clock, waitMs, this.#rouse.signal);
  }

  /** Tells WhatsApp, and forgets the credentials whether or not it heard. */
  async #leave(): Promise<{ cleared: boolean; loggedOut: boolean; reason?: string }> {
    const { host, vault } = this.#parts;
    const { link } = this;
    const hadLink = vault.load() !== undefined;
    let isToldTo = false;
    if (link !== undefined) {
      const told = link.socket.logout().then(() => { isToldTo = true; });
      await waitFor(told, host.clock, after(host.clock.now(), LOGOUT_MS));
    }
    await this.#link?.close(NOT_LINKED_YET);
    await vault.wipe();
    this.#identity = undefined;
    if (!hadLink) return { cleared: false, loggedOut: false, reason: "This account was not linked." };
    return { cleared: true, loggedOut: isToldTo, ...(isToldTo ? {} : { reason: "WhatsApp could not be told; remove the device on the phone too, under \"Linked devices\"." }) };
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #enter(standing: Standing): void {
    if (this.#isSilent || (this.#isStopped && standing.state !== "idle")) return;
    const { host } = this.#parts;
    this.#status = statusAfter(this.#status, standing, { now: host.clock.now(), identity: this.#identity });
    host.report(this.#status);
    if (standing.state !== "connecting") for (const { changed } of this.#awaiting) changed();
  }
}
