import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliIo } from "../../src/app/cli/io.js";
import { main } from "../../src/app/cli/main.js";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command line with a home of its own, inside of this process. */
export class Terminal {
  readonly home: string;
  readonly stateDir: string;

  private constructor(home: string) {
    this.home = home;
    this.stateDir = join(home, "state");
  }

  static async open(): Promise<Terminal> {
    return new Terminal(await mkdtemp(join(tmpdir(), "terminal-")));
  }

  async run(argv: readonly string[], { env = {}, ...more }: { readonly env?: Readonly<Record<string, string>> } & Partial<CliIo> = {}): Promise<Ran> {
    let out = "";
    let err = "";
    const code = await main(argv, {
      stdout: { write: (text) => void (out += text) },
      stderr: { write: (text) => void (err += text) },
      env: { PATH: process.env["PATH"] ?? "", OPENCLAW_STATE_DIR: this.stateDir, ...env },
      home: this.home,
      now: () => Date.now(),
      onInterrupt: () => () => undefined,
      loadDaemon: () => Promise.reject(Object.assign(new Error("not built"), { code: "ERR_MODULE_NOT_FOUND" })),
      ...more,
    });
    return { code, out, err };
  }

  async close(): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }
}
