import { randomInt } from "node:crypto";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { MarkedMarkdown } from "../../adapters/markdown/marked/index.js";
import { HttpWebFetch } from "../../adapters/web/fetch/index.js";
import { EchoRuntime } from "../../adapters/agent/echo/index.js";
import { NodeSignatures } from "../../adapters/crypto/node/index.js";
import { MemoryLogTail } from "../../adapters/storage/memory/memory-log-tail.js";
import { SilentLog } from "../../adapters/log/memory/index.js";
import { AddressLocality, NodeLoopGauge, RandomIds, SystemClock } from "../../adapters/system/index.js";
import { UqrCodes } from "../../adapters/qr/uqr/index.js";
import { WsTransport } from "../../adapters/transport/ws/index.js";
import { CronerCalendar } from "../../adapters/calendar/croner/index.js";
import { AjvFrameValidator } from "../../adapters/validation/ajv/index.js";
import type { Event, LiveMethod, ParamsOf, PayloadOf, ResultOf } from "../../domain/protocol/catalog.js";
import { unavailable } from "../../domain/protocol/errors.js";
import type { AuthSettings, Settings } from "../../domain/settings.js";
import type { AgentRuntime } from "../../ports/agent-runtime.js";
import type { Channel } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import type { ConfigSource } from "../../ports/config-source.js";
import type { CronCalendar } from "../../ports/cron-calendar.js";
import type { DeviceStore } from "../../ports/device-store.js";
import type { ExecApprovalsStore } from "../../ports/exec-approvals-store.js";
import type { FrameValidator } from "../../ports/frame-validator.js";
import type { InviteStore } from "../../ports/invite-store.js";
import type { QrCodes } from "../../ports/qr-codes.js";
import type { Tailnet } from "../../ports/tailnet.js";
import type { Ids } from "../../ports/ids.js";
import type { Log } from "../../ports/log.js";
import type { LoopGauge } from "../../ports/loop-gauge.js";
import type { LogTail } from "../../ports/log-tail.js";
import type { Metrics } from "../../ports/metrics.js";
import type { PeerLocality } from "../../ports/peer-locality.js";
import type { SessionStore } from "../../ports/session-store.js";
import type { Signatures } from "../../ports/signatures.js";
import type { TokenVault } from "../../ports/token-vault.js";
import type { Tracing } from "../../ports/tracing.js";
import type { Transport } from "../../ports/transport.js";
import { EventFeed } from "../gateway/event-feed.js";
import type { GatewayRecords, HostFacts } from "../gateway/parts.js";
import type { Markdown } from "../../ports/markdown.js";
import type { MediaStore } from "../../ports/media-store.js";
import type { Workspace } from "../../ports/workspace.js";
import type { WebFetch } from "../../ports/web-fetch.js";
import { GatewayCore } from "../gateway/gateway.js";
import { GatewayCallError } from "../gateway/refusal.js";
import { createCanvas, type CanvasServing } from "./canvas-routes.js";
import { dialUrls, hostFacts, urlOf } from "./host-facts.js";
import type { Routes } from "../../adapters/transport/ws/ws-options.js";
import { healthRoutes } from "./health-routes.js";
import { httpDoors } from "./http-doors.js";
import { DEFAULT_HOST, DEFAULT_PORT, judged, type ListenOptions } from "./listen-options.js";
import { givenSettings, StaticConfig } from "./static-config.js";
import { takeOldJobs } from "./old-jobs.js";
import { pageRoutes } from "./page-routes.js";
import { openStores, type Stores } from "./stores.js";
import { TlsWatch } from "./tls-watch.js";
import { registeredTracing } from "./tracing.js";
import { openWorkspace } from "./workspace.js";
import { createWebhooks, type Webhooks } from "./webhook-routes.js";

