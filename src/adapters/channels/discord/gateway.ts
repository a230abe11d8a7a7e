import { after, type EpochMs } from "../../../domain/moment.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { lastingController } from "../lasting-controller.js";
import { failureOf, restOptions, type Sdk } from "./client.js";
import type { DiscordConfig } from "./config.js";
import { Exchange } from "./exchange.js";
import { EXHAUSTED, judgeClose, judgeSetback, LOST, SILENT, STALE, UNGUARDED, type Setback } from "./failures.js";
import { countOf, fieldsOf, textOf, type Fields } from "./fields.js";
import { pause } from "../pause.js";
import { guardShards, type ShardStep, type Socket } from "./shard.js";

/** What Discord told over the gateway. `id` is the same however often Discord sends it. */
export interface Packet {
  readonly id: string;
  readonly type: string;
  readonly data: Fields;
}

export interface LinkListener {
  packet(packet: Packet): void;
  /** The way in is open: a new session, or the old one taken up again. */
  up(): void;
  /** It broke. The same session is taken up again after a while, without a time at once. */
  down(retryAt?: EpochMs): void;
  /** How long to wait before the next try. */
  nextMs(): number;
}

const MOST_TRIES = 3;
const OPENING_MS = 60_000;
/** Discord wants a sign of life every 41 seconds and answers each: this is two of them, and patience. */
const SILENCE_MS = 100_000;
const CLOSING_MS = 2_000;

export interface LinkOptions {
  readonly sdk: Sdk;
  readonly config: DiscordConfig;
  readonly host: ChannelHost;
  readonly listener: LinkListener;
}

/**
 * One session at Discord's gateway, kept by the SDK's client: it identifies, beats and resumes. Around it stands what
 * the SDK leaves open: it waits between its tries, tries three times, notices silence, and ends when it is told to, with
 * the socket gone. Events are taken as they come off the wire; the SDK's own store of guilds and messages stays empty.
 */
export class GatewayLink {
  /** Why it is over. A new session needs a new link. */
  readonly ended: Promise<Setback>;
  readonly #options: LinkOptions;
  readonly #client: InstanceType<Sdk["Client"]>;
  readonly #closing = lastingController();
  readonly #sockets = new Set<Socket>();
  #end: (setback: Setback) => void = () => undefined;
  #sessionId = "";
  #hasIdentified = false;
  #tries = 0;
  #resumes = 0;
  #isUp = false;
  #openingSince: EpochMs | undefined;
  #heardAt: EpochMs;
  #disarm: () => void = () => undefined;
  #closed: Promise<void> | undefined;
  #vanished: (() => void) | undefined;

