import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { SlackMethods, type CallArguments, type CallResult } from "./slack-api.js";
import { BOT_USER_ID, TEAM_ID, SlackWorkspace, type SlackEvent } from "./slack-workspace.js";

/** How a call of the Web API goes wrong. `cut-after` does what was asked for and tells nobody; `hang` answers never. */
export type SlackFault =
  | { readonly kind: "error"; readonly error: string; readonly more?: Readonly<Record<string, unknown>> }
  | { readonly kind: "rate-limited"; readonly seconds?: number }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: "body"; readonly body: string }
  | { readonly kind: "cut-before" }
  | { readonly kind: "cut-after" }
  | { readonly kind: "hang" };

export interface SlackCall {
  readonly method: string;
  readonly args: CallArguments;
  readonly token: string;
}

/** One thing told to the app, for as long as it has not been acknowledged. */
interface Delivery {
  readonly kind: "events_api" | "slash_commands" | "interactive";
  readonly payload: Readonly<Record<string, unknown>>;
  /** The message it is about. */
  readonly about: string;
  readonly envelopes: string[];
  attempts: number;
  isAcknowledged: boolean;
}

export interface SlackServerOptions {
  /** What time it is for this server, in milliseconds. */
  readonly now?: () => number;
  readonly botToken?: string;
  readonly appToken?: string;
  /** Events go here, signed, rather than over sockets. */
  readonly eventsUrl?: string;
  readonly signingSecret?: string;
  /** How long an event may stay unacknowledged before it is sent again; never by itself, unless given. */
  readonly redeliverMs?: number;
  /** How often it pings; once for each connection, unless given. Whoever hears none for half a minute takes the connection for dead. */
  readonly pingMs?: number;
}

/** Slack as an app sees it, on this machine: its Web API, Socket Mode, the Events API over HTTP, and its files. */
export class SlackServer {
  readonly workspace: SlackWorkspace;
  readonly methods: SlackMethods;
  readonly calls: SlackCall[] = [];
  readonly acknowledged: string[] = [];
  readonly deliveries: Delivery[] = [];
  /** Answers to what was sent over HTTP. */
  readonly answers: { readonly status: number; readonly body: string }[] = [];
  botToken: string;
  appToken: string;
  eventsUrl: string | undefined;
  /** What `hello` says instead of the truth. */
  claimedConnections: number | undefined;
  /** Upgrades are not answered, and open sockets hear and say nothing. */
  isMute = false;
  mostSockets = 0;
  readonly #options: SlackServerOptions;
  readonly #http: Server;
  readonly #upgrades = new WebSocketServer({ noServer: true, autoPong: false });
  readonly #sockets = new Set<WebSocket>();
  readonly #tickets = new Set<string>();
  readonly #faults = new Map<string, SlackFault[]>();
  readonly #wires = new Set<Socket>();
  #posting: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #dealt = 0;

