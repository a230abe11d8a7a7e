import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import type { Log } from "../../../ports/log.js";
import { NO_BRIDGE, readCapabilities, type Capabilities } from "./capabilities.js";
import type { ImsgClient } from "./client.js";
import type { IMessageConfig } from "./config.js";
import type { Cursor } from "./cursor.js";
import { CODES, isDiskDenial, judgeSetback, NO_ACCESS, UNSTORED, type CallFailure, type Setback } from "./failures.js";
import { countOf, fieldsOf, handleOf, listOf, textOf, type Fields } from "./fields.js";
import { ownAddressesIn, type OwnMemory } from "./own-memory.js";

/** One running imsg, and what is to be told of it. */
export interface Session {
  readonly client: ImsgClient;
  readonly config: IMessageConfig;
  readonly cursor: Cursor;
  readonly own: OwnMemory;
  readonly log: Log;
  readonly clock: Clock;
  /** Aborted as soon as it ends. */
  readonly over: Cancel;
}

export interface Beat {
  readonly bridge: Capabilities;
  /** The newest message of the chat in which something was said last; 0 where nothing was ever said. */
  readonly newest?: number;
}

const CALL_MS = 60_000;

/** Asks what this imsg can do, and finds where to begin. */
export async function greet(session: Session): Promise<Beat | Setback> {
  const beat = await heartbeat(session);
  if ("state" in beat) return beat;
  const { newest } = beat;
  const { cursor, log, clock } = session;
  if (newest === undefined) return beat;
  if (cursor.rowid === undefined) cursor.advance(newest, clock.now());
  else if (newest < cursor.rowid) {
    // To wait for the old number would be to hear nothing. What is told once more is recognised.
    log.warn("Messages' database ends before what was taken over last; it may be another one, and is read from its end.", { at: cursor.rowid, newest });
    cursor.reset(newest);
  }
  // Without it, a restart would begin at the end once more, behind what came meanwhile.
  return cursor.save().then(() => beat, () => UNSTORED);
}

/** Whether imsg can read Messages, now. */
export async function heartbeat({ client, own }: Pick<Session, "client" | "own">): Promise<Beat | Setback> {
  const status = await client.call({ method: "status", params: {} }, { timeoutMs: CALL_MS });
  // Versions before it show only by their other answers whether they work.
  const isOld = status.kind === "answered" && status.code === CODES.methodNotFound;
  if (status.kind !== "ok" && !isOld) return judgeSetback(status, client.complaint);
  const setback = status.kind === "ok" ? judgeDatabase(fieldsOf(status.result["database"])) : undefined;
  if (setback !== undefined) return setback;
  const newest = await newestRow(client, own);
  if (typeof newest === "object") return judgeSetback(newest, client.complaint);
  return { bridge: status.kind === "ok" ? readCapabilities(status.result) : NO_BRIDGE, ...(newest === undefined ? {} : { newest }) };
}

function judgeDatabase(database: Fields | undefined): Setback | undefined {
  if (database?.["ready"] !== false) return undefined;
  const error = textOf(database["error"]) ?? "";
  return isDiskDenial(error) ? NO_ACCESS : judgeSetback({ kind: "answered", code: CODES.noDatabase, message: error, data: {} });
}

async function newestRow(client: ImsgClient, own: OwnMemory): Promise<number | undefined | CallFailure> {
  const listed = await client.call({ method: "chats.list", params: { limit: 1 } }, { timeoutMs: CALL_MS });
  if (listed.kind !== "ok") return listed;
  const chats = listOf(listed.result["chats"]);
  if (Array.isArray(listed.result["chats"]) && chats.length === 0) return 0;
  const [chat] = chats;
  const number = countOf(chat?.["id"]);
  for (const address of ownAddressesIn(chat)) own.echo.noteOwnAddress(handleOf(address));
  if (number === undefined) return undefined;
  const told = await client.call({ method: "messages.history", params: { chat_id: number, limit: 1 } }, { timeoutMs: CALL_MS });
  if (told.kind !== "ok") return told;
  return countOf(listOf(told.result["messages"])[0]?.["id"]);
}

/** From now on imsg tells of every message behind the cursor. */
export async function startWatch({ client, config, cursor }: Session): Promise<Setback | undefined> {
  const { rowid } = cursor;
  // To imsg, 0 is the end of the database, and what is below is its beginning.
  const since = rowid === undefined ? {} : { since_rowid: rowid === 0 ? -1 : rowid };
  const outcome = await client.call({ method: "watch.subscribe", params: { ...since, attachments: config.includeAttachments, include_reactions: true } }, { timeoutMs: CALL_MS });
  return outcome.kind === "ok" ? undefined : judgeSetback(outcome, client.complaint);
}
