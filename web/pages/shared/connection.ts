import { createContext } from "@lit/context";
import {
  CredentialStorage, createClient, parseSetupCode, type CallOptions, type CallParams, type Client, type CreateClientOptions, type DeviceIdentity, type GatewayEvent,
} from "../../../src/client/browser/index.js";
import { endpointKey } from "../../../src/client/endpoint.js";
import type { Event, Method, PayloadOf, ResultOf } from "../../../src/domain/protocol/catalog.js";
import type { HelloOk } from "../../../src/domain/protocol/hello.js";
import { pageOrigin } from "./endpoint.js";
import { loadIdentity } from "./identity.js";
import { forgetGateway, SecretMemory, storageFor } from "./secret-memory.js";
import { statusOf, type Status } from "./status.js";
import { Store } from "./store.js";

/** How long somebody who has just approved this device waits for it to notice. */
const APPROVAL_POLL_MS = 1_000;
/** What an owner's page asks for where no token says what it was granted. */
const OWNER_SCOPES = ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"];

export interface ConnectionOptions {
  /** The page's own address. */
  readonly href: string;
  readonly mode: "ui" | "webchat";
  /** What came with the address. */
  readonly secret?: string | undefined;
}

/** A page's connection to the gateway it came from. It outlives sign-ins: whoever listens is not told of each. */
export class Connection {
  readonly state = new Store<Status>({ kind: "connecting" });
  readonly origin: string;
  readonly #options: ConnectionOptions;
  readonly #url: string;
  readonly #memory: SecretMemory;
  readonly #eventListeners = new Set<(event: GatewayEvent) => void>();
  readonly #refreshers = new Set<() => void>();
  #client: Client | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;
  /** Grows with each sign-in, so that one which was overtaken notices. */
  #round = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { url, key } = pageOrigin(options.href);
    this.#url = url;
    this.origin = key;
    this.#memory = new SecretMemory(key);
    // A laptop that was opened, or a network that is back, need not wait for the next attempt.
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retry();
    });
  }

  get hello(): HelloOk | undefined {
    const { value } = this.state;
    return value.kind === "open" ? value.hello : undefined;
  }

  /** What this page was granted; empty while there is no connection. */
  get scopes(): readonly string[] {
    return this.hello?.auth?.scopes ?? [];
  }

  /** Connects with what there is: a secret from the address, one that waits for approval, or the token of this device. */
  start(): Promise<void> {
    const { secret = this.#memory.read() } = this.#options;
    return this.#connect(secret);
  }

  /** Signs in with a token, a password or a setup code. */
  signIn(secret: string): Promise<void> {
    return this.#connect(secret);
  }

  /** Tries again now. Without effect while it is connected. */
  retry(): void {
    const { kind } = this.state.value;
    if (kind === "offline" || kind === "waiting-approval") this.#client?.start();
  }

  /** Tries again after a refusal. */
  startAgain(): void {
    if (this.#client) this.#client.start();
    else void this.start();
  }

  /** Forgets in this browser what opens the gateway and what was kept of it, and begins anew. */
  async signOut(): Promise<void> {
    await this.#client?.stop();
    forgetGateway(this.origin);
    location.reload();
  }

  call<M extends Method>(method: M, params: CallParams<M>, options?: CallOptions): Promise<ResultOf<M>> {
    return this.#client ? this.#client.call(method, params, options) : Promise.reject(new Error("There is no connection yet."));
  }

  /** {@link Connection.call} for a method whose name is only known at run time. */
  request(method: string, params?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#client ? this.#client.request(method, params, options) : Promise.reject(new Error("There is no connection yet."));
  }

  /** Hears events of one name, over all connections; the result stops it. */
  on<E extends Event>(name: E, listener: (payload: PayloadOf<E>) => void): () => void {
    return this.onEvent((event) => {
      if (event.event === name) listener(event.payload as PayloadOf<E>);
    });
  }

  onEvent(listener: (event: GatewayEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Told whenever what was built from events may have missed some: after a gap, and with each connection, the first too. */
  onRefresh(listener: () => void): () => void {
    this.#refreshers.add(listener);
    return () => this.#refreshers.delete(listener);
  }

  async #connect(secret: string | undefined): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    clearInterval(this.#poll);
    void this.#client?.stop();
    this.#client = undefined;
    this.state.set({ kind: "connecting" });
    if (secret !== undefined) this.#memory.keep(secret);
    try {
      const identity = await loadIdentity();
      const store = this.#storeOf(identity);
      const stored = await store.load("operator", endpointKey(new URL(this.#url)));
      if (round !== this.#round) return;
      const client = createClient({ ...this.#clientOptions(secret, { knowsScopes: stored !== undefined }), identity, credentials: store });
      this.#follow(client);
      client.start();
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      this.state.set({ kind: "refused", code: typeof code === "string" ? code : "NO_IDENTITY", message: String(message) });
    }
  }

  #clientOptions(secret: string | undefined, { knowsScopes }: { knowsScopes: boolean }): CreateClientOptions {
    const isCode = secret !== undefined && parseSetupCode(secret) !== undefined;
    return {
      url: this.#url,
      // The page itself came over that same network.
      allowPrivateNetwork: true,
      forgetSecret: true,
      caps: ["tool-events"],
      client: { id: "openclaw-control-ui", mode: this.#options.mode, displayName: navigatorName() },
      refresh: () => this.#refresh(),
      onGap: () => this.#refresh(),
      ...(isCode ? { setupCode: secret } : {}),
      // Which of the two a gateway wants is its owner's business, not that of who types it.
      ...(secret === undefined || isCode ? {} : { token: secret, password: secret }),
      ...(isCode || knowsScopes ? {} : { scopes: OWNER_SCOPES }),
    };
  }

  #follow(client: Client): void {
    this.#client = client;
    client.onEvent((event) => {
      for (const listener of this.#eventListeners) listener(event);
    });
    let isFirst = true;
    client.onState((state) => {
      if (client !== this.#client) return;
      const next = statusOf(state, this.state.value);
      clearInterval(this.#poll);
      if (next.kind === "waiting-approval") this.#poll = setInterval(() => this.retry(), APPROVAL_POLL_MS);
      if (state.kind === "open" && state.hello.auth?.deviceToken !== undefined) this.#memory.forget();
      if (next.kind === "refused" && next.code.startsWith("AUTH_")) this.#memory.forget();
      this.state.set(next);
      if (state.kind === "open" && isFirst) {
        isFirst = false;
        this.#refresh();
      }
    });
  }

  #refresh(): void {
    for (const listener of this.#refreshers) listener();
  }

  #storeOf({ deviceId }: DeviceIdentity): CredentialStorage {
    return new CredentialStorage({ storage: storageFor(this.origin), deviceId });
  }
}

function navigatorName(): string {
  const { userAgent } = navigator;
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(userAgent)?.[1] ?? "Browser";
  const names: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera" };
  const system = /\((?:X11; )?(Windows|Macintosh|Linux|Android|iPhone|iPad|CrOS)/.exec(userAgent)?.[1];
  return `${names[browser] ?? browser}${system === undefined ? "" : ` on ${system === "Macintosh" ? "macOS" : system}`}`;
}

export const connectionContext = createContext<Connection>(Symbol("connection"));
