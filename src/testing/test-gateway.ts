import { ScriptedRuntime, type Script } from "../adapters/agent/scripted/index.js";
import { CronerCalendar } from "../adapters/calendar/croner/index.js";
import { MemoryChannel } from "../adapters/channels/memory/index.js";
import { FixedLoopGauge } from "../adapters/system/index.js";
import { MemoryTokenVault } from "../adapters/storage/memory/memory-token-vault.js";
import { MemoryTransport } from "../adapters/transport/memory/index.js";
import { createGateway, type Gateway, type GatewayOptions } from "../app/compose/create-gateway.js";
import type { HostFacts } from "../app/gateway/parts.js";
import type { HelloOk } from "../domain/protocol/hello.js";
import type { PeerFacts } from "../ports/transport.js";
import type { OpenSocket } from "../client/connect-plan.js";
import { HandClock } from "./hand-clock.js";
import { memorySockets } from "./memory-sockets.js";
import { SeededIds } from "./seeded-ids.js";
import { TestClient } from "./test-client.js";
import { TestDevice, type ConnectAsk } from "./test-device.js";

export interface TestGatewayOptions extends Omit<GatewayOptions, "clock" | "ids" | "agent"> {
  /** What the agent does in each turn; without it, it says "ok". */
  readonly script?: Script;
  /** The same seed gives the same ids. */
  readonly seed?: number;
  /** What its clock shows at first, in milliseconds since the epoch. */
  readonly startAt?: number;
}

export interface TestConnect extends ConnectAsk {
  /** A device of this name; `null` for none. `test` without it. */
  readonly device?: string | null;
  /** Where it seems to come from: this host, without it. */
  readonly peer?: Partial<PeerFacts>;
}

/** A gateway that lives in memory: time moves by hand, ids come from a seed, the agent follows a script. */
export interface TestGateway extends Gateway {
  readonly clock: HandClock;
  readonly transport: MemoryTransport;
  readonly channel: MemoryChannel;
  readonly agent: ScriptedRuntime;
  /** For the client SDK: `createClient({ url: "ws://127.0.0.1:1", token: "test-token", openSocket, clock, … })`. */
  readonly openSocket: OpenSocket;
  /** A client that is let in, as an operator with every scope unless it asks for less. */
  connect(ask?: TestConnect): Promise<TestClient & { readonly hello: HelloOk }>;
  /** A connection that has said nothing yet. */
  arrive(peer?: Partial<PeerFacts>): TestClient;
  /** Lets time pass; everything that falls due happens, in order, before it resolves. */
  pass(ms: number): Promise<void>;
}

const TOKEN = "test-token";

const REST = { intervalMs: 10_000, delayP99Ms: 1.5, delayMaxMs: 4, utilization: 0.02, cpuCoreRatio: 0.03 };

const HOST: HostFacts = { version: "0.0.0-test", hostname: "test-host", platform: "test", deviceFamily: "Test", modelIdentifier: "test", urls: () => [] };

export async function createTestGateway({ script = [{ kind: "say", text: "ok" }], seed = 1, startAt, ...options }: TestGatewayOptions = {}): Promise<TestGateway> {
  const clock = new HandClock(startAt);
  const agent = new ScriptedRuntime(script);
  const channel = new MemoryChannel();
  const transport = new MemoryTransport({ clock });
  const gateway = createGateway({
    auth: { token: TOKEN },
    vault: new MemoryTokenVault(new Uint8Array(32).fill(seed & 0xff)),
    host: HOST,
    calendar: new CronerCalendar({ hostZone: "UTC" }),
    loop: new FixedLoopGauge(REST),
    ...options,
    clock,
    ids: new SeededIds(seed),
    agent,
    channels: [channel, ...(options.channels ?? [])],
  });
  await gateway.serve(transport);

  const arrive = (peer: Partial<PeerFacts> = { address: "127.0.0.1" }): TestClient => new TestClient(transport.connect(peer));
  return {
    ...gateway,
    clock,
    transport,
    channel,
    agent,
    openSocket: memorySockets(transport),
    arrive,
    connect: async ({ device = "test", peer, ...ask } = {}) => {
      const client = arrive(peer);
      const hello = await client.connect({
        auth: { token: TOKEN },
        scopes: ["operator.admin"],
        ...ask,
        ...(device === null ? {} : { device: new TestDevice(device) }),
      });
      return Object.assign(client, { hello });
    },
    pass: (ms) => clock.pass(ms),
  };
}
