import type { ChannelStatus } from "../../../domain/messaging/channel-status.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { lastingController } from "../lasting-controller.js";
import { Backoff } from "./backoff.js";
import type { SlackApi } from "./client.js";
import type { SlackConfig } from "./config.js";
import { isVoid, judgeConnection, type CallFailure, type Verdict } from "./failure.js";
import { textOf } from "./fields.js";
import { SocketLink, type SocketListener } from "./socket.js";
import type { Self } from "./translate.js";

/** How often an account without a socket asks whether its token still works. */
const CHECK_MS = 60_000;
const OCCUPIED_MS = 1_000;

const SHARED = "Another process is connected with this app token too, so that each of them gets only some of the messages: stop it, or give it an app of its own.";
const OCCUPIED: Verdict = { final: false, trouble: "conflict", message: "Another account of this gateway is connected with the same app token: give each account an app of its own.", retryAfterMs: OCCUPIED_MS };
const DISABLED: Verdict = { final: true, trouble: "intents", message: "Socket Mode is switched off for this app: switch it on on the app's page \"Socket Mode\", and restart the channel." };
const LOST: Verdict = { final: false, trouble: "network", message: "The connection to Slack was lost; the gateway connects again by itself." };

/**
 * Who holds a socket of which app token in this process. Slack deals an app's events out among its sockets, so a second
 * one takes messages away from the first; two accounts, or two gateways in one process, must not do that to each other.
 */
const holders = new Map<string, SlackLine>();

export interface LineOptions {
  readonly config: SlackConfig;
  readonly host: ChannelHost;
  readonly api: SlackApi;
  readonly listener: SocketListener;
  readonly pongTimeoutMs: number;
  identified(self: Self): void;
  report(status: Omit<ChannelStatus, "since">): void;
}

type Turn = { readonly kind: "refresh" } | { readonly kind: "failed"; readonly verdict: Verdict };

/**
 * Keeps the way in open until it is left, or needs its operator. It is one loop with at most one link in it: the next
 * is only made once the last one's socket is gone.
 */
