import { join } from "node:path";
import { FileConfigSource, InvalidConfigError, type Config, type Env } from "../../adapters/config/file/index.js";
import { browserCommands, type BrowserConfig } from "../../adapters/node-commands/browser/index.js";
import { hostCommands, type HostCommandsConfig } from "../../adapters/node-commands/host/index.js";
import { systemCommands } from "../../adapters/node-commands/system/index.js";
import { FileExecApprovals } from "../../adapters/storage/file/file-exec-approvals.js";
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
  /** What is wrong with them, in whole sentences. */
  readonly warnings: readonly { readonly path: string; readonly message: string }[];
  readonly commands: (link: NodeLink) => readonly NodeCommand[];
}

/** Reads the configuration. Nothing is written yet: the folder may be another node's. */
export async function openNodeParts({ stateDir, env }: { readonly stateDir: string; readonly env: Env }): Promise<NodeParts | InvalidConfigError> {
  const folder = join(stateDir, "node");
  const clock = ownClock;
  try {
    const config = await FileConfigSource.open({ stateDir, env });
    const settings = config.config().node ?? {};
    return {
      folder,
      clock,
      settings,
      warnings: config.warnings().filter(({ path }) => /^node\b/.test(path)),
      lock: new FileHostLock({ path: join(folder, "node.lock"), pid: process.pid, now: () => clock.now() }),
      commands: (link) => nodeCommands({ settings, clock, link, stateDir }),
    };
  } catch (error) {
    if (error instanceof InvalidConfigError) return error;
    throw error;
  }
}

interface NodeSetting extends Pick<NodeParts, "settings" | "clock"> {
  readonly link: NodeLink;
  readonly stateDir: string;
}

/** All that a node of this host can do, as far as the host has what it takes. */
function nodeCommands({ settings, clock, link, stateDir }: NodeSetting): readonly NodeCommand[] {
  const { browser = {}, commands = {}, location } = settings;
  return [
    ...browserCommands({ config: browser, link, clock, locality: new AddressLocality() }),
    ...hostCommands({ config: { commands, ...(location === undefined ? {} : { location }) }, clock }),
    // The same file as the gateway's of this host, if one runs here: it is the host's.
    ...systemCommands({ clock, approvals: new FileExecApprovals({ path: join(stateDir, "exec-approvals.json"), now: () => clock.now() }) }),
  ];
}

/** {@link NodeHostOptions} with this host's clock, unless another is given. */
export type CreateNodeOptions = Omit<NodeHostOptions, "clock"> & Partial<Pick<NodeHostOptions, "clock">>;

/** A node that is not connected yet: `start()` it. Throws a `ConnectError` for a URL that credentials must not travel to. */
export const createNode = (options: CreateNodeOptions): Promise<Node> => buildNode({ clock: ownClock, ...options } as NodeHostOptions);

/** The `canvas.*` commands: a page in a Chromium of this host. Nothing is declared where there is none. */
export const canvasCommands = (link: NodeLink, config: BrowserConfig = {}): readonly NodeCommand[] =>
  browserCommands({ config, link, clock: ownClock, locality: new AddressLocality() });

/** Commands of programs that the host's owner named: `screen.record`, `camera.*`, `location.get`. */
export const programCommands = (config: HostCommandsConfig): readonly NodeCommand[] => hostCommands({ config, clock: ownClock });

/** `system.*`: programs, as far as the file at this path lets them through, and notices on the host's desktop. */
export const shellCommands = ({ approvalsPath }: { readonly approvalsPath: string }): readonly NodeCommand[] =>
  systemCommands({ clock: ownClock, approvals: new FileExecApprovals({ path: approvalsPath, now: () => ownClock.now() }) });
