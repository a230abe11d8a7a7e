import { fieldsOf, listOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { SignalClient } from "./client.js";
import type { SignalConfig } from "./config.js";
import { isUnknownMethod, judgeSetback, UNLINKED, type Setback } from "./failures.js";
import type { Self } from "./target.js";

const ASK_MS = 30_000;

export const SEVERAL: Setback = { state: "needs-operator", trouble: "conflict", message: "signal-cli has several accounts: set channels.signal.account to the number that this one is, and restart the channel." };

/** Who the account is: from the configuration, from what signal-cli tells, and from what comes in. */
export class SignalAccount {
  readonly #config: SignalConfig;
  readonly #host: ChannelHost;
  readonly #client: SignalClient;
  #self: Self;

  constructor({ config, host, client }: { readonly config: SignalConfig; readonly host: ChannelHost; readonly client: SignalClient }) {
    this.#config = config;
    this.#host = host;
    this.#client = client;
    this.#self = configured(config);
  }

  get self(): Self {
    return this.#self;
  }

  /** Another phone may have been linked. */
  forget(): void {
    this.#self = configured(this.#config);
  }

  /** Asks signal-cli. What stands in the way, or nothing. */
  async find(cancel: AbortSignal): Promise<Setback | undefined> {
    const listed = await this.#client.rpc("listAccounts", {}, { timeoutMs: ASK_MS, cancel });
    // A daemon that was started with "-a" has one account and can't list it.
    if (listed.kind !== "ok") return isUnknownMethod(listed) ? undefined : judgeSetback(listed);
    const numbers = numbersIn(listed.result);
    const number = this.#config.account ?? (numbers.length === 1 ? numbers[0] : undefined);
    if (number === undefined) return numbers.length === 0 ? UNLINKED : SEVERAL;
    if (!numbers.includes(number)) return UNLINKED;
    const uuid = this.#self.uuid ?? (await this.#uuidOf(number, cancel));
    this.#self = { number, ...(uuid === undefined ? {} : { uuid }) };
    return undefined;
  }

  isMeant({ account }: Fields): boolean {
    return textOf(account) === undefined || this.#self.number === undefined || account === this.#self.number;
  }

  /** What an event shows of the account, where signal-cli did not answer. */
  learn({ account, envelope }: Fields): void {
    const { sourceNumber, sourceUuid, syncMessage } = fieldsOf(envelope) ?? {};
    const number = this.#self.number ?? textOf(account);
    const isOwn = syncMessage !== undefined || (number !== undefined && sourceNumber === number);
    const uuid = this.#self.uuid ?? (isOwn ? textOf(sourceUuid)?.toLowerCase() : undefined);
    if (uuid !== undefined && uuid !== this.#self.uuid && number !== undefined) void this.#remember(number, uuid);
    this.#self = { ...(number === undefined ? {} : { number }), ...(uuid === undefined ? {} : { uuid }) };
  }

  /** By which others mention the account. Signal is asked once: it counts such questions. */
  async #uuidOf(number: string, cancel: AbortSignal): Promise<string | undefined> {
    const known = await this.#host.recall(`uuid-${number}`).catch(() => undefined);
    if (known !== undefined) return known;
    const asked = await this.#client.rpc("getUserStatus", { account: number, recipient: [number] }, { timeoutMs: ASK_MS, cancel });
    const uuid = asked.kind === "ok" ? textOf(listOf(asked.result)[0]?.["uuid"])?.toLowerCase() : undefined;
    if (uuid !== undefined && !cancel.aborted) await this.#remember(number, uuid);
    return uuid;
  }

  async #remember(number: string, uuid: string): Promise<void> {
    await this.#host.remember(`uuid-${number}`, uuid).catch(() => undefined);
  }
}

const configured = ({ account, accountUuid }: SignalConfig): Self => ({ ...(account === undefined ? {} : { number: account }), ...(accountUuid === undefined ? {} : { uuid: accountUuid }) });

export const numbersIn = (accounts: unknown): readonly string[] => listOf(accounts).flatMap(({ number }) => textOf(number) ?? []);
