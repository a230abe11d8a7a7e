import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ServiceDefinition, ServiceOutcome, ServiceState, Supervisor } from "../../../ports/supervisor.js";
import { DefinitionFile, definitionKind, refused } from "../definition-file.js";
import { complaint, type RunProgram } from "../run-program.js";
import { readAgentFacts } from "./agent-facts.js";
import { renderPlist } from "./plist.js";

export interface LaunchdOptions {
  readonly label: string;
  /** Where the user's launch agents lie. */
  readonly agentsDir: string;
  readonly uid: number;
  /** For people: where the gateway keeps its log. */
  readonly logFile: string;
  readonly run: RunProgram;
}

/** launchd returns at once, whether the program will serve or not. */
const STARTED: ServiceOutcome = { kind: "done", isReady: false };

/** A launch agent of the user's session, by way of `launchctl`. */
export class LaunchdSupervisor implements Supervisor {
  readonly name = "launchd";
  readonly logCommand: string;
  readonly #options: LaunchdOptions;
  readonly #domain: string;
  readonly #target: string;
  readonly #file: DefinitionFile;

  constructor(options: LaunchdOptions) {
    this.#options = options;
    this.#domain = `gui/${options.uid}`;
    this.#target = `${this.#domain}/${options.label}`;
    this.#file = new DefinitionFile(join(options.agentsDir, `${options.label}.plist`));
    this.logCommand = `tail -n 50 '${options.logFile}'`;
  }

  async install(definition: ServiceDefinition, options: { readonly force: boolean }): Promise<ServiceOutcome> {
    const away = await this.#unreachable();
    if (away !== undefined) return refused("unreachable", away);
    // launchd makes no folders.
    await mkdir(dirname(definition.errorFile), { recursive: true, mode: 0o700 });
    const written = await this.#file.put(renderPlist(definition, this.#options.label), options);
    if (written.kind === "refused") return written;
    if (!written.isChanged) return this.start();
    await this.#unload();
    return this.#load();
  }

  async uninstall(options: { readonly force: boolean }): Promise<ServiceOutcome> {
    const hindrance = await this.#file.judgeRemoval(options);
    if (hindrance !== undefined) return hindrance;
    const ended = await this.stop();
    if (ended.kind === "refused") return ended;
    await this.#file.remove();
    return ended;
  }

  async start(): Promise<ServiceOutcome> {
    const away = await this.#hindrance();
    if (away !== undefined) return away;
    return (await this.#printed()) === undefined ? this.#load() : this.#call(["kickstart", this.#target]);
  }

  /** Unloaded rather than signalled: what is loaded is started again with the next login, and by whoever asks for it. */
  async stop(): Promise<ServiceOutcome> {
    const away = await this.#hindrance();
    if (away !== undefined) return away;
    return (await this.#printed()) === undefined ? STARTED : this.#call(["bootout", this.#target]);
  }

  async restart(): Promise<ServiceOutcome> {
    const away = await this.#hindrance();
    if (away !== undefined) return away;
    return (await this.#printed()) === undefined ? this.#load() : this.#call(["kickstart", "-k", this.#target]);
  }

  async state(expected: ServiceDefinition): Promise<ServiceState> {
    const found = await this.#file.read().catch(() => undefined);
    if (found === undefined) return { kind: "absent" };
    const away = await this.#unreachable();
    if (away !== undefined) return { kind: "unreachable", reason: away };
    const printed = await this.#printed();
    return {
      kind: "installed",
      path: this.#file.path,
      definition: definitionKind(found, renderPlist(expected, this.#options.label)),
      ...(printed === undefined ? { activity: "stopped" } : readAgentFacts(printed)),
      // What lies in that folder is loaded with each login.
      isEnabled: true,
    };
  }

  async #load(): Promise<ServiceOutcome> {
    return this.#call(["bootstrap", this.#domain, this.#file.path]);
  }

  async #unload(): Promise<void> {
    if ((await this.#printed()) !== undefined) await this.#call(["bootout", this.#target]);
  }

  /** What launchd knows of the agent, where it is loaded. */
  async #printed(): Promise<string | undefined> {
    const end = await this.#options.run("launchctl", ["print", this.#target]);
    return end?.code === 0 ? end.stdout : undefined;
  }

  async #call(args: readonly string[]): Promise<ServiceOutcome> {
    const end = await this.#options.run("launchctl", args);
    if (end?.code === 0) return STARTED;
    return refused("failed", `launchctl ${args.join(" ")} failed${end === undefined ? "" : `: ${complaint(end)}`}.`);
  }

  async #hindrance(): Promise<ServiceOutcome | undefined> {
    if ((await this.#file.read()) === undefined) return this.#file.absent();
    const away = await this.#unreachable();
    return away === undefined ? undefined : refused("unreachable", away);
  }

  /** A user who is not logged in at the screen has no such session. */
  async #unreachable(): Promise<string | undefined> {
    const end = await this.#options.run("launchctl", ["print", this.#domain]);
    if (end === undefined) return "This host has no launchctl.";
    if (end.code === 0) return undefined;
    return `launchd has no session for this user (${complaint(end)}). Log in at the screen, not by ssh or sudo alone.`;
  }
}