export class SlackLine {
  readonly #options: LineOptions;
  readonly #backoff: Backoff;
  readonly #leaving = lastingController();
  readonly #wakes = new Set<() => void>();
  #link: SocketLink | undefined;
  #final: Verdict | undefined;
  #upSince: EpochMs | undefined;
  #isKnown = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#backoff = new Backoff(() => options.host.random());
  }

  /** Resolves once it was left, or only an operator can help. */
  async run(): Promise<void> {
    while (!this.#isLeft) {
      const turn = this.#final === undefined ? await this.#turn() : failed(this.#final);
      if (this.#isLeft) return;
      const verdict = this.#final ?? (turn.kind === "failed" ? turn.verdict : undefined);
      if (verdict?.final === true) return this.#options.report({ state: "needs-operator", trouble: verdict.trouble, message: verdict.message });
      await this.#pause(verdict);
    }
  }

  /** A call has shown that nothing works any more, or Slack said so. */
  giveUp(verdict: Verdict): void {
    if (this.#final !== undefined || this.#isLeft) return;
    this.#final = verdict;
    void this.#link?.close();
    this.#wakeAll();
  }

  /** A call that failed, as far as it says something about the account: its token is void for the way in too. */
  notice(failure: CallFailure): void {
    if (isVoid(failure)) this.giveUp(judgeConnection(failure, "botToken"));
  }

  /** Resolves once the way in is closed. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    this.#wakeAll();
    await this.#link?.close();
  }

  get #isLeft(): boolean {
    return this.#leaving.signal.aborted;
  }

  async #turn(): Promise<Turn> {
    this.#options.report({ state: "connecting", message: "The gateway is connecting to Slack." });
    if (!this.#isKnown) {
      const failure = await this.#identify();
      if (failure !== undefined) return failed(judgeConnection(failure, "botToken"));
      this.#isKnown = true;
    }
    if (this.#isLeft || this.#final !== undefined) return failed(LOST);
    const { config } = this.#options;
    const turn = config.mode === "socket" ? await this.#holdSocket(config.appToken, config.apiUrl) : await this.#watchToken();
    if (this.#upSince !== undefined) this.#backoff.wasUp(this.#upSince, this.#options.host.clock.now());
    this.#upSince = undefined;
    // A token that was lost meanwhile would otherwise show with the next message only.
    this.#isKnown = turn.kind === "refresh";
    return turn;
  }

  async #identify(): Promise<CallFailure | undefined> {
    const answer = await this.#options.api.call("auth.test", {}, this.#leaving.signal);
    if (answer.kind !== "ok") return answer;
    const self = parseSelf(answer.data);
    if (self === undefined) return { kind: "broken" };
    this.#options.identified(self);
    return undefined;
  }

  async #holdSocket(appToken: string, apiUrl: string): Promise<Turn> {
    const token = `${apiUrl} ${appToken}`;
    if (holders.has(token)) return failed(OCCUPIED);
    holders.set(token, this);
    try {
      const { api, host, listener, pongTimeoutMs } = this.#options;
      this.#link = new SocketLink({ api, appToken, clock: host.clock, listener, pongTimeoutMs });
      const opening = await this.#link.opened;
      if (opening.kind === "open") this.#up(opening.connections > 1 ? { state: "degraded", trouble: "conflict", message: SHARED } : { state: "live" });
      const end = await this.#link.ended;
      if (opening.kind === "failed") return failed(judgeConnection(opening.failure, "appToken"));
      if (end === "disabled") return failed(DISABLED);
      return end === "refresh" ? { kind: "refresh" } : failed(LOST);
    } finally {
      this.#link = undefined;
      holders.delete(token);
    }
  }

  /** Over HTTP there is nothing to hold: Slack comes by itself. Only the token can be looked after. */
  async #watchToken(): Promise<Turn> {
    this.#up({ state: "live" });
    for (;;) {
      await this.#wait(CHECK_MS);
      if (this.#isLeft || this.#final !== undefined) return failed(LOST);
      const failure = await this.#identify();
      if (failure !== undefined) return failed(judgeConnection(failure, "botToken"));
    }
  }

  #up(status: Omit<ChannelStatus, "since">): void {
    this.#upSince = this.#options.host.clock.now();
    if (!this.#isLeft && this.#final === undefined) this.#options.report(status);
  }

  async #pause(verdict: Verdict | undefined): Promise<void> {
    const waitMs = verdict === undefined ? this.#backoff.refreshMs() : Math.max(this.#backoff.nextMs(), verdict.retryAfterMs ?? 0);
    if (waitMs === 0) return;
    const { trouble, message } = verdict ?? { trouble: "network" as const, message: "Slack keeps asking for new connections; the gateway takes its time with the next one." };
    this.#options.report({ state: "backing-off", trouble, message, retryAt: after(this.#options.host.clock.now(), waitMs) });
    await this.#wait(waitMs);
  }

  #wait(ms: number): Promise<void> {
    if (this.#isLeft || this.#final !== undefined) return Promise.resolve();
    const { clock } = this.#options.host;
    return new Promise((resolve) => {
      const wake = (): void => {
        disarm();
        this.#wakes.delete(wake);
        resolve();
      };
      const disarm = clock.callAt(after(clock.now(), ms), wake);
      this.#wakes.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of this.#wakes) wake();
  }
}

const failed = (verdict: Verdict): Turn => ({ kind: "failed", verdict });

const parseSelf = (data: Readonly<Record<string, unknown>>): Self | undefined => {
  const userId = textOf(data["user_id"]);
  const teamId = textOf(data["team_id"]) ?? textOf(data["enterprise_id"]);
  const botId = textOf(data["bot_id"]);
  const name = textOf(data["user"]);
  if (userId === undefined || teamId === undefined) return undefined;
  return { userId, teamId, ...(botId === undefined ? {} : { botId }), ...(name === undefined ? {} : { name }) };
};