  private constructor(options: SlackServerOptions) {
    this.#options = options;
    this.botToken = options.botToken ?? "xoxb-stand-in";
    this.appToken = options.appToken ?? "xapp-stand-in";
    this.eventsUrl = options.eventsUrl;
    this.workspace = new SlackWorkspace({ now: options.now ?? Date.now, tell: (event, about) => this.#tell(event, about) });
    this.methods = new SlackMethods(this.workspace, (id) => `${this.url}/upload/v1/${id}`);
    this.workspace.fileUrl = ({ id, name }) => `${this.url}/files-pri/${TEAM_ID}-${id}/${encodeURIComponent(name)}`;
    this.#http = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#http.on("connection", (wire) => {
      this.#wires.add(wire);
      wire.once("close", () => this.#wires.delete(wire));
    });
    this.#http.on("upgrade", (request: IncomingMessage, wire: Socket, head: Buffer) => this.#upgrade(request, wire, head));
  }

  static async start(options: SlackServerOptions = {}): Promise<SlackServer> {
    const server = new SlackServer(options);
    await new Promise<void>((resolve) => {
      server.#http.listen(0, "127.0.0.1", resolve);
    });
    if (options.redeliverMs !== undefined) server.#timer = setInterval(() => server.redeliverAll(), options.redeliverMs);
    if (options.pingMs !== undefined) server.#pings = setInterval(() => server.#ping(), options.pingMs);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get apiUrl(): string {
    return `${this.url}/api`;
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#pings);
    for (const socket of this.#sockets) socket.terminate();
    for (const wire of this.#wires) wire.destroy();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
  }

  /** The next call of this method goes wrong, once; after those that were asked for before. */
  fail(method: string, fault: SlackFault): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), fault]);
  }

  /** Both tokens are void from now on. */
  revoke(): void {
    this.botToken = "";
    this.appToken = "";
  }

  /** Every socket breaks, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Slack asks the app to connect anew, or to stay away. */
  disconnect(reason: "warning" | "refresh_requested" | "link_disabled"): void {
    this.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "stand-in" } }));
  }

  /** Anything at all, on every socket. */
  send(text: string): void {
    for (const socket of this.#sockets) socket.send(text);
  }

  isAcknowledged(about: string): boolean {
    const some = this.deliveries.filter((delivery) => delivery.about === about);
    return some.length > 0 && some.every((delivery) => delivery.isAcknowledged);
  }

  /** What is about this message is sent once more, as after an acknowledgement that was lost. */
  redeliver(about: string): void {
    for (const delivery of this.deliveries.filter((one) => one.about === about)) this.#deliver(delivery);
  }

  redeliverAll(): void {
    for (const delivery of this.deliveries.filter((one) => !one.isAcknowledged)) this.#deliver(delivery);
  }

  /** Somebody types `/command text`. */
  command(call: { channel: string; user: string; command: string; text: string }): string {
    const triggerId = `${this.workspace.nextId("")}.${this.workspace.nextTs()}.trigger`;
    const place = this.workspace.places.get(call.channel);
    const names = { im: "directmessage", mpim: place?.name ?? "mpdm-", group: "privategroup", channel: place?.name ?? "" };
    const payload = {
      token: "legacy", team_id: TEAM_ID, team_domain: "work", api_app_id: "A0000HELP", channel_id: call.channel, channel_name: names[place?.kind ?? "channel"],
      user_id: call.user, user_name: this.workspace.users.get(call.user)?.name ?? "", command: call.command, text: call.text, trigger_id: triggerId, response_url: `${this.url}/respond`,
    };
    this.#add({ kind: "slash_commands", payload, about: triggerId });
    return triggerId;
  }

  /** Somebody presses the button with this value under a message. */
  press(call: { channel: string; ts: string; user: string; value?: string; url?: string }): string {
    const message = this.workspace.find(call.channel, call.ts);
    const place = this.workspace.places.get(call.channel);
    const at = this.workspace.nextTs();
    const payload = {
      type: "block_actions", user: { id: call.user, username: "ada", name: "ada", team_id: TEAM_ID }, api_app_id: "A0000HELP", team: { id: TEAM_ID, domain: "work" },
      container: { type: "message", message_ts: call.ts, channel_id: call.channel, is_ephemeral: false }, trigger_id: "1.2.3", response_url: `${this.url}/respond`,
      channel: { id: call.channel, name: place?.kind === "im" ? "directmessage" : (place?.name ?? "") }, message: message === undefined ? {} : this.workspace.render(message),
      actions: [{ type: "button", action_id: "button-0", block_id: "row-0", action_ts: at, text: { type: "plain_text", text: "Yes" }, ...(call.value === undefined ? {} : { value: call.value }), ...(call.url === undefined ? {} : { url: call.url }) }],
    };
    this.#add({ kind: "interactive", payload, about: at });
    return at;
  }

  #tell(event: SlackEvent, about: string): void {
    const payload = {
      token: "legacy", team_id: TEAM_ID, api_app_id: "A0000HELP", type: "event_callback", event_id: this.workspace.nextId("Ev"), event_time: Math.floor((this.#options.now ?? Date.now)() / 1_000),
      authorizations: [{ enterprise_id: null, team_id: TEAM_ID, user_id: BOT_USER_ID, is_bot: true, is_enterprise_install: false }], event,
    };
    this.#add({ kind: "events_api", payload, about });
  }

  #add(facts: Pick<Delivery, "kind" | "payload" | "about">): void {
    const delivery: Delivery = { ...facts, envelopes: [], attempts: 0, isAcknowledged: false };
    this.deliveries.push(delivery);
    if (this.eventsUrl === undefined) this.#deliver(delivery);
    else this.redeliverAll();
  }

  #deliver(delivery: Delivery): void {
    if (this.eventsUrl === undefined) this.#deliverBySocket(delivery);
    else this.#posting = this.#posting.then(() => this.#deliverByPost(delivery));
  }

  #deliverBySocket(delivery: Delivery): void {
    // Where an app has several sockets, Slack deals its events out among them.
    this.#dealt += 1;
    const socket = [...this.#sockets][this.#dealt % Math.max(this.#sockets.size, 1)];
    if (socket === undefined || this.isMute) return;
    const envelopeId = this.workspace.nextId("envelope-");
    delivery.envelopes.push(envelopeId);
    const retry = delivery.kind === "events_api" ? { retry_attempt: delivery.attempts, retry_reason: delivery.attempts > 0 ? "timeout" : "" } : {};
    delivery.attempts += 1;
    socket.send(JSON.stringify({ envelope_id: envelopeId, type: delivery.kind, accepts_response_payload: delivery.kind !== "events_api", ...retry, payload: delivery.payload }));
  }

  async #deliverByPost(delivery: Delivery): Promise<void> {
    if (this.eventsUrl === undefined) return;
    const isEvent = delivery.kind === "events_api";
    const form = delivery.kind === "interactive" ? new URLSearchParams({ payload: JSON.stringify(delivery.payload) }) : new URLSearchParams(delivery.payload as Record<string, string>);
    const body = isEvent ? JSON.stringify(delivery.payload) : form.toString();
    const retry = isEvent && delivery.attempts > 0 ? { "x-slack-retry-num": String(delivery.attempts), "x-slack-retry-reason": "http_error" } : undefined;
    delivery.attempts += 1;
    const headers = { ...this.sign(body), ...retry, "content-type": isEvent ? "application/json" : "application/x-www-form-urlencoded" };
    const status = await this.postEvent(body, headers).catch(() => 0);
    if (status === 200) delivery.isAcknowledged = true;
  }

  /** The headers by which the app knows this body for Slack's. */
  sign(body: string, secret = this.#options.signingSecret ?? "secret", seconds = Math.floor((this.#options.now ?? Date.now)() / 1_000)): Record<string, string> {
    const signature = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
    return { "x-slack-request-timestamp": String(seconds), "x-slack-signature": `v0=${signature}` };
  }

  /** One request to where the app wants its events. */
  async postEvent(body: string, headers: Record<string, string>): Promise<number> {
    const response = await fetch(this.eventsUrl ?? "", { method: "POST", body, headers });
    this.answers.push({ status: response.status, body: await response.text() });
    return response.status;
  }

  #upgrade(request: IncomingMessage, wire: Socket, head: Buffer): void {
    const ticket = new URL(request.url ?? "/", this.url).searchParams.get("ticket") ?? "";
    if (this.isMute) return;
    // A ticket is good for one connection.
    if (!this.#tickets.delete(ticket)) return void wire.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
    this.#upgrades.handleUpgrade(request, wire, head, (socket) => this.#join(socket));
  }

  #ping(): void {
    if (!this.isMute) for (const socket of this.#sockets) socket.ping("Ping from Slack");
  }

  #join(socket: WebSocket): void {
    this.#sockets.add(socket);
    this.mostSockets = Math.max(this.mostSockets, this.#sockets.size);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("ping", (data) => {
      if (!this.isMute) socket.pong(data);
    });
    socket.on("message", (data) => this.#acknowledge(String(data as Buffer)));
    socket.send(JSON.stringify({ type: "hello", num_connections: this.claimedConnections ?? this.#sockets.size, connection_info: { app_id: "A0000HELP" }, debug_info: { approximate_connection_time: 18_060 } }));
    socket.ping("Ping from Slack");
    this.redeliverAll();
  }

  #acknowledge(text: string): void {
    const { envelope_id: id } = JSON.parse(text) as { envelope_id: string };
    this.acknowledged.push(id);
    for (const delivery of this.deliveries) if (delivery.envelopes.includes(id)) delivery.isAcknowledged = true;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, room = "", ...rest] = new URL(request.url ?? "/", this.url).pathname.split("/");
    if (room === "api") return this.#call(rest.join("/"), { request, response, body });
    if (room === "upload") return this.#upload(rest[1] ?? "", { response, body });
    if (room === "files-pri") return this.#download(rest[0]?.split("-")[1] ?? "", request, response);
    response.writeHead(404).end();
  }

  async #call(method: string, { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: Buffer }): Promise<void> {
    const token = (request.headers.authorization ?? "").replace(/^Bearer /u, "");
    const args = Object.fromEntries(new URLSearchParams(body.toString("utf8")));
    this.calls.push({ method, args, token });
    const fault = this.#faults.get(method)?.shift();
    if (fault === undefined) return answer(response, this.#run(method, args, token));
    switch (fault.kind) {
      case "error": return answer(response, { ok: false, error: fault.error, ...fault.more });
      case "body": return void response.writeHead(200, { "content-type": "text/html" }).end(fault.body);
      case "status": return void response.writeHead(fault.status, fault.headers).end("no");
      case "rate-limited": return void response.writeHead(429, { "content-type": "application/json", ...(fault.seconds === undefined ? {} : { "retry-after": String(fault.seconds) }) }).end(JSON.stringify({ ok: false, error: "ratelimited" }));
      case "cut-before": return void response.destroy();
      case "cut-after":
        this.#run(method, args, token);
        return void response.destroy();
      case "hang":
    }
  }

  #run(method: string, args: CallArguments, token: string): CallResult {
    const expected = method === "apps.connections.open" ? this.appToken : this.botToken;
    if (token === "") return { ok: false, error: "not_authed" };
    if (token !== expected) return { ok: false, error: "invalid_auth" };
    if (method !== "apps.connections.open") return this.methods.run(method, args);
    const ticket = this.workspace.nextId("ticket-");
    this.#tickets.add(ticket);
    return { ok: true, url: `ws${this.url.slice(4)}/link?ticket=${ticket}&app_id=A0000HELP` };
  }

  #upload(id: string, { response, body }: { response: ServerResponse; body: Buffer }): void {
    const upload = this.methods.uploads.get(id);
    const fault = this.#faults.get("upload")?.shift();
    if (fault?.kind === "status") return void response.writeHead(fault.status).end();
    if (fault !== undefined) return void response.destroy();
    if (upload === undefined || upload.length !== body.length) return void response.writeHead(400).end("wrong length");
    upload.bytes = new Uint8Array(body);
    response.writeHead(200).end(`OK - ${body.length}`);
  }

  #download(id: string, { headers }: IncomingMessage, response: ServerResponse): void {
    const file = this.workspace.files.get(id);
    const fault = this.#faults.get("download")?.shift();
    if (fault?.kind === "body") return void response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(fault.body);
    if (fault?.kind === "status") return void response.writeHead(fault.status, fault.headers).end();
    if (fault?.kind === "cut-after") return void response.writeHead(200, { "content-length": "1000" }).write("half", () => response.destroy());
    // To whoever may not see the file Slack shows its way in.
    if (headers.authorization !== `Bearer ${this.botToken}`) return void response.writeHead(302, { location: `${this.url}/?redir=files` }).end();
    if (file === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": file.mimetype }).end(file.bytes);
  }
}

const answer = (response: ServerResponse, result: CallResult): void => {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(result));
};
