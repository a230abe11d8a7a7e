import { grantScopes, claimScopes } from "../../domain/access/scopes.js";
import { after, type EpochMs } from "../../domain/moment.js";
import { CLOSE } from "../../domain/handshake/verdict.js";
import type { Event, LiveMethod, ParamsOf, PayloadOf, ResultOf } from "../../domain/protocol/catalog.js";
import { POLICY } from "../../domain/protocol/version.js";
import { holds } from "../../domain/access/scopes.js";
import type { CanvasGate } from "../../ports/canvas-gate.js";
import type { Channel } from "../../ports/channel.js";
import type { Transport } from "../../ports/transport.js";
import type { Answer, Caller } from "./call.js";
import { CanvasDesk } from "./canvas-desk.js";
import { GatewayConnection } from "./connection.js";
import { Dispatcher } from "./dispatch.js";
import { Doorkeeper } from "./doorkeeper.js";
import { EventFeed } from "./event-feed.js";
import { ExecApprovalDesk } from "./nodes/exec-approval-desk.js";
import { Greeter } from "./greeter.js";
import { Guesses } from "./guesses.js";
import { readGateway } from "./gateway-reading.js";
import { HEALTH_MS, HealthDesk, withoutSessions } from "./health-desk.js";
import { Hub } from "./hub.js";
import { LoginDesk } from "./login-desk.js";
import { MessagingHouse, openWayOut } from "./messaging-house.js";
import { agentHandlers } from "./methods/agent.js";
import { approvalHandlers } from "./methods/approvals.js";
import { canvasHandlers } from "./methods/canvas.js";
import { channelHandlers } from "./methods/channels.js";
import { chatHandlers } from "./methods/chat.js";
import { configHandlers } from "./methods/config.js";
import { cronHandlers } from "./methods/cron.js";
import { deviceHandlers } from "./methods/devices.js";
import { messagingHandlers } from "./methods/messaging.js";
import { nodeSideHandlers } from "./methods/node-side.js";
import { nodeHandlers } from "./methods/nodes.js";
import { proxyHandlers } from "./methods/proxy.js";
import { sessionHandlers } from "./methods/sessions.js";
import { setupHandlers } from "./methods/setup.js";
import { systemHandlers } from "./methods/system.js";
import { NodeEventDesk } from "./nodes/event-desk.js";
import { NodeDesk } from "./nodes/node-desk.js";
import { PairingDesk } from "./pairing-desk.js";
import type { GatewayParts } from "./parts.js";
import { PresenceBoard } from "./presence-board.js";
import { ProxyDesk } from "./proxy-desk.js";
import { GatewayCallError } from "./refusal.js";
import { watchRequests, type Dispatch } from "./request-watch.js";
import { RequestReader } from "./requests.js";
import { RunDesk } from "./run-desk.js";
import { ScheduleHouse } from "./schedule-house.js";
import type { Services } from "./services.js";
import { SecretWatch } from "./secret-watch.js";
import { SessionDesk } from "./session-desk.js";
import { SystemEvents } from "./system-events.js";
import { ToolBox } from "./tools/tool-box.js";
import { TurnRunner } from "./turn-runner.js";
import { watchTurns } from "./turn-watch.js";
import { webChatChannel } from "./webchat-channel.js";

const OWNER_SCOPES = grantScopes(claimScopes(["operator.admin"]), ["operator.admin"]);
const DRAIN_MS = 10_000;
const CHANNELS_MS = 500;
const LAST_WORDS_MS = 50;