  constructor(options: LinkOptions) {
    const { sdk, config, host, listener } = options;
    this.#options = options;
    this.#heardAt = host.clock.now();
    this.#openingSince = this.#heardAt;
    this.ended = new Promise((resolve) => { this.#end = resolve; });
    this.#client = new sdk.Client({
      intents: INTENTS.map((intent) => sdk.GatewayIntentBits[intent]),
      rest: restOptions(sdk, config, new Exchange({ clock: host.clock, cancel: this.#closing.signal })),
      ws: { buildStrategy: (manager) => this.#strategyFor(new sdk.SimpleShardingStrategy(manager)) },
    });
    const { Events } = sdk;
    this.#client.on(Events.ShardDisconnect, ({ code }) => this.#end(judgeClose(code)));
    this.#client.on(Events.ShardReconnecting, () => {
      this.#isUp = false;
      this.#openingSince = undefined;
      if (!this.#closing.signal.aborted) listener.down();
    });
    this.#client.on(Events.Invalidated, () => this.#end(STALE));
    for (const event of [Events.Error, Events.ShardError] as const) this.#client.on(event, () => this.#note("Discord's SDK met an error on its connection."));
    this.#watch();
    this.#client.login(config.token).catch((error: unknown) => {
      const isExhausted = error instanceof Error && error.message.startsWith("Not enough sessions");
      this.#end(isExhausted ? EXHAUSTED : judgeSetback(failureOf(sdk, error)));
    });
  }

  /** Resolves once nothing of it is open any more. A socket that does not close is torn down at a moment. */
  close(until?: EpochMs): Promise<void> {
    this.#closed ??= this.#close(until);
    return this.#closed;
  }

  async #close(until?: EpochMs): Promise<void> {
    const { clock } = this.#options.host;
    this.#closing.abort();
    this.#disarm();
    this.#end(LOST);
    const gone = new Promise<void>((resolve) => { this.#vanished = resolve; });
    if (this.#sockets.size === 0) this.#vanished?.();
    const disarm = clock.callAt(after(clock.now(), Math.min(CLOSING_MS, until === undefined ? CLOSING_MS : until - clock.now())), () => this.#terminate());
    for (const socket of this.#sockets) {
      if (socket.readyState === OPEN) socket.close(1_000);
      else socket.terminate();
    }
    await gone;
    disarm();
    // With a socket still open, this could wait for ever, or leave a new one behind.
    this.#client.destroy().catch(() => this.#note("Discord's SDK could not be cleared away."));
  }

  #strategyFor(strategy: InstanceType<Sdk["SimpleShardingStrategy"]>): InstanceType<Sdk["SimpleShardingStrategy"]> {
    const spawn = strategy.spawn.bind(strategy);
    strategy.spawn = async (ids) => {
      await spawn(ids);
      const isGuarded = guardShards(strategy, {
        mayTake: (step) => this.#mayTake(step),
        failed: (step) => {
          this.#note("Discord's SDK failed over something that Discord sent.", step);
          // One event that can't be read is passed over.
          if (step !== "onMessage") this.#end(LOST);
        },
        opened: (socket) => this.#adopt(socket),
        dispatched: (payload) => this.#dispatch(payload),
      });
      if (!isGuarded) this.#end(UNGUARDED);
    };
    return strategy;
  }

  /** Whether the SDK may go on with what it is about to do. */
  async #mayTake(step: ShardStep): Promise<boolean> {
    const { host } = this.#options;
    const isClosed = this.#closing.signal.aborted;
    switch (step) {
      case "onMessage":
        if (isClosed) return false;
        this.#heardAt = host.clock.now();
        if (this.#isUp) host.heard();
        return true;
      case "internalConnect": {
        this.#tries += 1;
        if (this.#tries > MOST_TRIES) this.#end(this.#hasIdentified ? STALE : LOST);
        if (isClosed || this.#tries > MOST_TRIES) return false;
        // The first try follows a break at once: most breaks are Discord moving its bots about.
        if (this.#tries > 1) await this.#wait();
        this.#openingSince = host.clock.now();
        return !this.#closing.signal.aborted;
      }
      case "identify":
        // What was missed since the old session is fetched at the beginning of a new link.
        if (this.#hasIdentified) this.#end(STALE);
        if (isClosed || this.#hasIdentified) return false;
        this.#hasIdentified = true;
        return true;
      case "resume":
        this.#resumes += 1;
        if (this.#resumes > MOST_TRIES) this.#end(STALE);
        return !isClosed && this.#resumes <= MOST_TRIES;
      default:
        return true;
    }
  }

  async #wait(): Promise<void> {
    const { host, listener } = this.#options;
    const waitMs = listener.nextMs();
    listener.down(after(host.clock.now(), waitMs));
    await pause(host.clock, waitMs, this.#closing.signal);
    if (!this.#closing.signal.aborted) listener.down();
  }

  #adopt(socket: Socket): void {
    // The SDK takes its own listeners off before the socket is gone, and an error that nobody hears ends the process.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#vanished?.();
    });
    this.#terminate();
    this.#sockets.add(socket);
    if (this.#closing.signal.aborted) socket.terminate();
  }

  #dispatch(payload: Fields): void {
    const type = textOf(payload["t"]);
    const data = fieldsOf(payload["d"]) ?? {};
    if (type === undefined || this.#closing.signal.aborted) return;
    if (type === "READY") this.#sessionId = textOf(data["session_id"]) ?? "";
    if (type === "READY" || type === "RESUMED") {
      this.#isUp = true;
      [this.#tries, this.#resumes, this.#openingSince] = [0, 0, undefined];
      this.#options.host.heard();
    }
    this.#options.listener.packet({ id: `${this.#sessionId.slice(0, 12)}.${countOf(payload["s"]) ?? 0}`, type, data });
    if (this.#isUp && (type === "READY" || type === "RESUMED")) this.#options.listener.up();
  }

  /** A socket can stay open for hours without anything behind it. */
  #watch(): void {
    const { clock } = this.#options.host;
    const now = clock.now();
    const isLate = this.#openingSince !== undefined && now - this.#openingSince >= OPENING_MS;
    if (isLate || (this.#isUp && now - this.#heardAt >= SILENCE_MS)) return this.#end(SILENT);
    this.#disarm = clock.callAt(after(now, 5_000), () => this.#watch());
  }

  #terminate(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  #note(message: string, step?: string): void {
    if (!this.#closing.signal.aborted) this.#options.host.log.debug(message, { account: this.#options.config.accountId, step });
  }
}

const OPEN = 1;

/** All but `MessageContent` are given to every bot. */
const INTENTS = ["Guilds", "GuildMessages", "GuildMessageReactions", "DirectMessages", "DirectMessageReactions", "MessageContent"] as const;
