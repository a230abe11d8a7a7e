import { basename } from "node:path";

/** The configuration file's section `agents.defaults.acp`, its folder made absolute. */
export interface AcpConfig {
  /** The program, without its arguments: a name on the `PATH` or a path. No shell ever reads it. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Where the agent works: an absolute path to a folder that exists. */
  readonly cwd?: string;
  /** Variables for the agent, beside the few it gets of the gateway's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: AcpPermissions;
  /** How long the agent keeps a conversation that nobody goes on with. 1,800,000, unless given. */
  readonly sessionIdleMs?: number;
  /** How long the agent may take to greet, and to open a conversation. 60,000, unless given. */
  readonly startupTimeoutMs?: number;
}

/** Kinds of tool calls, as the protocol names them (`read`, `edit`, `execute` and so on); `*` for all. */
export interface AcpPermissions {
  /** `read`, `search` and `think`, unless given. */
  readonly allow?: readonly string[];
  /** Wins over `allow`. */
  readonly deny?: readonly string[];
}

export const SESSION_IDLE_MS = 30 * 60_000;
// The first start of an agent through a package runner may have to fetch it.
export const STARTUP_TIMEOUT_MS = 60_000;

/** What the agent is called until it says so itself. */
export const agentName = (config: AcpConfig): string => basename(config.command.trim()).replace(/\.[a-z]{2,4}$/iu, "") || "agent";
