import { readFile } from "node:fs/promises";
import type { ProgramEnd } from "../../src/adapters/supervision/run-program.js";

const said = (stdout: string): ProgramEnd => ({ code: 0, stdout, stderr: "" });
const failed = (stderr: string, code = 1): ProgramEnd => ({ code, stdout: "", stderr });

/** `systemctl --user` for one unit, as far as it is used: what it is told with, and what it prints. */
export class SystemctlStandIn {
  readonly calls: string[] = [];
  /** The unit as it was when it was last read. */
  loaded: string | undefined;
  isReachable = true;
  hasNotify = true;
  failure: string | undefined;
  exitCode: number | undefined;
  #pid = 0;
  #next = 100;
  #isEnabled = false;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  readonly run = async (program: string, args: readonly string[]): Promise<ProgramEnd | undefined> => {
    this.calls.push([program, ...args].join(" "));
    if (program === "systemd-notify") return this.hasNotify ? said("systemd 252\n") : undefined;
    if (program !== "systemctl") return undefined;
    const [user, verb = "", ...rest] = args;
    if (user !== "--user") return failed("Access denied\n");
    if (!this.isReachable) return failed("Failed to connect to bus: No medium found\nMore of it\n");
    return this.#carryOut(verb, rest);
  };

  async #carryOut(verb: string, rest: readonly string[]): Promise<ProgramEnd> {
    switch (verb) {
      case "daemon-reload":
        this.loaded = await readFile(this.#path, "utf8").catch(() => undefined);
        return said("");
      case "enable": case "disable":
        this.#isEnabled = verb === "enable";
        if (rest.includes("--now") && verb === "disable") this.#pid = 0;
        return said("");
      case "start": case "restart":
        return this.#start(verb === "restart");
      case "stop":
        this.#pid = 0;
        return said("");
      case "show":
        return said(this.#show());
      default:
        return failed(`Unknown command verb ${verb}.\n`);
    }
  }

  #start(anew: boolean): ProgramEnd {
    if (this.failure !== undefined) {
      const failure = this.failure;
      this.failure = undefined;
      return failed(`Job for the unit failed: ${failure}\nSee the journal.\n`);
    }
    if (this.loaded === undefined) return failed("Unit not found.\n", 5);
    if (anew || this.#pid === 0) this.#pid = this.#next += 1;
    this.exitCode = undefined;
    return said("");
  }

  end(code: number): void {
    this.#pid = 0;
    this.exitCode = code;
  }

  #show(): string {
    const active = this.#pid > 0 ? "active" : this.exitCode === undefined ? "inactive" : "failed";
    return [
      `ActiveState=${active}`, `SubState=${active === "active" ? "running" : active === "failed" ? "failed" : "dead"}`, `MainPID=${this.#pid}`, "NRestarts=0",
      `ExecMainCode=${this.exitCode === undefined ? 0 : 1}`, `ExecMainStatus=${this.exitCode ?? 0}`, `UnitFileState=${this.#isEnabled ? "enabled" : "disabled"}`, "",
    ].join("\n");
  }
}
