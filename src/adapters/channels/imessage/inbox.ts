import type { ChannelHost } from "../../../ports/channel.js";
import type { IMessageConfig } from "./config.js";
import type { Cursor } from "./cursor.js";
import { isPair, type Heard } from "./echo-memory.js";
import type { OwnMemory } from "./own-memory.js";
import { addressesOf, fileNamesOf, parseRow, type Row } from "./row.js";
import { translateRow } from "./translate.js";

export interface InboxParts {
  readonly host: ChannelHost;
  readonly config: IMessageConfig;
  readonly own: OwnMemory;
  readonly cursor: Cursor;
  /** The newest rows of a chat; `undefined` where imsg does not answer. */
  readonly history: (chatNumber: number) => Promise<readonly unknown[] | undefined>;
  /** All behind the cursor has to be told again. */
  readonly onStuck: (why: Stuck) => void;
}

/** Something could not be stored; more came than is held; imsg does not answer. */
export type Stuck = "unstored" | "overfull" | "unanswered";

const MAX_WAITING = 1_000;
const MAX_KNOWN_CHATS = 1_000;

/** Takes over what Messages tells, one row after the other, and moves the cursor behind what is stored. */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #waiting: unknown[] = [];
  /** Direct chats that are certainly none of the account with itself. */
  readonly #othersChats = new Set<number>();
  #working: Promise<void> | undefined;
  #isOverfull = false;
  #isClosed = false;
  #why: Stuck = "unstored";

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  push(message: unknown): void {
    if (this.#isClosed || this.#isOverfull) return;
    if (this.#waiting.length >= MAX_WAITING) this.#isOverfull = true;
    else this.#waiting.push(message);
    this.#working ??= this.#work();
  }

  /** Takes over nothing more. Resolves when what was under way is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.length = 0;
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.splice(0);
        await this.#takeAll(batch);
      }
      if (this.#isOverfull && !this.#isClosed) this.#stick("overfull");
    } catch {
      this.#stick(this.#why);
    } finally {
      this.#working = undefined;
    }
  }

  async #takeAll(batch: readonly unknown[]): Promise<void> {
    const { host, cursor, own } = this.#parts;
    try {
      for (const message of batch) {
        if (this.#isClosed) return;
        const row = parseRow(message, host.clock.now());
        if (row === undefined) continue;
        await this.#take(row);
        cursor.advance(row.cursor ?? row.rowid, row.createdAt);
      }
    } finally {
      // What was stored before something could not be is not to come again.
      await cursor.save();
      await own.save();
    }
  }

  async #take(row: Row): Promise<void> {
    const { host, config, own, cursor } = this.#parts;
    if ((await this.#whose(row)) !== "theirs" || cursor.isHistory(row.createdAt)) return;
    const envelope = translateRow(row, { accountId: config.accountId, includesMedia: config.includeAttachments, isOwn: (guid) => own.echo.isOwn(guid) });
    if (envelope !== undefined && !this.#isClosed) await host.accept(envelope);
  }

  async #whose(row: Row): Promise<"echo" | "own" | "theirs"> {
    const { host, own } = this.#parts;
    const heard = heardIn(row);
    for (;;) {
      const whose = own.echo.judge(heard, host.clock.now());
      if (typeof whose === "string") return whose === "theirs" && (await this.#isToSelf(row, heard)) ? "own" : whose;
      await whose.settled;
    }
  }

  /**
   * Whether a chat that was not heard from before is the account's with itself, where every message makes two rows, and
   * the second would get a pairing code. Asked once: in any other chat, somebody may well repeat at once what was said.
   */
  async #isToSelf(row: Row, heard: Heard): Promise<boolean> {
    const number = row.place?.number;
    if (number === undefined || !heard.isDirect || heard.ownAddress !== undefined || this.#othersChats.has(number)) return false;
    const history = await this.#parts.history(number);
    if (history === undefined) {
      this.#why = "unanswered";
      throw new Error("imsg did not answer.");
    }
    const rows = history.flatMap((one) => parseRow(one, this.#parts.host.clock.now()) ?? []);
    const said = rows.filter(({ isFromMe }) => isFromMe).map((one) => heardIn(one));
    const came = [heard, ...rows.filter(({ isFromMe }) => !isFromMe).map((one) => heardIn(one))];
    const isSelf = said.some(({ ownAddress }) => ownAddress === heard.sender) || came.every((one) => said.some((own) => isPair(own, one)));
    if (!isSelf) {
      if (this.#othersChats.size >= MAX_KNOWN_CHATS) this.#othersChats.clear();
      this.#othersChats.add(number);
    }
    return isSelf;
  }

  #stick(why: Stuck): void {
    this.#waiting.length = 0;
    if (!this.#isClosed) this.#parts.onStuck(why);
    this.#isClosed = true;
  }
}

const heardIn = (row: Row): Heard => ({
  guid: row.guid,
  addresses: addressesOf(row),
  isDirect: row.place?.isGroup === false,
  isFromMe: row.isFromMe,
  sender: row.sender,
  text: row.text,
  fileNames: fileNamesOf(row),
  createdAt: row.createdAt,
  ...(row.ownAddress === undefined ? {} : { ownAddress: row.ownAddress }),
});
