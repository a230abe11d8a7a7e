import { fieldsOf } from "../../../domain/foreign-fields.js";
import type { NodeCommand, NodeCommandOutcome } from "../../../ports/node-command.js";
import type { SystemHost } from "../system-host.js";
import { findProgram } from "../program-finder.js";

const MAX_BINS = 64;
const isName = (bin: unknown): bin is string => typeof bin === "string" && bin.length <= 255 && /^[^/\\]+$/u.test(bin) && !bin.includes("\0");

/** `system.which`: where this host's PATH finds programs. Those that it does not find are left out. */
export class SystemWhich implements NodeCommand {
  readonly name = "system.which";
  readonly #host: SystemHost;

  constructor(host: SystemHost) {
    this.#host = host;
  }

  available(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async run(params: unknown): Promise<NodeCommandOutcome> {
    const bins = fieldsOf(params)?.["bins"];
    if (!Array.isArray(bins) || bins.length > MAX_BINS || !bins.every(isName)) {
      return { kind: "failed", code: "INVALID_REQUEST", message: `bins must be a list of at most ${MAX_BINS} names of programs, without folders.` };
    }
    const found = await Promise.all(bins.map(async (bin) => [bin, (await findProgram(bin, this.#host, this.#host.cwd))?.found] as const));
    return { kind: "done", payload: { bins: Object.fromEntries(found.filter(([, path]) => path !== undefined)) } };
  }
}