/** The gateway without a place to listen: parts in, decisions and events out. One process may hold several. */
export class GatewayCore {
  readonly #parts: GatewayParts;
  readonly #services: Services;
  readonly #dispatcher: Dispatcher;
  readonly #dispatch: Dispatch;
  readonly #doorkeeper: Doorkeeper;
  readonly #requests: RequestReader;
  readonly #transports = new Set<Transport>();
  readonly #feeds = new Set<EventFeed<Event>>();
  readonly #cancels = new Map<string, () => void>();
  readonly #startedAt: EpochMs;
  readonly #house: MessagingHouse;
  readonly #schedule: ScheduleHouse;
  readonly #webchat: Channel;
  #rehoused: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(given: GatewayParts) {
    const hub = new Hub(given.log, given.metrics);
    const sessions = new SessionDesk(given);
    const webchat = webChatChannel({ hub, sessions, ids: given.ids, clock: given.clock });
    const parts: GatewayParts = { ...given, channels: [webchat, ...given.channels] };
    const wayOut = openWayOut(parts, parts.channels);
    const nodes = new NodeDesk(parts, hub);
    hub.onDismiss = (peer) => nodes.disconnected(peer);
    const approvals = new ExecApprovalDesk(parts, hub);
    nodes.screen = approvals.screen;
    const tools = new ToolBox(parts, { delivery: wayOut.delivery, sessions, nodes, approvals });
    const events = new SystemEvents({ store: parts.records.systemEvents, ids: parts.ids });
    const turns = new TurnRunner(parts, { hub, sessions, events, tools: (agentId) => tools.for(agentId) });
    const runs = new RunDesk({ clock: parts.clock, log: parts.log, turns: watchTurns(turns, parts) });
    const health = new HealthDesk(parts, sessions);
    const presence = new PresenceBoard(parts, hub);
    presence.stateVersion = () => ({ presence: presence.version, health: health.version });
    const pairing = new PairingDesk(parts, hub);
    this.#schedule = new ScheduleHouse(parts, { hub, runs, sessions, events, delivery: wayOut.delivery });
    this.#parts = parts;
    this.#webchat = webchat;
    this.#startedAt = parts.clock.now();
    this.#house = new MessagingHouse(parts, { ...wayOut, hub, runs, sessions, events, changed: () => this.#channelsChanged() });
    const { channels, inbound, admission, senders } = this.#house;
    const { heartbeats } = this.#schedule;
    health.isBeating = () => heartbeats.isOn;
    health.statusOf = (channel) => channels.facts(channel).status;
    const secret = new SecretWatch(parts, hub);
    const guesses = new Guesses(parts);
    const canvas = new CanvasDesk({ parts, hub, guesses, secret });
    this.#services = { parts, hub, presence, health, sessions, runs, pairing, events, heartbeats, schedule: this.#schedule, ...wayOut, channels, inbound, admission, senders, logins: new LoginDesk(parts.clock), nodes, approvals, canvas, proxies: new ProxyDesk(parts) };
    this.#dispatcher = new Dispatcher(parts, handlersOf(this.#services, new NodeEventDesk(this.#services)));
    this.#dispatch = watchRequests(this.#dispatcher, parts);
    this.#requests = new RequestReader({ validator: parts.validator, dispatcher: this.#dispatch, hub, log: parts.log });
    this.#cancels.set("config", parts.config.onChange(({ path, hash }) => {
      nodes.reconsider();
      this.#schedule.look();
      hub.broadcast("config.changed", { path, hash, ts: parts.clock.now() });
      // Whoever changed the secret over a connection that it opened hears first that it was changed.
      this.#cancels.set("secret", parts.clock.callAt(after(parts.clock.now(), LAST_WORDS_MS), () => void secret.look()));
    }));
    const greeter = new Greeter({ parts, presence, health, canvas, startedAt: this.#startedAt });
    this.#doorkeeper = new Doorkeeper({ parts, desk: pairing, greeter, secret, guesses });
    this.#every("tick", POLICY.tickIntervalMs, () => {
      secret.look();
      this.#schedule.look();
      hub.broadcast("tick", { ts: parts.clock.now() });
    });
    this.#every("health", HEALTH_MS, () => this.#reportHealth());
    const unwatch = parts.metrics?.watch(() => readGateway(this.#services, this.ready));
    if (unwatch) this.#cancels.set("metrics", unwatch);
  }

  #every(name: string, ms: number, work: () => void): void {
    const { clock } = this.#parts;
    this.#cancels.set(name, clock.callAt(after(clock.now(), ms), () => {
      this.#every(name, ms, work);
      work();
    }));
  }

  #reportHealth(): void {
    const { hub, health, presence } = this.#services;
    presence.refresh();
    if (hub.size === 0) return;
    const summary = health.refresh();
    const reduced = withoutSessions(summary);
    hub.broadcast("health", summary, {
      stateVersion: presence.stateVersion(),
      as: (peer) => (holds(peer.scopes, "operator.read") ? summary : reduced),
    });
  }

  /** Lets the channels in, and takes up what was left of an earlier run. To be called once, before anything else; the stores must be open. */
  async begin(): Promise<void> {
    await this.#house.begin();
    await this.#schedule.begin();
  }

  /** See {@link MessagingHouse.replaceChannels}; WebChat stays. One replacement after the other. */
  replaceChannels(channels: readonly Channel[]): Promise<void> {
    const done = this.#rehoused.then(async () => {
      if (this.#closing !== undefined) return;
      await this.#house.replaceChannels([this.#webchat, ...channels]);
      this.#channelsChanged();
    });
    this.#rehoused = done.catch(() => undefined);
    return done;
  }

  /** Several changes that come together make one event. */
  #channelsChanged(): void {
    const { clock } = this.#parts;
    if (this.#closing !== undefined || this.#services.hub.size === 0 || this.#cancels.has("channels")) return;
    this.#cancels.set("channels", clock.callAt(after(clock.now(), CHANNELS_MS), () => {
      this.#cancels.delete("channels");
      this.#reportHealth();
    }));
  }

  /** Begins to take connections from a transport. Rejects where the transport can't start. */
  async serve(transport: Transport): Promise<void> {
    const { hub, presence, nodes, canvas } = this.#services;
    const deps = { parts: this.#parts, hub, doorkeeper: this.#doorkeeper, requests: this.#requests, presence, nodes, canvas };
    await transport.start((connection) => new GatewayConnection(connection, deps));
    this.#transports.add(transport);
  }

  /** Whether new connections find a gateway that serves them. */
  get ready(): boolean {
    return this.#closing === undefined && this.#transports.size > 0;
  }

  /** Who may see the canvas. */
  get canvas(): CanvasGate {
    return this.#services.canvas;
  }

  /** What looks at requests on their way in. */
  get proxies(): ProxyDesk {
    return this.#services.proxies;
  }

  /** Calls a method as the owner, past the wire but not past its schema. Throws {@link GatewayCallError} where it is refused. */
  async call<M extends LiveMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    const { first, last } = await this.ask(method, params);
    const answer = (await last) ?? first;
    if (!answer.ok) throw new GatewayCallError(method, answer.error);
    return answer.payload as ResultOf<M>;
  }

  /** Like {@link call}, for who wants the first answer of a method that answers twice, and refusals as values. */
  async ask<M extends LiveMethod>(method: M, params: ParamsOf<M>): Promise<{ readonly first: Answer<ResultOf<M>>; readonly last?: Promise<Answer> }> {
    const caller: Caller = { principal: "embedder", role: "operator", scopes: OWNER_SCOPES, protocol: 4, actor: { kind: "owner" } };
    const { later, ...first } = await this.#dispatch.dispatch({ method, params }, caller);
    return { first: first as Answer<ResultOf<M>>, ...(later?.respond ? { last: later.answer } : {}) };
  }

  /** Events of one name from now on, until the loop is left or the gateway closes. Keeps at most 1000 unread ones: the oldest go. */
  events<E extends Event>(name: E): AsyncIterableIterator<PayloadOf<E>> {
    const feed = new EventFeed<E>();
    const stop = this.#services.hub.listen((event, payload) => {
      if (event === name) feed.push(payload as PayloadOf<E>);
    });
    this.#feeds.add(feed as never);
    feed.onEnd(() => {
      stop();
      this.#feeds.delete(feed as never);
    });
    if (this.#closing !== undefined) feed.end();
    return feed;
  }

  /** Tells everybody, lets runs end (ten seconds), closes what is open. Afterwards nothing of it keeps the process alive. */
  close(options: { restartExpectedMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#shutDown(options);
    return this.#closing;
  }

  async #shutDown({ restartExpectedMs }: { restartExpectedMs?: number }): Promise<void> {
    const { hub, runs, presence } = this.#services;
    const reason = restartExpectedMs === undefined ? "gateway stopping" : "gateway restarting";
    this.#dispatcher.draining = true;
    for (const transport of this.#transports) transport.pause();
    // Where protocol 4 leaves the field out, protocol 3 wants null.
    const v3 = { reason, restartExpectedMs: restartExpectedMs ?? null };
    const v4 = restartExpectedMs === undefined ? { reason } : { reason, restartExpectedMs };
    hub.broadcast("shutdown", v4, { as: (peer) => (peer.protocol === 3 ? v3 : v4) });
    this.#house.pause();
    this.#schedule.pause();
    this.#services.approvals.close();
    await runs.drain(DRAIN_MS);
    await this.#schedule.close();
    this.#services.nodes.close();
    await this.#services.logins.close();
    await this.#rehoused;
    await this.#house.close();
    for (const cancel of this.#cancels.values()) cancel();
    for (const peer of hub.all()) peer.connection.close(CLOSE.restart, "service restart");
    await Promise.all([...this.#transports].map((transport) => transport.stop()));
    this.#parts.loop?.close();
    await this.#parts.agent.close?.();
    // Whoever left just now was noted too.
    presence.stop();
    for (const feed of this.#feeds) feed.end();
    const { devices, sessions, media, records } = this.#parts;
    await Promise.all([devices, sessions, media, ...Object.values(records)].map((store) => store.close()));
  }
}

const handlersOf = (services: Services, nodeEvents: NodeEventDesk) => ({
  ...systemHandlers(services),
  ...configHandlers(services),
  ...deviceHandlers(services),
  ...setupHandlers(services),
  ...sessionHandlers(services),
  ...agentHandlers(services),
  ...chatHandlers(services),
  ...messagingHandlers(services),
  ...channelHandlers(services),
  ...cronHandlers(services),
  ...nodeHandlers(services),
  ...approvalHandlers(services),
  ...nodeSideHandlers(services, nodeEvents),
  ...canvasHandlers(services),
  ...proxyHandlers(services),
});
