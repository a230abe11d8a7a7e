import { createHash, timingSafeEqual } from "node:crypto";
import type { Webhook, WebhookAnswer, WebhookRequest } from "../../../ports/channel.js";
import type { TelegramConfig } from "./config.js";

/** Telegram keeps no update larger than half of it. */
const MAX_BYTES = 1_048_576;
const HEADER = "x-telegram-bot-api-secret-token";

/**
 * Where Telegram delivers updates. `receive` says whether the update is stored (`false`: nobody is there yet who could
 * read it) and rejects where it can't be. Telegram comes again with whatever is not answered with 200.
 */
export function createWebhook({ path, secret }: NonNullable<TelegramConfig["webhook"]>, receive: (update: unknown) => Promise<boolean>): Webhook {
  const expected = digest(secret);
  const handle = async ({ method, headers, body }: WebhookRequest): Promise<WebhookAnswer> => {
    if (method !== "POST") return { status: 405, headers: { allow: "POST" } };
    // Digests are of one length, whatever was sent.
    if (!timingSafeEqual(digest(headers[HEADER] ?? ""), expected)) return { status: 401 };
    if (body.length > MAX_BYTES) return { status: 413 };
    const update = parse(body);
    if (update === undefined) return { status: 400 };
    return receive(update).then((isStored) => ({ status: isStored ? 200 : 503 }), () => ({ status: 500 }));
  };
  return { path, maxBytes: MAX_BYTES, handle };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    return undefined;
  }
}
