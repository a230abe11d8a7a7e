import type { ChannelAbilities } from "../../../domain/messaging/abilities.js";
import type { ChannelStatus } from "../../../domain/messaging/channel-status.js";
import type { MediaRef } from "../../../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Postponed, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { epochMs, type EpochMs } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Channel, ChannelHost, FetchedMedia, LoginStep, ProbeOutcome, SendAttempt, Webhook } from "../../../ports/channel.js";
import { loadSdk, SlackApi } from "./client.js";
import type { SlackConfig } from "./config.js";
import { Directory } from "./directory.js";
import { judgeConnection, type Verdict } from "./failure.js";
import { textOf } from "./fields.js";
import { SlackFiles } from "./files.js";
import { SlackInbox } from "./inbox.js";
import { SlackLine } from "./line.js";
import { SlackPosting } from "./posting.js";
import { TABLE_LIMITS } from "./table.js";
import { parseTarget } from "./target.js";
import { newsIn, type Self, type Told } from "./translate.js";
import { answerWebhook, MAX_WEBHOOK_BYTES } from "./webhook.js";

const GIGABYTE = 1_000_000_000;
const PONG_MS = 5_000;

export const SLACK_ABILITIES: ChannelAbilities = {
  // Slack takes ten times as much, and asks for no more than this.
  text: { limit: 4_000, unit: "utf16", dialect: "slack-mrkdwn", tables: TABLE_LIMITS },
  media: { kinds: ["image", "audio", "voice", "video", "file"], maxInBytes: GIGABYTE, maxOutBytes: GIGABYTE, captionLimit: 4_000 },
  edit: true,
  remove: true,
  threads: true,
  reactions: "many",
  // Slack takes a status away after two minutes.
  typingMs: 90_000,
  draftMs: 1_200,
  buttons: true,
  markRead: false,
  ack: "gated",
};

const IN_CONFIGURATION = "A Slack account is linked by its tokens: set them under channels.slack, or take them out there, and restart the gateway.";
const NOT_STARTED: Postponed = { kind: "later", reason: "The Slack account is not started.", scope: "account" };
const UNINSTALLED: Verdict = { final: true, trouble: "credentials", message: "The app was taken out of the workspace: install it again, and set channels.slack.botToken to its new token." };

/** What lives from a start to the stop after it. */
interface Session {
  readonly host: ChannelHost;
  readonly api: SlackApi;
  readonly files: SlackFiles;
  readonly inbox: SlackInbox;
  readonly line: SlackLine;
  readonly posting: SlackPosting;
}

export class SlackChannel implements Channel {
  readonly id = "slack";
  readonly accountId: string;
  readonly label = "Slack";
  readonly abilities = SLACK_ABILITIES;
  readonly webhook?: Webhook;
  readonly #config: SlackConfig;
  readonly #pongTimeoutMs: number;
  #status: ChannelStatus = { state: "idle", since: epochMs(0) };
  #self: Self | undefined;
  #host: ChannelHost | undefined;
  #session: Promise<Session | undefined> = Promise.resolve(undefined);
  #running: Promise<void> = Promise.resolve();

  constructor(config: SlackConfig, { pongTimeoutMs = PONG_MS }: { pongTimeoutMs?: number } = {}) {
    this.accountId = config.accountId;
    this.#config = config;
    this.#pongTimeoutMs = pongTimeoutMs;
    // Without a secret there is nothing to tell Slack by: then there is no such route.
    if (config.mode === "http" && config.signingSecret !== "") this.webhook = this.#webhook(config.webhookPath, config.signingSecret);
  }

