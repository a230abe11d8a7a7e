import type { Cancel } from "../../../ports/cancel.js";
import type { TelegramClient } from "./client.js";
import { judgeSetback, UNREADABLE, UNSTORED, type Setback } from "./failures.js";
import { countOf, fieldsOf } from "./fields.js";

export interface PollerParts {
  readonly client: TelegramClient;
  /** Resolved, everything that the update tells is on disk. Rejects once the channel is being stopped. */
  readonly receive: (update: unknown) => Promise<void>;
  readonly recallOffset: () => Promise<string | undefined>;
  readonly rememberOffset: (offset: string) => Promise<void>;
  /** An answer came. */
  readonly heard: () => void;
  /** An answer came and is stored. */
  readonly live: () => void;
}

/** What Telegram is to tell. It keeps to itself whatever is not named, reactions among it. */
export const ALLOWED_UPDATES = ["message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "message_reaction", "my_chat_member"] as const;

const POLL_SECONDS = 30;
const GRACE_MS = 15_000;
const BATCH = 100;

/** Asks for updates until it is cancelled or something stands in the way, which it returns. Telegram forgets what is below the offset. */
export async function pollUpdates(parts: PollerParts, cancel: Cancel): Promise<Setback | undefined> {
  let offset = await recallOffset(parts);
  if (offset === "unknown") return UNSTORED;
  // The first answer comes at once, and shows that the way in works.
  let seconds = 0;
  while (!cancel.aborted) {
    const outcome = await parts.client.poll(
      { ...(offset === undefined ? {} : { offset }), timeout: seconds, limit: BATCH, allowed_updates: ALLOWED_UPDATES },
      { timeoutMs: seconds * 1_000 + GRACE_MS, cancel },
    );
    if (cancel.aborted) return undefined;
    if (outcome.kind !== "ok") return judgeSetback(outcome);
    if (!Array.isArray(outcome.result)) return UNREADABLE;
    parts.heard();
    const taken = await takeBatch(outcome.result, parts);
    if (taken.kind === "unreadable") return UNREADABLE;
    offset = taken.offset ?? offset;
    if (taken.kind === "unstored") return UNSTORED;
    parts.live();
    seconds = POLL_SECONDS;
  }
  return undefined;
}

interface Taken {
  readonly kind: "stored" | "unstored" | "unreadable";
  /** Where to go on: behind the last update that was stored. Ids begin anew, and lower, after a week without any. */
  readonly offset?: number;
}

async function takeBatch(updates: readonly unknown[], parts: PollerParts): Promise<Taken> {
  let offset: number | undefined;
  let isStored = true;
  for (const update of updates) {
    const id = countOf(fieldsOf(update)?.["update_id"]);
    if (id === undefined) continue;
    isStored = await parts.receive(update).then(() => true, () => false);
    if (!isStored) break;
    offset = id + 1;
  }
  if (offset === undefined) return { kind: isStored ? (updates.length === 0 ? "stored" : "unreadable") : "unstored" };
  const isRemembered = await parts.rememberOffset(String(offset)).then(() => true, () => false);
  return { kind: isStored && isRemembered ? "stored" : "unstored", offset };
}

async function recallOffset(parts: PollerParts): Promise<number | undefined | "unknown"> {
  try {
    const text = await parts.recallOffset();
    return text === undefined || !/^-?[0-9]{1,15}$/u.test(text) ? undefined : Number(text);
  } catch {
    return "unknown";
  }
}
