import { createHmac, timingSafeEqual } from "node:crypto";
import { after, type EpochMs } from "../../../domain/moment.js";
import type { WebhookAnswer, WebhookRequest } from "../../../ports/channel.js";
import { parseFields, textOf } from "./fields.js";
import type { Told } from "./translate.js";

export const MAX_WEBHOOK_BYTES = 1_048_576;
const WINDOW_MS = 300_000;
const SIGNATURE = /^v0=[0-9a-f]{64}$/u;
const SECONDS = /^[1-9]\d{8,10}$/u;

/** `wrong`: not from Slack, or changed on its way. `stale`: signed for another time. */
export type SignatureVerdict = "valid" | "missing" | "wrong" | "stale";

/** Whether Slack signed these very bytes, no more than five minutes from now. An exact repeat is valid: Slack repeats itself too, and keys tell. */
export function judgeSignature({ headers, body }: Pick<WebhookRequest, "headers" | "body">, secret: string, now: EpochMs): SignatureVerdict {
  const signature = headers["x-slack-signature"];
  const seconds = headers["x-slack-request-timestamp"];
  if (secret === "" || signature === undefined || seconds === undefined) return "missing";
  // One spelling only: whatever decodes to the same bytes but is written otherwise did not come from Slack.
  if (!SIGNATURE.test(signature) || !SECONDS.test(seconds)) return "wrong";
  const expected = `v0=${createHmac("sha256", secret).update(`v0:${seconds}:`).update(body).digest("hex")}`;
  if (!timingSafeEqual(new TextEncoder().encode(expected), new TextEncoder().encode(signature))) return "wrong";
  const signedAt = Number(seconds) * 1_000;
  return signedAt < after(now, -WINDOW_MS) || signedAt > after(now, WINDOW_MS) ? "stale" : "valid";
}

export type WebhookContent = { readonly kind: "told"; readonly told: Told } | { readonly kind: "challenge"; readonly challenge: string } | { readonly kind: "ping" } | { readonly kind: "unreadable" };

/** Events come as JSON, commands as a form, presses as JSON in a field of a form. */
export function readWebhookBody({ headers, body }: Pick<WebhookRequest, "headers" | "body">): WebhookContent {
  const text = new TextDecoder().decode(body);
  if (/^application\/x-www-form-urlencoded\b/iu.test(headers["content-type"] ?? "")) return readForm(new URLSearchParams(text));
  const fields = parseFields(text);
  if (fields === undefined) return { kind: "unreadable" };
  if (fields["type"] !== "url_verification") return { kind: "told", told: { kind: "event", body: fields } };
  const challenge = textOf(fields["challenge"]);
  return challenge === undefined ? { kind: "unreadable" } : { kind: "challenge", challenge };
}

function readForm(form: URLSearchParams): WebhookContent {
  if (form.get("ssl_check") === "1") return { kind: "ping" };
  const payload = form.get("payload");
  if (payload === null) return form.has("command") ? { kind: "told", told: { kind: "command", body: Object.fromEntries(form) } } : { kind: "unreadable" };
  const fields = parseFields(payload);
  return fields === undefined ? { kind: "unreadable" } : { kind: "told", told: { kind: "interactive", body: fields } };
}

export interface WebhookDesk {
  readonly secret: string;
  /** `undefined` while the account is not there to hear. */
  now(): EpochMs | undefined;
  /** Whether it was kept, or need not be. */
  told(told: Told): Promise<boolean>;
}

/** Answers one request of Slack's: 200 once it is kept. To any other answer Slack sends it again, soon and twice more later. */
export async function answerWebhook(request: WebhookRequest, { secret, now, told }: WebhookDesk): Promise<WebhookAnswer> {
  if (request.method !== "POST") return { status: 405, headers: { allow: "POST" } };
  if (request.body.length > MAX_WEBHOOK_BYTES) return { status: 413 };
  const moment = now();
  if (moment === undefined) return { status: 503 };
  const verdict = judgeSignature(request, secret, moment);
  if (verdict !== "valid") return { status: 401, headers: { "content-type": "text/plain; charset=utf-8" }, body: `The request's signature is ${verdict}.` };
  const content = readWebhookBody(request);
  switch (content.kind) {
    case "unreadable": return { status: 400 };
    case "ping": return { status: 200 };
    case "challenge": return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: content.challenge };
    case "told": return { status: (await told(content.told)) ? 200 : 503 };
  }
}
