import { createClient, loadDeviceIdentity, type CreateClientOptions, type DeviceIdentity, type StateOptions, type StayConnectedFacts, type Whereabouts } from "../../client/index.js";
import type { Declaration } from "../../client/connect-params.js";
import { ConnectError } from "../../client/errors.js";
import type { Clock } from "../../ports/clock.js";
import type { NodeCommand } from "../../ports/node-command.js";
import { VERSION } from "../version.js";
import type { InvocationReport } from "./invocation-desk.js";
import { NodeHost, type InForce, type NodeLink } from "./node-host.js";
import type { NodeState } from "./node-state.js";

type Given = "role" | "scopes" | "caps" | "commands" | "declare" | "client" | "clock" | "whenClosed" | "queueLimit" | "refresh" | "onGap";

export interface NodeParts {
  /** What people call it; the gateway shows it. */
  readonly displayName?: string;
  /** What it can do; given what commands may need of its connection. */
  readonly commands: readonly NodeCommand[] | ((link: NodeLink) => readonly NodeCommand[]);
  readonly clock: Clock;
  /** Hears how each call went. */
  readonly onInvocation?: (report: InvocationReport) => void;
}

/** Where the gateway is and what opens it, as for any client; by `stateDir` or `identity` also who the node is. */
export type NodeHostOptions = Whereabouts & Omit<StayConnectedFacts, Given> & StateOptions & Pick<CreateClientOptions, "tlsFingerprint"> & NodeParts;

/** A device that lends the assistant what it can do. */
export interface Node {
  /** Its key's own name, which the gateway knows it under. */
  readonly nodeId: string;
  readonly state: NodeState;
  /** Of the gateway that it is connected to. */
  readonly url: string | undefined;
  /** Hears of each change of {@link Node.state}. */
  onState(listener: (state: NodeState) => void): () => void;
  /** Hears what the gateway lets it be asked, whenever it says so. Gateways of protocol 3 do not. */
  onInForce(listener: (inForce: InForce) => void): () => void;
  /** What this host can do now, and so would declare. */
  declaration(): Promise<Declaration>;
  /** Connects, and stays connected; also ends a wait or a pause. */
  start(): void;
  /** Ends for good: what runs is called off, and resolves when nothing is left of it. */
  stop(): Promise<void>;
}

/** A node that is not connected yet. Throws a {@link ConnectError} for a URL that credentials must not travel to. */
export async function buildNode(options: NodeHostOptions): Promise<Node> {
  const { displayName, commands: given, onInvocation = () => undefined, ...rest } = options;
  const { stateDir, clock } = rest;
  const identity = options.identity ?? (await ownIdentity(stateDir, clock, options.allowReadableSecrets));
  const client = createClient({
    ...rest,
    identity,
    role: "node",
    scopes: [],
    client: { id: "node-host", mode: "node", version: VERSION, platform: process.platform, ...(displayName === undefined ? {} : { displayName }) },
    declare: () => declarationOf(host.commands),
  });
  const host: NodeHost = new NodeHost({
    client,
    clock,
    nodeId: () => identity.deviceId,
    commands: typeof given === "function" ? given : () => given,
    onInvocation,
  });
  return {
    nodeId: identity.deviceId,
    get state() {
      return host.state;
    },
    get url() {
      return client.endpoint?.url;
    },
    onState: (listener) => host.onState(listener),
    onInForce: (listener) => host.onInForce(listener),
    declaration: () => declarationOf(host.commands),
    start: () => host.start(),
    stop: () => host.stop(),
  };
}

function ownIdentity(stateDir: string | undefined, clock: Clock, allowReadable = false): Promise<DeviceIdentity> {
  if (stateDir !== undefined) return loadDeviceIdentity(stateDir, clock.now(), { allowReadable });
  throw new ConnectError({ code: "BAD_URL", message: "A node is a device: give it a folder for its key, by stateDir, or an identity.", url: "" });
}

async function declarationOf(commands: readonly NodeCommand[]): Promise<Required<Pick<Declaration, "caps" | "commands">>> {
  const able = await Promise.all(commands.map(async (command) => ((await command.available().catch(() => false)) ? command.name : undefined)));
  const names = able.filter((name) => name !== undefined).toSorted();
  return { caps: [...new Set(names.map((name) => name.split(".")[0] ?? name))], commands: names };
}
