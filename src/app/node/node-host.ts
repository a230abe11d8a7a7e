import { fieldsOf, textOf } from "../../domain/foreign-fields.js";
import { after } from "../../domain/moment.js";
import type { Client } from "../../client/client.js";
import { GatewayError } from "../../client/errors.js";
import { ListenerSet } from "../../client/listener-set.js";
import type { Clock } from "../../ports/clock.js";
import type { NodeCommand } from "../../ports/node-command.js";
import { failure, type Answer } from "./answer.js";
import { CanvasBase } from "./canvas-base.js";
import { InvocationDesk, type InvocationReport } from "./invocation-desk.js";
import { readInvocation, type Invocation } from "./invocation.js";
import { nodeStateOf, type NodeState } from "./node-state.js";
import { PendingActions } from "./pending-actions.js";
import { ProgressFeed } from "./progress-feed.js";

/** What a node's commands may need of its connection beyond one call. */
export interface NodeLink {
  /** Where the gateway's canvas is, without a slash at the end. Opens it, so it is a secret. `undefined` where there is none now. */
  canvasUrl(options?: { readonly renew?: boolean }): Promise<string | undefined>;
  /** Tells the gateway of something, as `node.event`; resolves with whether it took it. Never rejects. */
  tell(event: string, payload: Readonly<Record<string, unknown>>): Promise<boolean>;
}

export interface HostParts {
  readonly client: Client;
  readonly clock: Clock;
  /** What the device's key is known under: there is none to be addressed by before the first connection. */
  readonly nodeId: () => string;
  readonly commands: (link: NodeLink) => readonly NodeCommand[];
  readonly onInvocation: (report: InvocationReport) => void;
}

/** What the gateway lets this node be asked. */
export interface InForce {
  readonly commands: readonly string[];
  /** What the owner has to run on the gateway's host before the rest may be; absent where nothing waits. */
  readonly approveCommand?: string;
}

/** An approval is given within moments of being asked for, by somebody who then looks at the node. */
const ASK_AGAIN_MS = 5_000;
/** Something may be left for a node that is there; nobody tells it so. */
const FETCH_EVERY_MS = 60_000;
const TELL_TIMEOUT_MS = 30_000;

