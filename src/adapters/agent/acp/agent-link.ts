import type { ClientContext, ContentBlock, RequestPermissionOutcome, RequestPermissionRequest } from "@agentclientprotocol/sdk";
import type { AgentProcess } from "./agent-process.js";
import type { Sdk } from "./client.js";
import type { LinkEnd } from "./failure.js";
import { guardStream } from "./guard-stream.js";
import { parseGreeting, parseUpdate } from "./translate.js";
import type { AgentGreeting, AgentUpdate } from "./translate.js";

/** More in one message is a broken agent: images are the largest thing that is sent. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Whoever runs a turn of a conversation; the agent's words about it go there. */
export interface ConversationListener {
  heard(update: AgentUpdate): void;
  asked(request: RequestPermissionRequest): RequestPermissionOutcome;
}

const NOTHING: AgentGreeting = { protocolVersion: 0, name: undefined, images: false, audio: false, files: false, loads: false, resumes: false, closes: false };

/** The protocol's side of one running agent. Each call rejects once the agent is gone. */
export class AgentLink {
  /** Aborts when the agent can no longer be talked to. */
  readonly broken: AbortSignal;
  /** Resolves once the agent's process is gone. */
  readonly over: Promise<LinkEnd>;
  readonly #process: AgentProcess;
  #endedFor: "deaf" | "slow" | "closed" | undefined;
  #greeting = NOTHING;
  readonly #sdk: Sdk;
  readonly #agent: ClientContext;
  readonly #listeners = new Map<string, ConversationListener>();

  constructor(sdk: Sdk, process: AgentProcess) {
    this.#process = process;
    this.#sdk = sdk;
    const pipes = sdk.ndJsonStream(process.stdin, process.stdout, { maxMessageBytes: MAX_MESSAGE_BYTES });
    const connection = sdk.client({ name: "openclaw-gateway" })
      .onRequest(sdk.methods.client.session.requestPermission, ({ params }) => ({
        outcome: this.#listeners.get(params.sessionId)?.asked(params) ?? { outcome: "cancelled" },
      }))
      .connect(guardStream(pipes, (params) => { this.#route(params); }));
    this.#agent = connection.agent;
    this.broken = connection.signal;
    // An agent that closed its output, or wrote what cannot be read, is of no use any more, though it may still run.
    void connection.closed.then(() => process.stop());
    this.over = process.gone.then(async (end) => {
      // Its last words may have been an answer, which is still on its way here.
      await connection.closed;
      if (this.#endedFor !== undefined) return { kind: this.#endedFor };
      if (connection.signal.reason instanceof sdk.MessageTooLargeError) return { kind: "unreadable" };
      return { kind: "died", end, lastWords: process.lastWords.line() };
    });
  }

  /** Ends the agent and whatever it is at, and says so to whoever waits for it. Resolves when it is gone. */
  async end(why: "deaf" | "slow" | "closed"): Promise<void> {
    this.#endedFor ??= why;
    // Only one that was left in peace until now may be expected to listen.
    if (why === "closed") await this.#process.stop();
    else this.#process.kill();
    await this.over;
  }

  get greeting(): AgentGreeting {
    return this.#greeting;
  }

  async greet(version: string): Promise<AgentGreeting> {
    const answer: unknown = await this.#agent.request(this.#sdk.methods.agent.initialize, {
      protocolVersion: this.#sdk.PROTOCOL_VERSION,
      clientInfo: { name: "openclaw-gateway", version },
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    });
    this.#greeting = parseGreeting(answer);
    return this.#greeting;
  }

  /** `undefined` where the agent answered with something else than an id. */
  async newConversation(cwd: string): Promise<string | undefined> {
    const answer: unknown = await this.#agent.request(this.#sdk.methods.agent.session.new, { cwd, mcpServers: [] });
    const id = (answer as { sessionId?: unknown } | null)?.sessionId;
    return typeof id === "string" && id !== "" ? id : undefined;
  }

  /** Takes up one that the agent kept. What it replays of it is not listened to. `false` where it has forgotten it. */
  async reopen(sessionId: string, cwd: string): Promise<boolean> {
    const { resume, load } = this.#sdk.methods.agent.session;
    const method = this.#greeting.resumes ? resume : this.#greeting.loads ? load : undefined;
    if (method === undefined) return false;
    try {
      await this.#agent.request(method, { sessionId, cwd, mcpServers: [] });
      return true;
    } catch (error) {
      if (this.broken.aborted) throw error;
      return false;
    }
  }

  /** Resolves with the reason why the agent stopped, as it gave it. */
  async prompt(sessionId: string, prompt: readonly ContentBlock[], listener: ConversationListener): Promise<string | undefined> {
    this.#listeners.set(sessionId, listener);
    try {
      const answer: unknown = await this.#agent.request(this.#sdk.methods.agent.session.prompt, { sessionId, prompt: [...prompt] });
      const reason = (answer as { stopReason?: unknown } | null)?.stopReason;
      return typeof reason === "string" ? reason : undefined;
    } finally {
      this.#listeners.delete(sessionId);
    }
  }

  cancel(sessionId: string): void {
    void this.#agent.notify(this.#sdk.methods.agent.session.cancel, { sessionId }).catch(() => {});
  }

  /** Lets the agent put a conversation away, where it knows how to. */
  close(sessionId: string): void {
    if (this.#greeting.closes) void this.#agent.request(this.#sdk.methods.agent.session.close, { sessionId }).catch(() => {});
  }

  #route(params: unknown): void {
    const { sessionId, update } = (params ?? {}) as { sessionId?: unknown; update?: unknown };
    if (typeof sessionId === "string") this.#listeners.get(sessionId)?.heard(parseUpdate(update));
  }
}
