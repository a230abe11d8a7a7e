import { Backoff } from "../../../domain/messaging/backoff.js";
import { statusAfter, type ChannelStatus, type Standing } from "../../../domain/messaging/channel-status.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import { reasonOf } from "../../../domain/reason.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { lastingController } from "../lasting-controller.js";
import { NO_BRIDGE, type Capabilities } from "./capabilities.js";
import { ImsgClient } from "./client.js";
import type { IMessageConfig } from "./config.js";
import { Cursor } from "./cursor.js";
import { BROKEN, DEAF, judgeLaunch, judgeSetback, NO_AUTOMATION, OVERFULL, STUCK, UNSTORED, type Setback } from "./failures.js";
import { fieldsOf, type Fields } from "./fields.js";
import { Inbox, type Stuck } from "./inbox.js";
import type { OwnMemory } from "./own-memory.js";
import { pauseUntil, waitFor } from "../pause.js";
import { greet, startWatch, type Session } from "./session.js";
import { watchOver } from "./watch-over.js";

export interface ConnectionParts {
  readonly config: IMessageConfig;
  readonly host: ChannelHost;
  readonly own: OwnMemory;
}

const HISTORY_MS = 60_000;

const STUCK_BY: Readonly<Record<Stuck, Setback>> = { unstored: UNSTORED, overfull: OVERFULL, unanswered: DEAF };


/** The way in, from one start to one stop: one imsg at a time, started anew where it ends, and told where to go on. */
export class IMessageConnection {
  readonly #config: IMessageConfig;
  readonly #host: ChannelHost;
  readonly #own: OwnMemory;
  readonly #cursor: Cursor;
  readonly #backoff = new Backoff();
  readonly #stop = lastingController();
  readonly #done: Promise<void>;
  #status: ChannelStatus;
  #client: ImsgClient | undefined;
  /** The imsg that was started, until it is gone. */
  #started: ImsgClient | undefined;
  #bridge: Capabilities = NO_BRIDGE;
  #isAutomated = true;
  #end: ((setback: Setback | undefined) => void) | undefined;
  /** Nothing more is told to the host. */
  #isSilent = false;

