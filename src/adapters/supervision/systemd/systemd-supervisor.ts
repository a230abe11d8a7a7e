import { access } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceDefinition, ServiceOutcome, ServiceState, Supervisor } from "../../../ports/supervisor.js";
import { DefinitionFile, definitionKind, refused } from "../definition-file.js";
import { complaint, type RunProgram } from "../run-program.js";
import { readUnitFacts, UNIT_FACTS } from "./unit-facts.js";
import { renderUnit } from "./unit.js";

export interface SystemdOptions {
  /** The unit's name without its ending. */
  readonly unit: string;
  /** Where the user's own units lie. */
  readonly unitDir: string;
  readonly userName: string;
  readonly run: RunProgram;
  /** Where systemd-logind notes who goes on without a login. */
  readonly lingerDir?: string;
}

const LINGER_DIR = "/var/lib/systemd/linger";

/** A service of systemd's user manager, by way of `systemctl --user`. */
export class SystemdSupervisor implements Supervisor {
  readonly name = "systemd";
  readonly logCommand: string;
  readonly #options: SystemdOptions;
  readonly #unit: string;
  readonly #file: DefinitionFile;

  constructor(options: SystemdOptions) {
    this.#options = options;
    this.#unit = `${options.unit}.service`;
    this.#file = new DefinitionFile(join(options.unitDir, this.#unit));
    this.logCommand = `journalctl --user -u ${options.unit} -n 50`;
  }

  async install(definition: ServiceDefinition, options: { readonly force: boolean }): Promise<ServiceOutcome> {
    const away = await this.#unreachable();
    if (away !== undefined) return refused("unreachable", away);
    const written = await this.#file.put(await this.#render(definition), options);
    if (written.kind === "refused") return written;
    return this.#carryOut([["daemon-reload"], ["enable", this.#unit], [written.isChanged ? "restart" : "start", this.#unit]]);
  }

  async uninstall(options: { readonly force: boolean }): Promise<ServiceOutcome> {
    const hindrance = await this.#file.judgeRemoval(options);
    if (hindrance !== undefined) return hindrance;
    const away = await this.#unreachable();
    if (away !== undefined) return refused("unreachable", away);
    const ended = await this.#carryOut([["disable", "--now", this.#unit]]);
    if (ended.kind === "refused") return ended;
    await this.#file.remove();
    return this.#carryOut([["daemon-reload"]]);
  }

  start(): Promise<ServiceOutcome> {
    return this.#ask("start");
  }

  stop(): Promise<ServiceOutcome> {
    return this.#ask("stop");
  }

  restart(): Promise<ServiceOutcome> {
    return this.#ask("restart");
  }

  async state(expected: ServiceDefinition): Promise<ServiceState> {
    const found = await this.#file.read().catch(() => undefined);
    if (found === undefined) return { kind: "absent" };
    const away = await this.#unreachable();
    if (away !== undefined) return { kind: "unreachable", reason: away };
    const shown = await this.#options.run("systemctl", ["--user", "show", "-p", UNIT_FACTS, this.#unit]);
    if (shown === undefined || shown.code !== 0) return { kind: "unreachable", reason: `systemd tells nothing of ${this.#unit}.` };
    return {
      kind: "installed",
      path: this.#file.path,
      definition: definitionKind(found, await this.#render(expected)),
      ...readUnitFacts(shown.stdout),
      outlivesLogin: await this.#lingers(),
    };
  }

  async #ask(verb: "start" | "stop" | "restart"): Promise<ServiceOutcome> {
    if ((await this.#file.read()) === undefined) return this.#file.absent();
    const away = await this.#unreachable();
    return away === undefined ? this.#carryOut([[verb, this.#unit]]) : refused("unreachable", away);
  }

  async #carryOut(calls: readonly (readonly string[])[]): Promise<ServiceOutcome> {
    for (const call of calls) {
      const end = await this.#options.run("systemctl", ["--user", ...call]);
      if (end === undefined || end.code !== 0) return refused("failed", `systemctl --user ${call.join(" ")} failed${end === undefined ? "" : `: ${complaint(end)}`}.`);
    }
    return { kind: "done", isReady: await this.#notifies() };
  }

  async #render(definition: ServiceDefinition): Promise<string> {
    return renderUnit(definition, { unit: this.#options.unit, notifies: await this.#notifies() });
  }

  /** Whether the program is there by which the gateway will speak: it comes with systemd nearly everywhere. */
  async #notifies(): Promise<boolean> {
    return (await this.#options.run("systemd-notify", ["--version"]))?.code === 0;
  }

  /** Why the user manager can't be asked. */
  async #unreachable(): Promise<string | undefined> {
    const end = await this.#options.run("systemctl", ["--user", "show", "-p", "Version"]);
    if (end === undefined) return "This host has no systemd. Run `openclaw gateway` under whatever starts programs here, or in a container.";
    if (end.code === 0) return undefined;
    return `systemd does not answer for this user (${complaint(end)}). Log in as ${this.#options.userName} rather than by su or sudo, or let its services run without a login: loginctl enable-linger ${this.#options.userName}`;
  }

  #lingers(): Promise<boolean> {
    const note = join(this.#options.lingerDir ?? LINGER_DIR, this.#options.userName);
    return access(note).then(() => true, () => false);
  }
}
