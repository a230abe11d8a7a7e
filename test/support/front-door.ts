import { createGateway, type Gateway, type GatewayOptions } from "../../src/index.js";
import { ScriptedRuntime, type Script } from "../../src/adapters/agent/scripted/index.js";
import { MemoryChannel } from "../../src/adapters/channels/memory/index.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import type { Clock } from "../../src/ports/clock.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { RawPeer } from "../stand-ins/raw-peer.js";
import { SocketWire, TestClient } from "./client.js";
import { TestDevice, type ConnectAsk } from "./device.js";

export const TOKEN = "the-right-gateway-token";

/** What a browser or a proxy says beside the upgrade. */
type Headers = Readonly<Record<string, string>>;

export interface Entry extends ConnectAsk {
  readonly device?: string;
  readonly headers?: Headers;
}

export interface Guest extends TestClient {
  readonly hello: HelloOk;
  readonly wire: SocketWire;
}

/** A real gateway on a real socket, on this host and a free port, as whoever knocks finds it. */
export class FrontDoor {
  readonly gateway: Gateway;
  readonly log: MemoryLog;
  readonly channel: MemoryChannel;
  readonly url: string;
  readonly port: number;
  /** Moved by hand, unless the test gave a clock of its own. */
  readonly clock: HandClock;

  private constructor(parts: Pick<FrontDoor, "gateway" | "log" | "channel" | "url" | "port" | "clock">) {
    ({ gateway: this.gateway, log: this.log, channel: this.channel, url: this.url, port: this.port, clock: this.clock } = parts);
  }

  static async open(given: GatewayOptions & { readonly script?: Script; readonly ownClock?: Clock } = {}): Promise<FrontDoor> {
    const { script = [{ kind: "say", text: "Hello." }], ownClock, ...options } = given;
    const clock = new HandClock();
    const log = new MemoryLog();
    const channel = new MemoryChannel();
    const auth = options.config === undefined ? { auth: options.auth ?? { token: TOKEN } } : {};
    const gateway = createGateway({ clock: ownClock ?? clock, log, agent: new ScriptedRuntime(script), channels: [channel], ...options, ...auth });
    const { url, port } = await gateway.listen({ port: 0 });
    return new FrontDoor({ gateway, log, channel, url, port, clock });
  }

  /** A connection that has said nothing yet. */
  async knock(headers: Headers = {}): Promise<TestClient & { readonly wire: SocketWire }> {
    const wire = await SocketWire.open(this.url, headers);
    return Object.assign(new TestClient(wire), { wire });
  }

  /** Somebody with the gateway's secret and a device of that name, with every scope unless it asks for less. */
  async enter({ device = "owner", headers, ...ask }: Entry = {}): Promise<Guest> {
    const client = await this.knock(headers);
    const hello = await client.connect({ auth: { token: TOKEN }, scopes: ["operator.admin"], ...ask, device: new TestDevice(device) });
    return Object.assign(client, { hello });
  }

  raw(): Promise<RawPeer> {
    return RawPeer.dial(this.port);
  }

  /** What went wrong inside of it, once each. */
  errors(): string[] {
    const told = this.log.entries.filter(({ level }) => level === "error");
    return [...new Set(told.map(({ message, fields }) => `${message}: ${JSON.stringify(fields)}`.slice(0, 400)))];
  }

  /** Ends it, letting time pass for whoever does not answer. */
  async close(): Promise<void> {
    const closed = this.gateway.close().then(() => true);
    const pass = async (): Promise<boolean> => {
      await this.clock.pass(1_000);
      return false;
    };
    while (!(await Promise.race([closed, pass()])));
  }
}
