import { Backoff } from "../../../domain/messaging/backoff.js";
import { statusAfter, type ChannelStatus, type Standing } from "../../../domain/messaging/channel-status.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import { reasonOf } from "../../../domain/reason.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { lastingController } from "../lasting-controller.js";
import { DiscordApi, loadSdk } from "./client.js";
import type { DiscordConfig } from "./config.js";
import { Directory } from "./directory.js";
import { judgeSetback, OCCUPIED, type CallFailure, type Setback } from "./failures.js";
import { fieldsOf, idOf, listOf, textOf } from "./fields.js";
import { GatewayLink, type Packet } from "./gateway.js";
import { DiscordInbox } from "./inbox.js";
import { renderAcknowledgement, renderCommand } from "./outgoing.js";
import { pause, waitFor } from "../pause.js";
import { Seen } from "./seen.js";
import { INTERACTION } from "./translate.js";

export interface ConnectionParts {
  readonly config: DiscordConfig;
  readonly host: ChannelHost;
  isOwn(messageId: string): boolean;
}

/** Discord lets a bot begin one session in this time. */
const IDENTIFY_MS = 5_000;
const ACKNOWLEDGE_MS = 3_000;

const CONNECTING = { state: "connecting", message: "The gateway is connecting to Discord." } as const;
const RESUMING = { state: "connecting", trouble: "network", message: "The connection to Discord broke; it is being taken up again." } as const;
const UNSTORED = { state: "degraded", trouble: "bug", message: "What Discord delivered could not be stored; make room on the gateway's disk. Messages are fetched again once there is." } as const;

/** Who holds a session of which bot in this process. With two of them everything would be heard and answered twice. */
const holders = new Set<string>();

/** The way in, from one start to one stop: keeps a session, and begins another where it is lost. Never two at once. */
export class DiscordConnection {
  readonly api: Promise<DiscordApi>;
  readonly #parts: ConnectionParts;
  readonly #backoff = new Backoff();
  readonly #directory = new Directory();
  readonly #seen: Seen;
  readonly #stop = lastingController();
  /** No session may be begun any more. */
  readonly #halt = lastingController();
  readonly #done: Promise<void>;
  #status: ChannelStatus;
  #identity: ChannelStatus["identity"];
  #inbox: DiscordInbox | undefined;
  #link: GatewayLink | undefined;
  #final: Setback | undefined;
  #isUp = false;
  #canStore = true;
  #closeBy: EpochMs | undefined;
  /** Nothing more is told to the host. */
  #isSilent = false;

