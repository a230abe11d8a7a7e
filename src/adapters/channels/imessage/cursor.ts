import { after, epochMs, type EpochMs } from "../../../domain/moment.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { IMessageConfig } from "./config.js";
import { countOf, parseFields } from "./fields.js";

const NAME = "cursor";
/** How much later than others a message may come. What is older still was fetched from iCloud, and said to somebody else. */
const LATE_MS = 86_400_000;

/** Up to which row of which database everything was taken over. Its rows are numbered upwards, and no number comes twice. */
export class Cursor {
  readonly #host: ChannelHost;
  readonly #database: string;
  #rowid: number | undefined;
  #written: number | undefined;
  #newestAt: EpochMs | undefined;
  #forgiven: number | undefined;

  constructor(host: ChannelHost, { dbPath = "", remoteHost = "" }: IMessageConfig) {
    this.#host = host;
    this.#database = `${remoteHost}:${dbPath}`;
  }

  get rowid(): number | undefined {
    return this.#rowid;
  }

  /** Rejects where it can't be read: to begin at the end of the database would lose what came meanwhile. */
  async load(): Promise<void> {
    const { rowid, database, newestAt } = parseFields((await this.#host.recall(NAME)) ?? "{}") ?? {};
    const moment = countOf(newestAt);
    this.#newestAt = moment === undefined ? undefined : epochMs(moment);
    // The rows of another database have other numbers.
    this.#rowid = database === this.#database ? countOf(rowid) : undefined;
    this.#written = this.#rowid;
  }

  /** @param saidAt of the row that was taken over there */
  advance(rowid: number, saidAt: EpochMs): void {
    if (this.#rowid === undefined || rowid > this.#rowid) this.#rowid = rowid;
    // A clock that is wrong somewhere must not make everything else old.
    if (saidAt <= this.#host.clock.now() && saidAt > (this.#newestAt ?? 0)) this.#newestAt = saidAt;
  }

  /** The database has fewer rows than were taken over: it is another one, or lost its newest. */
  reset(rowid: number): void {
    this.#rowid = rowid;
  }

  /** Whether something was said long before what was taken over already: Messages fetches old conversations as new rows. */
  isHistory(saidAt: EpochMs): boolean {
    const { clock } = this.#host;
    return this.#newestAt !== undefined && saidAt < after(epochMs(Math.min(this.#newestAt, clock.now())), -LATE_MS);
  }

  /** A row was asked for once more. Should it not be told then either, it never is, and nobody waits for it. */
  forgive(rowid: number | undefined): void {
    this.#forgiven = rowid;
  }

  isForgiven(rowid: number | undefined): boolean {
    return rowid === this.#forgiven;
  }

  async save(): Promise<void> {
    const rowid = this.#rowid;
    if (rowid === undefined || rowid === this.#written) return;
    await this.#host.remember(NAME, JSON.stringify({ rowid, database: this.#database, newestAt: this.#newestAt }));
    this.#written = rowid;
  }
}