/** Everything is optional: what is left out gets the default named beside it. */
export interface GatewayOptions {
  /** `{ mode: "none" }`: anybody on this host. Listening elsewhere then refuses. Shorthand: `{ token }` or `{ password }`. */
  readonly auth?: AuthSettings | { readonly token: string } | { readonly password: string };
  /** Where devices and sessions are kept. Without it they live in memory and end with the gateway. */
  readonly stateDir?: string;
  /** Takes a key in `stateDir` that other users of this host can read, which is refused without it. For file systems that know no owners. */
  readonly allowReadableSecrets?: boolean;
  /** An echo that says how to configure a model. */
  readonly agent?: AgentRuntime;
  /** WebChat is always there; these come beside it. */
  readonly channels?: readonly Channel[];
  readonly settings?: Partial<Settings>;
  /** Replaces `auth` and `settings`. */
  readonly config?: ConfigSource;
  /** Silence. */
  readonly log?: Log;
  readonly logTail?: LogTail;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly devices?: DeviceStore;
  readonly invites?: InviteStore;
  readonly sessions?: SessionStore;
  /** Tables of what came in, what goes out, who may write, what channels remember, which nodes there are: any of them. */
  readonly records?: Partial<GatewayRecords>;
  readonly calendar?: CronCalendar;
  /** Where agents keep their files; without it, folders that the settings name or of `stateDir`, and nothing without that. */
  readonly workspace?: Workspace;
  readonly media?: MediaStore;
  /** Which commands may run on this host without a question; a file in `stateDir`, without it. */
  readonly execApprovals?: ExecApprovalsStore;
  /** Fetches files that messages name: from public addresses alone. */
  readonly web?: WebFetch;
  readonly markdown?: Markdown;
  /** At least 0 and below 1; chance of the system's, without it. Codes that let people in are drawn from it. */
  readonly random?: () => number;
  readonly qrCodes?: QrCodes;
  readonly vault?: TokenVault;
  readonly signatures?: Signatures;
  readonly validator?: FrameValidator;
  readonly locality?: PeerLocality;
  /** Asked who somebody is where `settings.allowTailscale` is on; nobody is, without it. */
  readonly tailnet?: Pick<Tailnet, "whois">;
  /** Where else than at its listeners it can be dialled now: `ws:` and `wss:` URLs, the most useful first. */
  readonly alsoReachedAt?: () => readonly string[];
  readonly version?: string;
  /** What is counted, and by whom; nothing, without it. `openclaw-gateway/prometheus` has one. */
  readonly metrics?: Metrics;
  /** How this process keeps up, told to who asks for the channels' state; what Node measures, without it. */
  readonly loop?: LoopGauge;
  /** Spans; those of the OpenTelemetry SDK that is registered in this process, without it. None where there is none. */
  readonly tracing?: Tracing;
  /** What it tells of the host it runs on; looked up, without it. */
  readonly host?: HostFacts;
}

export interface AttachOptions extends Pick<ListenOptions, "allowedHosts" | "allowedOrigins"> {
  /** Only upgrades of this path are taken; without it, all. */
  readonly path?: string;
}

export interface Gateway {
  /** Whether new connections find a gateway that serves them: not before it listens, nor once it closes. */
  isReady(): boolean;
  /** Opens a listener of the gateway's own. Rejects where the address is taken, or where it would listen beyond this host without auth. */
  listen(at?: ListenOptions): Promise<Listening>;
  /** Serves WebSocket upgrades of a server that stays yours: its routes, its listening and its closing are untouched. */
  attach(server: HttpServer | HttpsServer, options?: AttachOptions): Promise<void>;
  /**
   * All that {@link Gateway.listen} serves beside connections, for a server of yours: probes, hooks, the OpenAI-compatible
   * API, providers' calls, the canvas and the pages of {@link Settings.controlUi}. Takes a request that is for one of them,
   * and answers it; `false` for any other, which it leaves as it is. Its body must not have been read yet. Which names
   * (`Host`) it answers to is your server's to judge.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Pages that an agent draws. {@link Gateway.listen} serves them, and a server of yours may, before its own routes. */
  readonly canvas: CanvasServing;
  /** Where providers call: {@link Gateway.listen} serves it, and a server of yours may, before its own routes. */
  readonly webhooks: Webhooks;
  /**
   * From now on it is these channels, beside WebChat. Those that are among them already, the same objects, go on
   * undisturbed; the others are closed before the new ones are opened. Rejects where two share a name or a webhook's path.
   */
  replaceChannels(channels: readonly Channel[]): Promise<void>;
  /** Serves any other transport, such as the one in memory. */
  serve(transport: Transport): Promise<void>;
  /** Calls a method as the owner. Throws `GatewayCallError` where it is refused. */
  call<M extends LiveMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** Events of one name from now on, until the loop is left or the gateway closes. */
  events<E extends Event>(name: E): AsyncIterableIterator<PayloadOf<E>>;
  /** Lets runs end, tells and closes every connection, closes the stores. Nothing is left open, and nothing can be opened again. */
  close(options?: ClosingOptions): Promise<void>;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Lower-case hex SHA-256 of its certificate, for clients to pin. */
  readonly tlsFingerprint?: string;
}