  constructor(parts: ConnectionParts) {
    const { config, host } = parts;
    this.#parts = parts;
    this.#seen = new Seen(host);
    this.#status = { ...CONNECTING, since: host.clock.now() };
    host.report(this.#status);
    this.api = loadSdk().then((sdk) => new DiscordApi({ sdk, config, clock: host.clock }));
    this.#done = this.#run();
  }

  get status(): ChannelStatus {
    return this.#status;
  }

  /** A call that failed, as far as it says something about the account: its token is void for the way in too. */
  notice(failure: CallFailure): void {
    if (failure.kind !== "answered" || failure.status !== 401 || this.#final !== undefined || this.#stop.signal.aborted) return;
    this.#final = judgeSetback(failure);
    this.#enter(this.#final);
    this.#halt.abort();
    void this.#link?.close();
  }

  /** Lets go of everything, by the deadline whatever is still under way. */
  async close(deadline: EpochMs): Promise<void> {
    this.#closeBy = deadline;
    this.#stop.abort();
    this.#halt.abort();
    const api = await this.api.catch(() => undefined);
    const { clock } = this.#parts.host;
    await Promise.all([this.#link?.close(deadline), waitFor(Promise.all([this.#inbox?.close(), api?.settled()]), clock, deadline)]);
    api?.close();
    await waitFor(this.#done.then(() => this.#seen.close()), clock, deadline);
    this.#enter({ state: "idle" });
    this.#isSilent = true;
  }

  async #run(): Promise<void> {
    const { host } = this.#parts;
    try {
      const api = await this.api;
      await this.#seen.load();
      for (;;) {
        const setback = this.#halt.signal.aborted ? undefined : await this.#hold(api);
        if (this.#halt.signal.aborted || setback === undefined) return;
        if (setback.state === "needs-operator") return this.#enter(setback);
        await this.#pauseAfter(setback);
        if (!this.#halt.signal.aborted) this.#enter(CONNECTING);
      }
    } catch (error) {
      host.log.error("The Discord channel failed in a way that it should not.", { error: reasonOf(error) });
      this.#enter({ state: "needs-operator", trouble: "bug", message: "The Discord channel failed in a way that it should not; see the log, and restart it." });
    }
  }

  /** One session, from its beginning until it can't be taken up any more. */
  async #hold(api: DiscordApi): Promise<Setback> {
    const { config, host } = this.#parts;
    const holder = `${config.apiRoot} ${config.token}`;
    if (holders.has(holder)) return OCCUPIED;
    holders.add(holder);
    try {
      const link = new GatewayLink({
        sdk: api.sdk, config, host,
        listener: { packet: (packet) => this.#receive(api, packet), up: () => this.#up(), down: (retryAt) => this.#down(retryAt), nextMs: () => this.#backoff.fail(host.clock.now(), host.random()) },
      });
      this.#link = link;
      const setback = await link.ended;
      this.#isUp = false;
      await link.close(this.#closeBy);
      return setback;
    } finally {
      this.#link = undefined;
      holders.delete(holder);
    }
  }

  async #pauseAfter({ retryAfterMs = 0, ...status }: Setback): Promise<void> {
    const { host } = this.#parts;
    const now = host.clock.now();
    const waitMs = Math.max(this.#backoff.fail(now, host.random()), retryAfterMs, IDENTIFY_MS);
    this.#enter({ ...status, retryAt: after(now, waitMs) });
    await pause(host.clock, waitMs, this.#halt.signal);
  }

  #receive(api: DiscordApi, { id, type, data }: Packet): void {
    if (this.#stop.signal.aborted) return;
    if (type === "READY") this.#begin(api, data);
    const selfId = this.#identity?.id;
    if (selfId === undefined) return;
    this.#directory.learn(type, data, selfId);
    if (type === "INTERACTION_CREATE") this.#acknowledge(api, data);
    if (type === "GUILD_CREATE") this.#inbox?.meet([...listOf(data["channels"]), ...listOf(data["threads"])]);
    this.#inbox?.take({ id, type, data });
  }

  /** A session begins: what was said since the last one is fetched before what comes now. */
  #begin(api: DiscordApi, data: Packet["data"]): void {
    const { config, host, isOwn } = this.#parts;
    const user = fieldsOf(data["user"]) ?? {};
    const [selfId, name, applicationId] = [idOf(user["id"]), textOf(user["username"]), idOf(fieldsOf(data["application"])?.["id"])];
    if (selfId === undefined) return;
    this.#identity = { id: selfId, ...(name === undefined ? {} : { name }) };
    this.#seen.belongTo(selfId);
    this.#inbox ??= new DiscordInbox({ host, api, accountId: config.accountId, selfId, directory: this.#directory, seen: this.#seen, isOwn, storing: (works) => this.#noteStoring(works) });
    this.#inbox.catchUp();
    if (config.command !== undefined && applicationId !== undefined) void this.#offerCommand(api, applicationId, config.command);
  }

  /** By its name alone, so that commands of the operator's own stay. */
  async #offerCommand(api: DiscordApi, applicationId: string, name: string): Promise<void> {
    const outcome = await api.call(renderCommand(applicationId, name));
    if (outcome.kind !== "ok" && !this.#stop.signal.aborted) this.#parts.host.log.warn("Discord did not take the slash command; it is offered again with the next connection.", { account: this.#parts.config.accountId, failure: outcome.kind });
  }

  // The far end sees a failure where this takes longer than three seconds, so it waits for nothing.
  #acknowledge(api: DiscordApi, data: Packet["data"]): void {
    const [id, token, kind] = [idOf(data["id"]), textOf(data["token"]), data["type"]];
    if (id === undefined || token === undefined || (kind !== INTERACTION.command && kind !== INTERACTION.press)) return;
    void api.call(renderAcknowledgement(id, token, kind === INTERACTION.command), { timeoutMs: ACKNOWLEDGE_MS });
  }

  #noteStoring(works: boolean): void {
    if (works === this.#canStore) return;
    this.#canStore = works;
    if (this.#isUp) this.#enterUp();
  }

  #up(): void {
    this.#isUp = true;
    this.#backoff.succeed(this.#parts.host.clock.now());
    this.#enterUp();
  }

  #enterUp(): void {
    this.#enter(this.#canStore ? { state: "live" } : UNSTORED);
  }

  #down(retryAt: EpochMs | undefined): void {
    this.#isUp = false;
    if (this.#final === undefined && !this.#stop.signal.aborted) this.#enter(retryAt === undefined ? RESUMING : { ...RESUMING, state: "backing-off", retryAt });
  }

  #enter(standing: Standing): void {
    if (this.#isSilent) return;
    const { host } = this.#parts;
    this.#status = statusAfter(this.#status, standing, { now: host.clock.now(), identity: this.#identity });
    host.report(this.#status);
  }
}