  constructor({ config, host, own }: ConnectionParts) {
    this.#config = config;
    this.#host = host;
    this.#own = own;
    this.#cursor = new Cursor(host, config);
    this.#status = { state: "connecting", since: host.clock.now(), message: "imsg is being started." };
    host.report(this.#status);
    this.#done = this.#run();
  }

  get status(): ChannelStatus {
    return this.#status;
  }

  /** The imsg that is running and has shown that it works. */
  get client(): ImsgClient | undefined {
    return this.#client;
  }

  get bridge(): Capabilities {
    return this.#bridge;
  }

  /** What a send has shown about macOS. Messages come in without it. */
  noteAutomation(isAllowed: boolean): void {
    if (this.#isAutomated === isAllowed) return;
    this.#isAutomated = isAllowed;
    if (this.#client !== undefined) this.#enterLive();
  }

  /** Starts imsg anew: one of its sends does not end. */
  renew(): void {
    this.#end?.(STUCK);
  }

  /** Lets go of everything, by the deadline whatever is still under way. */
  async close(deadline: EpochMs): Promise<void> {
    this.#stop.abort();
    this.#end?.(undefined);
    await waitFor(this.#done, this.#host.clock, deadline);
    this.#enter({ state: "idle" });
    this.#isSilent = true;
    // Past the deadline it is not asked any more.
    this.#started?.kill();
  }

  async #run(): Promise<void> {
    try {
      await this.#own.load();
      while (!this.#stop.signal.aborted) {
        const setback = await this.#live();
        if (this.#stop.signal.aborted || setback === undefined) return;
        const now = this.#host.clock.now();
        const retryAt = after(now, this.#backoff.fail(now, this.#host.random()));
        const isFinal = setback.state === "needs-operator";
        this.#enter(isFinal ? setback : { ...setback, retryAt });
        if (isFinal) return;
        await pauseUntil(this.#host.clock, retryAt, this.#stop.signal);
      }
    } catch (error) {
      this.#enter(this.#broken(error));
    }
  }

  #broken(error: unknown): Setback {
    this.#host.log.error("The iMessage channel failed in a way that it should not.", { error: reasonOf(error) });
    return BROKEN;
  }

  /** One imsg from its start to its end, and why it ended. It is gone when this resolves: two would tell everything twice. */
  async #live(): Promise<Setback | undefined> {
    if (!(await this.#cursor.load().then(() => true, () => false))) return UNSTORED;
    const notices: { inbox?: Inbox } = {};
    const opened = await ImsgClient.open({ config: this.#config, clock: this.#host.clock, onNotice: (method, params) => { this.#hear(notices.inbox, method, params); } });
    if (opened.kind === "not-started") return judgeLaunch(opened.code);
    const { client } = opened;
    this.#started = client;
    const over = new AbortController();
    let end: (setback: Setback | undefined) => void = () => undefined;
    const ended = new Promise<Setback | undefined>((resolve) => { end = resolve; });
    this.#end = end;
    // It may have been stopped while imsg was being started.
    if (this.#stop.signal.aborted) end(undefined);
    void client.gone.then(() => { end(judgeSetback({ kind: "unanswered", because: "broken" }, client.complaint)); });
    const session: Session = { client, config: this.#config, cursor: this.#cursor, own: this.#own, log: this.#host.log, clock: this.#host.clock, over: over.signal };
    const inbox = this.#openInbox(session);
    notices.inbox = inbox;
    try {
      void this.#work(session).then(end, (error: unknown) => { end(this.#broken(error)); });
      return await ended;
    } finally {
      over.abort();
      this.#end = undefined;
      this.#client = undefined;
      await client.stop();
      await inbox.close();
      this.#started = undefined;
    }
  }

  /** Whatever it meets is the end of the session, unless that ended first. */
  async #work(session: Session): Promise<Setback | undefined> {
    if (session.over.aborted) return undefined;
    return (await this.#begin(session)) ?? watchOver(session, (bridge) => { this.#noteBeat(bridge); });
  }

  async #begin(session: Session): Promise<Setback | undefined> {
    const greeting = await greet(session);
    if ("state" in greeting) return greeting;
    const setback = await startWatch(session);
    if (setback !== undefined || session.over.aborted) return setback;
    this.#client = session.client;
    this.#noteBeat(greeting.bridge);
    this.#host.log.info("imsg tells of messages.", { account: this.#config.accountId, since: this.#cursor.rowid, bridge: Object.entries(greeting.bridge).filter(([, has]) => has).map(([name]) => name).join(" ") });
    this.#enterLive();
    return undefined;
  }

  #noteBeat(bridge: Capabilities): void {
    this.#bridge = bridge;
    this.#heard();
    this.#backoff.succeed(this.#host.clock.now());
  }

  #openInbox({ client }: Session): Inbox {
    return new Inbox({
      host: this.#host,
      config: this.#config,
      own: this.#own,
      cursor: this.#cursor,
      history: async (chatNumber) => {
        const outcome = await client.call({ method: "messages.history", params: { chat_id: chatNumber, limit: 20 } }, { timeoutMs: HISTORY_MS });
        if (outcome.kind !== "ok") return outcome.kind === "answered" ? [] : undefined;
        return Array.isArray(outcome.result["messages"]) ? outcome.result["messages"] : [];
      },
      onStuck: (why: Stuck) => { this.#end?.(STUCK_BY[why]); },
    });
  }

  #hear(inbox: Inbox | undefined, method: string, params: Fields): void {
    if (this.#stop.signal.aborted || inbox === undefined) return;
    if (method === "message") {
      this.#heard();
      inbox.push(fieldsOf(params["message"]));
    }
    // The watch has ended: what it did not tell is told by the next one.
    if (method === "watch.overflow" || method === "error") this.#end?.(DEAF);
  }

  #heard(): void {
    if (!this.#isSilent) this.#host.heard();
  }

  #enterLive(): void {
    this.#enter(this.#isAutomated ? { state: "live" } : { state: "degraded", trouble: "credentials", message: NO_AUTOMATION });
  }

  #enter(standing: Standing): void {
    if (this.#isSilent) return;
    const [id] = this.#own.echo.kept.addresses;
    this.#status = statusAfter(this.#status, standing, { now: this.#host.clock.now(), identity: id === undefined ? undefined : { id } });
    this.#host.report(this.#status);
  }
}
