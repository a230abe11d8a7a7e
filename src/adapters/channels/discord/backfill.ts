import type { Cancel } from "../../../ports/cancel.js";
import type { DiscordApi } from "./client.js";
import { idOf, isNewer, listOf, type Fields } from "./fields.js";

const PAGE = 100;
const MAX_PAGES = 10;

export type Missed =
  /** Oldest first. `isCut` where there is more than is fetched at once. */
  | { readonly kind: "messages"; readonly messages: readonly Fields[]; readonly isCut: boolean }
  | { readonly kind: "later"; readonly retryAfterMs: number }
  /** The channel is no longer shown to the bot. */
  | { readonly kind: "gone" };

/** What was said in a channel after a message. */
export async function fetchMissed(api: DiscordApi, { channelId, after }: { readonly channelId: string; readonly after: string }, cancel: Cancel): Promise<Missed> {
  const messages: Fields[] = [];
  let last = after;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const outcome = await api.call({ method: "GET", route: `/channels/${channelId}/messages`, query: { after: last, limit: String(PAGE) } }, { cancel });
    if (outcome.kind === "limited") return { kind: "later", retryAfterMs: outcome.retryAfterMs };
    if (outcome.kind === "answered" && outcome.status < 500 && outcome.status !== 401) return { kind: "gone" };
    if (outcome.kind !== "ok") return { kind: "later", retryAfterMs: 0 };
    const found = listOf(outcome.result).filter((message) => isNewer(idOf(message["id"]) ?? "0", last)).toSorted(byAge);
    messages.push(...found);
    last = idOf(found.at(-1)?.["id"]) ?? last;
    if (found.length < PAGE) return { kind: "messages", messages, isCut: false };
  }
  return { kind: "messages", messages, isCut: true };
}

const byAge = (one: Fields, other: Fields): number => (isNewer(idOf(one["id"]) ?? "0", idOf(other["id"]) ?? "0") ? 1 : -1);
