import { readFile } from "node:fs/promises";
import { parse } from "plist";
import type { ProgramEnd } from "../../src/adapters/supervision/run-program.js";

const said = (stdout: string): ProgramEnd => ({ code: 0, stdout, stderr: "" });
const failed = (stderr: string, code: number): ProgramEnd => ({ code, stdout: "", stderr });

/** `launchctl` for one agent, as far as it is used: what it is told with, and what it prints. */
export class LaunchctlStandIn {
  isReachable = true;
  failure: string | undefined;
  #isLoaded = false;
  #pid = 0;
  #next = 100;
  #exitCode: number | undefined;
  readonly #domain: string;
  readonly #label: string;

  constructor({ domain, label }: { domain: string; label: string }) {
    this.#domain = domain;
    this.#label = label;
  }

  readonly run = async (program: string, [verb = "", ...rest]: readonly string[]): Promise<ProgramEnd | undefined> => {
    if (program !== "launchctl") return undefined;
    if (!this.isReachable) return failed("Could not find domain for user gui: 501\n", 113);
    const target = rest.at(-1) ?? "";
    switch (verb) {
      case "print":
        if (target === this.#domain) return said(`${this.#domain} = {\n\ttype = login\n}\n`);
        return this.#isLoaded && target === `${this.#domain}/${this.#label}` ? said(this.#print()) : failed("Could not find service\n", 113);
      case "bootstrap":
        return this.#load(target);
      case "bootout":
        if (!this.#isLoaded) return failed("Boot-out failed: 3: No such process\n", 3);
        this.#isLoaded = false;
        this.#pid = 0;
        return said("");
      case "kickstart":
        return this.#kick(rest.includes("-k"));
      default:
        return failed("Unrecognized subcommand\n", 64);
    }
  };

  async #load(path: string): Promise<ProgramEnd> {
    if (this.failure !== undefined) {
      const failure = this.failure;
      this.failure = undefined;
      return failed(`Bootstrap failed: 5: ${failure}\n`, 5);
    }
    if (this.#isLoaded) return failed("Bootstrap failed: 37: Operation already in progress\n", 37);
    const agent = parse(await readFile(path, "utf8")) as { Label: string; RunAtLoad: boolean };
    if (agent.Label !== this.#label) return failed("Bootstrap failed: 22: Invalid argument\n", 22);
    this.#isLoaded = true;
    this.#exitCode = undefined;
    if (agent.RunAtLoad) this.#pid = this.#next += 1;
    return said("");
  }

  #kick(anew: boolean): ProgramEnd {
    if (anew || this.#pid === 0) this.#pid = this.#next += 1;
    this.#exitCode = undefined;
    return said("");
  }

  end(code: number): void {
    this.#pid = 0;
    this.#exitCode = code;
  }

  #print(): string {
    return [
      `${this.#domain}/${this.#label} = {`,
      "\tactive count = 1",
      "\ttype = LaunchAgent",
      `\tstate = ${this.#pid > 0 ? "running" : "not running"}`,
      ...(this.#pid > 0 ? [`\tpid = ${this.#pid}`] : []),
      `\tlast exit code = ${this.#exitCode ?? "(never exited)"}`,
      "\tspawn type = daemon (3)",
      "}",
      "",
    ].join("\n");
  }
}
