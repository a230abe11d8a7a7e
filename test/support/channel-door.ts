import { createServer, request as ask, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ScriptedRuntime, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/index.js";
import { DEFAULT_POLICY, type AccountPolicy } from "../../src/domain/messaging/policy.js";
import type { Channel } from "../../src/ports/channel.js";
import type { HandClock } from "../../src/testing/hand-clock.js";

const PATIENCE_MS = 15_000;
const TURN_MS = 5;
const STEP_MS = 250;

export interface ChannelDoorOptions {
  readonly clock: HandClock;
  readonly channels: readonly Channel[];
  /** Of every account; who writes directly gets a code, unless it says otherwise. */
  readonly policy?: Partial<AccountPolicy>;
  readonly script?: Script;
  readonly records?: GatewayOptions["records"];
}

/** A whole gateway on a real socket of this host, with real channels in it, as whoever writes to one finds it. */
export class ChannelDoor {
  readonly gateway: Gateway;
  readonly agent: ScriptedRuntime;
  readonly log: MemoryLog;
  readonly clock: HandClock;
  readonly port: number;

  private constructor(parts: Pick<ChannelDoor, "gateway" | "agent" | "log" | "clock" | "port">) {
    ({ gateway: this.gateway, agent: this.agent, log: this.log, clock: this.clock, port: this.port } = parts);
  }

  static async open({ clock, channels, policy = {}, script = [{ kind: "say", text: "Hello." }], records }: ChannelDoorOptions): Promise<ChannelDoor> {
    const log = new MemoryLog();
    const agent = new ScriptedRuntime(script);
    const settings = { channels: channels.map(({ id, accountId }) => ({ channel: id, accountId, policy: { ...DEFAULT_POLICY, ...policy } })) };
    const gateway = createGateway({ auth: { token: "the-right-gateway-token" }, clock, log, agent, channels, settings, ...(records === undefined ? {} : { records }) });
    const { port } = await gateway.listen({ port: 0 });
    const door = new ChannelDoor({ gateway, agent, log, clock, port });
    await door.until("every channel is live", () => channels.every((channel) => channel.status().state === "live"));
    return door;
  }

  /** What the agent was asked, in its order. */
  get asked(): readonly string[] {
    return this.agent.turns.map(({ message }) => message);
  }

  /** Everybody who waits to be let in. */
  async waiting(): Promise<readonly { readonly id: string; readonly code?: string; readonly meta?: Readonly<Record<string, unknown>> }[]> {
    return (await this.gateway.call("channels.pairing.list", {})).requests;
  }

  /** Waits for what happens on real sockets, while the hand-moved clock goes on. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let waited = 0; waited < PATIENCE_MS; waited += TURN_MS) {
      if (await holds()) return;
      await this.#turn();
    }
    throw new Error(`never came: ${what}; ${this.log.text().slice(-2_000)}`);
  }

  /** Lets whatever was set off come to its end: for what is not to happen. */
  async settle(turns = 20): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await this.#turn();
  }

  /** What went wrong inside of it. */
  errors(): readonly string[] {
    return this.log.entries.filter(({ level }) => level === "error").map(({ message, fields }) => `${message}: ${JSON.stringify(fields)}`.slice(0, 400));
  }

  async close(): Promise<void> {
    const closed = this.gateway.close().then(() => true);
    while (!(await Promise.race([closed, this.#turn().then(() => false)])));
  }

  async #turn(): Promise<void> {
    await this.clock.pass(STEP_MS);
    await new Promise((resolve) => {
      setTimeout(resolve, TURN_MS);
    });
  }
}

/** A proxy as stands before many gateways: it has an address before the gateway does, and hands everything on. */
export class FrontProxy {
  #port: number | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const onward = ask({ host: "127.0.0.1", port: this.#port ?? 1, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      incoming.pipe(onward);
    });
  }

  static async start(): Promise<FrontProxy> {
    const proxy = new FrontProxy();
    await new Promise<void>((resolve) => { proxy.#server.listen(0, "127.0.0.1", resolve); });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  leadTo(port: number): void {
    this.#port = port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => { this.#server.close(() => resolve()); });
  }
}
