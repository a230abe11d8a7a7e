import type { ChannelHost } from "../../../ports/channel.js";
import { EchoMemory } from "./echo-memory.js";
import { fieldsOf, parseFields, textOf } from "./fields.js";

const NAME = "own";

/** Keeps over restarts what is known to be the account's own: the guids of what was sent, and the addresses it is reached by. */
export class OwnMemory {
  readonly echo = new EchoMemory();
  readonly #host: ChannelHost;
  #written = "";
  #writing: Promise<void> | undefined;

  constructor(host: ChannelHost) {
    this.#host = host;
  }

  async load(): Promise<void> {
    const kept = parseFields((await this.#host.recall(NAME).catch(() => undefined)) ?? "{}") ?? {};
    for (const guid of textsIn(kept["guids"])) this.echo.noteSent(guid);
    for (const address of textsIn(kept["addresses"])) this.echo.noteOwnAddress(address);
    this.#written = JSON.stringify(this.echo.kept);
  }

  /** Writes what is new. What comes while it is being written shares the next write. */
  async save(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    const value = JSON.stringify(this.echo.kept);
    if (value === this.#written) return;
    this.#writing = this.#host.remember(NAME, value).then(() => { this.#written = value; }).catch(() => {
      this.#host.log.warn("What iMessage sent could not be written down; it is tried again with the next message.");
    }).finally(() => { this.#writing = undefined; });
    await this.#writing;
  }
}

const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []) : []);

/** The addresses of the account that imsg lists with a chat: `E:ada@example.org`, `P:+49151…`. */
export const ownAddressesIn = (chat: unknown): readonly string[] => {
  const fields = fieldsOf(chat) ?? {};
  return ["account_login", "last_addressed_handle"].flatMap((name) => textOf(fields[name]) ?? []).map((address) => address.replace(/^[EP]:/iu, ""));
};
