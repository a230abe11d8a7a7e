import { readSenderEntry } from "../../../domain/messaging/sender-id.js";
import type { Target } from "../../../domain/messaging/outbound.js";
import { jidOf } from "./identity.js";

const PREFIX = /^(?:whatsapp|group|user):/iu;

/** A number in any usual spelling, an id with `@s.whatsapp.net` or `@lid`, or a group's with `@g.us`; with `whatsapp:` before it or without. */
export function parseWhatsappTarget(text: string): Target | undefined {
  const bare = text.trim().replace(PREFIX, "").replace(PREFIX, "").trim();
  if (bare === "" || bare === "*") return undefined;
  const group = /^[0-9-]+@g\.us$/iu.test(bare) ? bare.toLowerCase() : undefined;
  const entry = group === undefined ? readSenderEntry("whatsapp", bare) : undefined;
  const chatId = group ?? (entry?.kind === "id" ? entry.id : undefined);
  return chatId === undefined || jidOf(chatId) === undefined ? undefined : { chatId };
}
