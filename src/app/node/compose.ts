import { join } from "node:path";
import { FileConfigSource, InvalidConfigError, type Config, type Env } from "../../adapters/config/file/index.js";
import { browserCommands, type BrowserConfig } from "../../adapters/node-commands/browser/index.js";
import { FileHostLock } from "../../adapters/storage/file/file-host-lock.js";
import { AddressLocality } from "../../adapters/system/index.js";
import { systemClock } from "../../client/clock.js";
import { epochMs } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";
import type { HostLock } from "../../ports/host-lock.js";
import type { NodeCommand } from "../../ports/node-command.js";
import { buildNode, type Node, type NodeHostOptions } from "./create-node.js";
import type { NodeLink } from "./node-host.js";

/** The configuration file's section `node`. */
export type NodeSettings = NonNullable<Config["node"]>;

/** Unlike those of a gateway, which has sockets to wait for, a node's timers keep its process alive between two attempts. */
const ownClock: Clock = { now: () => epochMs(systemClock.now()), callAt: (at, wake) => systemClock.callAt(at, wake) };

/** What has to be read or opened before a node can be put together. */
export interface NodeParts {
  /** Where its key, its tokens and what it is at are kept. */
  readonly folder: string;
  readonly lock: HostLock;
  readonly clock: Clock;
  readonly settings: NodeSettings;
  readonly commands: (link: NodeLink) => readonly NodeCommand[];
}

/** Reads the configuration. Nothing is written yet: the folder may be another node's. */
export async function openNodeParts({ stateDir, env }: { readonly stateDir: string; readonly env: Env }): Promise<NodeParts | InvalidConfigError> {
  const folder = join(stateDir, "node");
  const clock = ownClock;
  try {
    const settings = (await FileConfigSource.open({ stateDir, env })).config().node ?? {};
    return {
      folder,
      clock,
      settings,
      lock: new FileHostLock({ path: join(folder, "node.lock"), pid: process.pid, now: () => clock.now() }),
      commands: (link) => nodeCommands({ settings, clock, link }),
    };
  } catch (error) {
    if (error instanceof InvalidConfigError) return error;
    throw error;
  }
}

/** All that a node of this host can do, as far as the host has what it takes. */
export function nodeCommands({ settings, clock, link }: { readonly settings: NodeSettings; readonly clock: Clock; readonly link: NodeLink }): readonly NodeCommand[] {
  return [...browserCommands({ config: settings.browser ?? {}, link, clock, locality: new AddressLocality() })];
}

/** {@link NodeHostOptions} with this host's clock, unless another is given. */
export type CreateNodeOptions = Omit<NodeHostOptions, "clock"> & Partial<Pick<NodeHostOptions, "clock">>;

/** A node that is not connected yet: `start()` it. Throws a `ConnectError` for a URL that credentials must not travel to. */
export const createNode = (options: CreateNodeOptions): Promise<Node> => buildNode({ clock: ownClock, ...options } as NodeHostOptions);

/** The `canvas.*` commands: a page in a Chromium of this host. Nothing is declared where there is none. */
export const canvasCommands = (link: NodeLink, config: BrowserConfig = {}): readonly NodeCommand[] =>
  browserCommands({ config, link, clock: ownClock, locality: new AddressLocality() });