/** One node: a connection that lasts, and commands that are called over it. */
export class NodeHost {
  readonly link: NodeLink;
  readonly commands: readonly NodeCommand[];
  readonly #parts: HostParts;
  readonly #desk: InvocationDesk;
  readonly #pending: PendingActions;
  readonly #feeds = new Map<string, ProgressFeed>();
  /** Calls of this node's own, by their ids: nobody is to be sent their answers. */
  readonly #own = new Map<string, (answer: Answer) => void>();
  readonly #stateListeners = new ListenerSet<[NodeState]>();
  readonly #inForceListeners = new ListenerSet<[InForce]>();
  #cancelAsking = (): void => undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: HostParts) {
    const { client, clock, nodeId } = parts;
    this.#parts = parts;
    const canvas = new CanvasBase(client, clock);
    this.link = { canvasUrl: (options) => canvas.url(options), tell: (event, payload) => this.#tell(event, payload) };
    this.commands = parts.commands(this.link);
    this.#desk = new InvocationDesk({
      commands: this.commands,
      clock,
      reply: (id, answer) => void this.#reply(id, answer),
      progress: (ids, text) => this.#progress(ids, text),
      tell: (event, payload) => void this.#tell(event, payload),
      report: parts.onInvocation,
    });
    this.#pending = new PendingActions({ client, clock, nodeId, perform: (invocation) => this.#perform(invocation) });
    client.on("node.invoke.request", (payload) => this.#hear(payload));
    client.on("node.invoke.cancel", (payload) => this.#callOff(textOf(fieldsOf(payload)?.["invokeId"])));
    client.onState(() => this.#changed());
    client.on("node.surface.changed", (payload) => this.#decided(payload));
    client.on("tick", () => void this.#pending.fetch({ atMostEveryMs: FETCH_EVERY_MS }));
  }

  get state(): NodeState {
    return nodeStateOf(this.#parts.client.state);
  }

  onState(listener: (state: NodeState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  onInForce(listener: (inForce: InForce) => void): () => void {
    return this.#inForceListeners.add(listener);
  }

  start(): void {
    this.#parts.client.start();
  }

  /** Calls off what runs, says so to those who wait, closes what commands keep open, and hangs up. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#cancelAsking();
    await this.#desk.close();
    await Promise.allSettled(this.commands.map((command) => command.close?.()));
    await this.#parts.client.stop();
  }

  #changed(): void {
    const { client, clock } = this.#parts;
    const { state } = this;
    this.#cancelAsking();
    if (this.#stopped === undefined && state.kind === "awaiting-approval") {
      this.#cancelAsking = clock.callAt(after(clock.now(), ASK_AGAIN_MS), () => client.start());
    }
    if (state.kind === "open") void this.#pending.fetch();
    this.#stateListeners.tell(state);
  }

  #decided(payload: unknown): void {
    const fields = fieldsOf(payload);
    const { commands } = fields ?? {};
    if (!Array.isArray(commands)) return;
    const requestId = textOf(fields?.["pendingRequestId"]);
    // People paste the command into a shell.
    const isPlain = requestId !== undefined && /^\w[\w.:-]{0,127}$/.test(requestId);
    this.#inForceListeners.tell({ commands: commands.map(String), ...(isPlain ? { approveCommand: `openclaw nodes approve ${requestId}` } : {}) });
    // What may be asked may have waited for it.
    void this.#pending.fetch();
  }

  #hear(payload: unknown): void {
    const read = readInvocation(payload, this.#parts.nodeId());
    if (read.kind === "asked") this.#desk.accept(read.invocation);
    if (read.kind === "unreadable") void this.#reply(read.id, failure("INVALID_REQUEST", read.message));
  }

  #callOff(id: string | undefined): void {
    if (id === undefined) return;
    this.#desk.callOff(id);
    this.#feeds.delete(id);
  }

  #perform(invocation: Invocation): Promise<Answer> {
    return new Promise((resolve) => {
      const id = `own:${invocation.id}`;
      this.#own.set(id, resolve);
      this.#desk.accept({ ...invocation, id });
    });
  }

  async #reply(id: string, answer: Answer): Promise<void> {
    this.#feeds.delete(id);
    const own = this.#own.get(id);
    this.#own.delete(id);
    if (own) return own(answer);
    try {
      await this.#send(id, answer);
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "TOO_LARGE") return;
      await this.#send(id, failure("PAYLOAD_TOO_LARGE", "The result is larger than the gateway takes in one frame: ask for less, such as a smaller picture or a shorter recording.")).catch(() => undefined);
    }
  }

  /** Only over the connection that there is: whoever asked over a lost one has been told so, and asks again. */
  async #send(id: string, answer: Answer): Promise<void> {
    const params = { id, nodeId: this.#parts.nodeId() };
    const said = answer.kind === "done"
      ? { ok: true, ...(answer.payloadJSON === null ? {} : { payloadJSON: answer.payloadJSON }) }
      : { ok: false, error: { code: answer.code, message: `${answer.code}: ${answer.message}` } };
    await this.#parts.client.call("node.invoke.result", { ...params, ...said }, { whenClosed: "reject" });
  }

  #progress(ids: readonly string[], text: string): void {
    if (this.#parts.client.hello?.features.methods.includes("node.invoke.progress") !== true) return;
    for (const id of ids.filter((one) => !this.#own.has(one))) {
      const feed = this.#feeds.get(id) ?? new ProgressFeed((seq, chunk) => this.#sendProgress(id, seq, chunk));
      this.#feeds.set(id, feed);
      feed.push(text);
    }
  }

  async #sendProgress(invokeId: string, seq: number, chunk: string): Promise<void> {
    const params = { invokeId, nodeId: this.#parts.nodeId(), seq, chunk };
    await this.#parts.client.call("node.invoke.progress", params, { whenClosed: "reject" }).catch(() => undefined);
  }

  async #tell(event: string, payload: Readonly<Record<string, unknown>>): Promise<boolean> {
    try {
      const answer = await this.#parts.client.call("node.event", { event, payloadJSON: JSON.stringify(payload) }, { timeoutMs: TELL_TIMEOUT_MS });
      return answer.handled !== false;
    } catch {
      return false;
    }
  }
}
