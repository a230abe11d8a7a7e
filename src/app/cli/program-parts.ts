import type { Command } from "commander";
import { parseMs, type JsonFlag } from "./flags.js";
import type { CliIo } from "./io.js";

/** What a command does. Loaded when it is called, so that `openclaw --help` loads none. */
export type Run<F> = (io: CliIo, flags: F, args: readonly string[]) => Promise<number>;

export type Bind = <F extends JsonFlag>(command: Command, load: () => Promise<{ run: Run<F> }>) => void;

/** With what every command that asks a gateway understands. */
export const connected = (command: Command): Command =>
  command
    .option("--url <url>", "another gateway; configured credentials are not sent there")
    .option("--token <token>", "the gateway's token")
    .option("--password <password>", "the gateway's password")
    .option("--timeout <ms>", "how long to wait for an answer (10000)", parseMs)
    .option("--tls-fingerprint <sha256>", "trust only this certificate");
