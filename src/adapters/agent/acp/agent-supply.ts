import { mkdir, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { RunFailure } from "../../../domain/runs/outcome.js";
import type { Clock } from "../../../ports/clock.js";
import { AgentLink } from "./agent-link.js";
import { AgentProcess } from "./agent-process.js";
import { loadSdk } from "./client.js";
import { agentName, STARTUP_TIMEOUT_MS } from "./config.js";
import type { AcpConfig } from "./config.js";
import { CrashWatch } from "./crash-watch.js";
import { TOO_LATE, within } from "./deadline.js";
import { agentEnvironment } from "./environment.js";
import type { Environment } from "./environment.js";
import { broken, CLOSED, NO_FOLDER, NO_SDK, notStarted, otherVersion, refused, resting, slowStart } from "./failure.js";

export interface SupplyParts {
  readonly config: AcpConfig;
  readonly clock: Clock;
  readonly env: Environment;
  readonly version: string;
  /** Made where it is missing and the configuration names no other. */
  readonly workspace: string;
  readonly onGone: (link: AgentLink) => void;
}

export type Supply =
  | { readonly kind: "ready"; readonly link: AgentLink; readonly name: string; readonly cwd: string }
  | { readonly kind: "failed"; readonly failure: RunFailure };

const failed = (failure: RunFailure): Supply => ({ kind: "failed", failure });

/** The one agent that runs: started on first use, kept, and started anew after it has gone. */
export class AgentSupply {
  readonly #parts: SupplyParts;
  readonly #crashes = new CrashWatch();
  readonly #links = new Set<AgentLink>();
  #current: Promise<Supply> | undefined;
  #isClosed = false;

  constructor(parts: SupplyParts) {
    this.#parts = parts;
  }

  get(): Promise<Supply> {
    if (this.#isClosed) return Promise.resolve(failed(CLOSED));
    if (this.#current !== undefined) return this.#current;
    const launch = this.#launch();
    this.#current = launch;
    const giveUp = (): void => {
      if (this.#current === launch) this.#current = undefined;
    };
    launch.then(async (supply) => {
      if (supply.kind === "ready") await supply.link.over;
      giveUp();
    }, giveUp);
    return launch;
  }

  /** A turn came to its end: whatever was wrong with the agent is not any more. */
  worked(): void {
    this.#crashes.worked();
  }

  /** Ends the agent, also one that is starting. Afterwards no turn gets one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const current = this.#current;
    await Promise.all([...this.#links].map((link) => link.end("closed")));
    await current?.catch(() => {});
  }

  async #launch(): Promise<Supply> {
    const { config, clock, env } = this.#parts;
    const name = agentName(config);
    const waitMs = this.#crashes.waitMs(clock.now());
    if (waitMs > 0) return failed(resting(name, waitMs));
    const sdk = await loadSdk();
    if (sdk === undefined) return failed(NO_SDK);
    const cwd = await this.#folder();
    if (cwd === undefined) return failed(NO_FOLDER);
    const launch = await AgentProcess.start({ command: config.command, args: config.args ?? [], cwd, env: agentEnvironment(env, config.env), clock });
    if (launch.kind === "not-started") return failed(notStarted(name, launch.code));
    const link = new AgentLink(sdk, launch.process);
    this.#links.add(link);
    void link.over.then((end) => {
      this.#links.delete(link);
      if (end.kind === "died" || end.kind === "unreadable" || end.kind === "slow") this.#crashes.died(clock.now());
      this.#parts.onGone(link);
    });
    // Closed while it started.
    if (this.#isClosed) void link.end("closed");
    return this.#greet(link, name, cwd);
  }

  async #greet(link: AgentLink, name: string, cwd: string): Promise<Supply> {
    const { config, clock, version } = this.#parts;
    const secrets = Object.values(config.env ?? {});
    try {
      const greeting = await within(config.startupTimeoutMs ?? STARTUP_TIMEOUT_MS, clock, link.greet(version));
      if (greeting === TOO_LATE) {
        await link.end("slow");
        return failed(slowStart(name));
      }
      if (greeting.protocolVersion === 1) return { kind: "ready", link, name: greeting.name ?? name, cwd };
      await link.end("closed");
      return failed(otherVersion(name));
    } catch (error) {
      if (link.broken.aborted) return failed(broken(name, await link.over, secrets));
      await link.end("closed");
      return failed(refused(name, error, secrets));
    }
  }

  async #folder(): Promise<string | undefined> {
    const { config: { cwd }, workspace } = this.#parts;
    try {
      if (cwd === undefined) {
        await mkdir(workspace, { recursive: true, mode: 0o700 });
        return workspace;
      }
      return isAbsolute(cwd) && (await stat(cwd)).isDirectory() ? cwd : undefined;
    } catch {
      return undefined;
    }
  }
}