  async start(host: ChannelHost): Promise<void> {
    if (this.#host !== undefined) throw new Error("The Slack channel is started already.");
    this.#host = host;
    this.#report(host, { state: "connecting", message: "The gateway is connecting to Slack." });
    this.#session = this.#open(host).catch(() => undefined);
    this.#running = this.#session.then((session) => this.#run(host, session));
  }

  async stop(deadline: EpochMs): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    // From here on nothing is told to the host any more.
    this.#host = undefined;
    this.#status = { state: "idle", since: host.clock.now() };
    const session = await this.#session;
    this.#session = Promise.resolve(undefined);
    if (session === undefined) return;
    session.inbox.close();
    const disarm = host.clock.callAt(deadline, () => session.api.close());
    // What is being sent may still get its answer; the loop of the connection waits for none.
    const left = session.line.leave();
    await session.api.landed();
    session.api.close();
    await Promise.all([left, this.#running]);
    disarm();
  }

  status(): ChannelStatus {
    return this.#status;
  }

  parseTarget(text: string): Target | undefined {
    return parseTarget(text);
  }

  async send(to: Target, part: OutboundPart, { cancel }: SendAttempt): Promise<Receipt> {
    const session = await this.#ready();
    return "kind" in session ? session : session.posting.send(to, part, cancel);
  }

  async edit(message: MessageRef, part: OutboundPart, { cancel }: SendAttempt): Promise<ActionOutcome> {
    const session = await this.#ready();
    return "kind" in session ? session : session.posting.edit(message, part, cancel);
  }

  async remove(message: MessageRef): Promise<ActionOutcome> {
    const session = await this.#ready();
    return "kind" in session ? session : session.posting.remove(message);
  }

  async react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    const session = await this.#ready();
    return "kind" in session ? session : session.posting.react(message, emoji, add);
  }

  async typing(to: Target, on: boolean): Promise<void> {
    const session = await this.#ready();
    if (!("kind" in session)) await session.posting.typing(to, on);
  }

  /** What an app has read is nothing that Slack shows. */
  async markRead(): Promise<void> {}

  async fetchMedia(media: MediaRef, maxBytes: number): Promise<FetchedMedia> {
    const session = await this.#ready();
    if ("kind" in session) return session.kind === "refused" ? session : { kind: "refused", code: "not-linked", reason: session.reason };
    return session.files.download(media, maxBytes);
  }

  async probe(cancel: Cancel): Promise<ProbeOutcome> {
    const session = await this.#session;
    if (session === undefined) return { kind: "failed", trouble: "network", reason: NOT_STARTED.reason };
    const { clock } = session.host;
    const askedAt = clock.now();
    const answer = await session.api.call("auth.test", {}, cancel);
    if (answer.kind !== "ok") {
      session.line.notice(answer);
      const { trouble, message } = judgeConnection(answer, "botToken");
      return { kind: "failed", trouble, reason: message };
    }
    const id = textOf(answer.data["user_id"]);
    const name = textOf(answer.data["user"]);
    return { kind: "ok", latencyMs: clock.now() - askedAt, ...(id === undefined ? {} : { identity: { id, ...(name === undefined ? {} : { name }) } }) };
  }

  async *login(): AsyncIterable<LoginStep> {
    yield { kind: "refused", code: "unsupported", reason: IN_CONFIGURATION };
  }

  async logout(): Promise<{ cleared: boolean; loggedOut: boolean; reason: string }> {
    return { cleared: false, loggedOut: false, reason: IN_CONFIGURATION };
  }

  async #open(host: ChannelHost): Promise<Session> {
    const api = new SlackApi({ sdk: await loadSdk(), config: this.#config, clock: host.clock, log: host.log });
    const files = new SlackFiles(api, this.#config);
    const inbox = new SlackInbox({ host, directory: new Directory(api, host.clock), accountId: this.accountId });
    const line = new SlackLine({
      config: this.#config,
      host,
      api,
      pongTimeoutMs: this.#pongTimeoutMs,
      listener: {
        told: (told, acknowledge) => void this.#take(told).then((isTaken) => isTaken && acknowledge()),
        sign: () => this.#host === host && host.heard(),
      },
      identified: (self) => (this.#self = self),
      report: (status) => this.#report(host, status),
    });
    return { host, api, files, inbox, line, posting: new SlackPosting({ api, files, host, notice: (failure) => line.notice(failure) }) };
  }

  async #run(host: ChannelHost, session: Session | undefined): Promise<void> {
    try {
      if (session === undefined) throw new Error("The Slack SDK could not be loaded.");
      await session.line.run();
    } catch {
      host.log.error("The connection to Slack ended by a fault of the gateway's own.");
      this.#report(host, { state: "needs-operator", trouble: "bug", message: "The Slack channel stopped by a fault of its own: restart it, and report what the log says." });
    }
  }

  async #take(told: Told): Promise<boolean> {
    const session = await this.#session;
    if (session === undefined || this.#self === undefined || this.#host !== session.host) return false;
    const news = newsIn(told);
    if (news === "uninstalled") session.line.giveUp(UNINSTALLED);
    if (news === "held-back") session.host.log.warn("Slack holds events back, since there are more than it delivers to one app.");
    return session.inbox.take(told, this.#self);
  }

  #webhook(path: string, secret: string): Webhook {
    const now = (): EpochMs | undefined => (this.#self === undefined ? undefined : this.#host?.clock.now());
    const told = async (one: Told): Promise<boolean> => {
      this.#host?.heard();
      return this.#take(one);
    };
    return { path, maxBytes: MAX_WEBHOOK_BYTES, handle: (request) => answerWebhook(request, { secret, now, told }) };
  }

  async #ready(): Promise<Session | Refused | Postponed> {
    const { state, trouble, message = NOT_STARTED.reason } = this.#status;
    if (state === "needs-operator" && trouble === "credentials") return { kind: "refused", code: "not-linked", reason: message };
    return (await this.#session) ?? NOT_STARTED;
  }

  #report(host: ChannelHost, status: Omit<ChannelStatus, "since">): void {
    if (this.#host !== host) return;
    const { state, message } = this.#status;
    // Connecting is told once, when it begins.
    if (state === status.state && message === status.message) return;
    const identity = this.#self && { id: this.#self.userId, ...(this.#self.name === undefined ? {} : { name: this.#self.name }) };
    this.#status = { ...status, since: host.clock.now(), ...(identity === undefined ? {} : { identity }) };
    host.report(this.#status);
  }
}