interface ClosingOptions {
  /** Told to clients, which come back after about that time. */
  readonly restartExpectedMs?: number;
}

interface Opened {
  readonly gateway: GatewayCore;
  readonly stores: Stores;
}

/** A gateway inside your process. No globals, no signal handlers, nothing running until something is opened. Throws where its options contradict each other. */
export function createGateway(options: GatewayOptions = {}): Gateway {
  const clock = options.clock ?? new SystemClock();
  const ids = options.ids ?? new RandomIds();
  const log = options.log ?? new SilentLog();
  const locality = options.locality ?? new AddressLocality();
  const config = options.config ?? new StaticConfig(givenSettings(options));
  const signatures = options.signatures ?? new NodeSignatures();
  const webhooks = createWebhooks(options.channels ?? [], log);
  const urls: string[] = [];
  const tls = new TlsWatch(log);
  const canvas = createCanvas({ config, clock, log, tls, ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }), gate: async () => (await core()).canvas });
  let opened: Promise<Opened> | undefined;
  let running: GatewayCore | undefined;
  let closed: Promise<void> | undefined;

  const build = async (): Promise<Opened> => {
    const tracing = options.tracing ?? (await registeredTracing(log));
    const stores = await openStores(options, clock);
    const validator = options.validator ?? new AjvFrameValidator();
    const calendar = options.calendar ?? new CronerCalendar();
    await takeOldJobs({ stateDir: options.stateDir, records: stores.records, calendar, validator, clock, log }).catch(async (error: unknown) => {
      await stores.lock?.release();
      throw error;
    });
    const gateway = new GatewayCore({
      clock,
      ids,
      log,
      locality,
      config,
      ...stores,
      logTail: options.logTail ?? new MemoryLogTail(),
      signatures,
      validator,
      agent: options.agent ?? new EchoRuntime(),
      channels: options.channels ?? [],
      calendar,
      workspace: options.workspace ?? openWorkspace(config, options.stateDir),
      markdown: options.markdown ?? new MarkedMarkdown(),
      web: options.web ?? new HttpWebFetch({ clock, locality }),
      random: options.random ?? systemChance,
      qrCodes: options.qrCodes ?? new UqrCodes(),
      canvasFiles: canvas.files,
      loop: options.loop ?? new NodeLoopGauge(clock),
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
      ...(tracing === undefined ? {} : { tracing }),
      ...(options.tailnet === undefined ? {} : { tailnet: options.tailnet }),
      host: options.host ?? hostFacts(options, { urls: () => [...(options.alsoReachedAt?.() ?? []), ...urls], tlsFingerprint: () => tls.fingerprint }),
    });
    await gateway.begin();
    running = gateway;
    return { gateway, stores };
  };
  // Reading state is work, so it waits until the gateway is used for the first time. What could not be read is tried anew.
  const core = async (): Promise<GatewayCore> => {
    if (closed !== undefined) throw new Error(CLOSED);
    opened ??= build().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return (await opened).gateway;
  };
  // One of each for all listeners: whoever guesses or repeats a call gains nothing by asking at another.
  const doors = httpDoors({
    clock, ids, log, locality, signatures, settings: () => config.settings(),
    calls: {
      ask: async (method, params) => (closed === undefined ? (await core()).ask(method, params) : { first: { ok: false, error: unavailable(CLOSED) } }),
      events: (name) => (closed === undefined ? deferredEvents(core(), name) : endedFeed()),
    },
  });
  const pages = pageRoutes({ log, settings: () => config.settings().controlUi });
  const isReady = (): boolean => running?.ready ?? false;
  const routesOf = (canvasRoutes: Pick<CanvasServing, "handle">): Routes => firstOf(webhooks.handle, canvasRoutes.handle, healthRoutes(isReady), doors, pages);
  const serve = async (transport: Transport): Promise<void> => {
    await (await core()).serve(transport);
    if (closed === undefined) return;
    // Closed while it started: what was open then is closed, and this came too late to be among it.
    await transport.stop();
    throw new Error(CLOSED);
  };
  const shutDown = async (closing: ClosingOptions | undefined): Promise<void> => {
    // What could not be opened was told to whoever tried, and holds nothing.
    const open = await opened?.catch(() => undefined);
    if (!open) return;
    try {
      await Promise.all([open.gateway.close(closing), canvas.close()]);
    } finally {
      tls.end();
      await open.stores.lock?.release();
    }
  };

  return {
    isReady,
    listen: async (at = {}) => {
      const host = at.host ?? DEFAULT_HOST;
      if (config.settings().auth.mode === "none" && locality.classify(host) !== "loopback" && host !== "localhost") {
        throw new Error(`refusing to listen on ${host} without auth: give the gateway a token or a password, or listen on 127.0.0.1`);
      }
      const gateway = await core();
      const certificate = await at.tls?.current();
      const routes = canvas.at(at);
      const transport = new WsTransport({
        host,
        port: at.port ?? DEFAULT_PORT,
        clock,
        log,
        routes: routesOf(routes),
        sideUpgrades: routes.upgrades,
        witness: gateway.proxies,
        ...(at.trustOwnAddress === undefined ? {} : { trustOwnAddress: at.trustOwnAddress }),
        ...(certificate === undefined ? {} : { tls: certificate }),
        ...judged(at),
      });
      await serve(transport);
      if (at.tls && certificate) tls.follow(at.tls, certificate, (next) => transport.renew(next));
      const bound = { ...transport.address(), secure: certificate !== undefined };
      const url = urlOf(bound);
      urls.push(...dialUrls(bound));
      return { host: bound.host, port: bound.port, url, ...(certificate === undefined ? {} : { tlsFingerprint: certificate.fingerprint }) };
    },
    attach: (server, at = {}) =>
      serve(new WsTransport({ attachTo: { server, ...(at.path === undefined ? {} : { path: at.path }) }, clock, log, sideUpgrades: canvas.at(at).upgrades, ...judged(at) })),
    handle: routesOf(canvas),
    canvas: { handle: canvas.handle, prepare: canvas.prepare, listen: canvas.listen },
    webhooks,
    replaceChannels: async (channels) => {
      const gateway = await core();
      webhooks.replace(channels);
      await gateway.replaceChannels(channels);
    },
    serve,
    call: async (method, params) => {
      if (closed !== undefined) throw new GatewayCallError(method, unavailable(CLOSED));
      return (await core()).call(method, params);
    },
    events: (name) => (closed === undefined ? deferredEvents(core(), name) : endedFeed()),
    close: (closing) => (closed ??= shutDown(closing)),
  };
}

const CLOSED = "the gateway is closed";

const systemChance = (): number => randomInt(2 ** 32) / 2 ** 32;

const firstOf = (...routes: readonly Routes[]): Routes => (request, response) => routes.some((route) => route(request, response));

function endedFeed<E extends Event>(): EventFeed<E> {
  const feed = new EventFeed<E>();
  feed.end();
  return feed;
}

/** Listening begins with the call, not with the first `next`: nothing in between is missed. */
function deferredEvents<E extends Event>(core: Promise<GatewayCore>, name: E): AsyncIterableIterator<PayloadOf<E>> {
  const feed = core.then((gateway) => gateway.events(name));
  feed.catch(() => undefined);
  return {
    next: async () => (await feed).next(),
    return: async () => (await feed).return?.() ?? { value: undefined, done: true },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
