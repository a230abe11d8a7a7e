import type { ChannelHost } from "../../../ports/channel.js";
import type { IMessageConfig } from "./config.js";
import { countOf, parseFields } from "./fields.js";

const NAME = "cursor";

/** Up to which row of which database everything was taken over. Its rows are numbered upwards, and no number comes twice. */
export class Cursor {
  readonly #host: ChannelHost;
  readonly #database: string;
  #rowid: number | undefined;
  #written: number | undefined;
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
    const { rowid, database } = parseFields((await this.#host.recall(NAME)) ?? "{}") ?? {};
    // The rows of another database have other numbers.
    this.#rowid = database === this.#database ? countOf(rowid) : undefined;
    this.#written = this.#rowid;
  }

  advance(rowid: number): void {
    if (this.#rowid === undefined || rowid > this.#rowid) this.#rowid = rowid;
  }

  /** The database has fewer rows than were taken over: it is another one, or lost its newest. */
  reset(rowid: number): void {
    this.#rowid = rowid;
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
    await this.#host.remember(NAME, JSON.stringify({ rowid, database: this.#database }));
    this.#written = rowid;
  }
}
