import { invalidRequest, type ErrorShape } from "../../domain/protocol/errors.js";
import type { AgentTurn } from "../../ports/agent-runtime.js";

const MAX_ATTACHMENT_BYTES = 5_000_000;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

interface Offered {
  readonly type?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly fileName?: string | undefined;
  readonly content?: string | undefined;
}

type Read = { readonly kind: "read"; readonly attachments: AgentTurn["attachments"] } | { readonly kind: "refused"; readonly error: ErrorShape };

/** Files beside a message: base64, at most 5 MB each. A `data:` prefix, which browsers produce, is taken off. */
export function readAttachments(method: string, offered: readonly Offered[] = []): Read {
  const attachments: { mimeType: string; fileName?: string; base64: string }[] = [];
  for (const [index, item] of offered.entries()) {
    const refuse = (problem: string): Read => ({ kind: "refused", error: invalidRequest(`invalid ${method} params: at /attachments/${index}: ${problem}`) });
    const [, dataType, body] = /^data:([^;,]+);base64,([\s\S]*)$/.exec(item.content ?? "") ?? [undefined, undefined, item.content];
    const base64 = body?.replaceAll(/\s/g, "");
    if (base64 === undefined || base64 === "") return refuse("content is missing");
    if (!BASE64.test(base64) || base64.length % 4 === 1) return refuse("content must be base64");
    if (base64.length * 0.75 > MAX_ATTACHMENT_BYTES) return refuse("content is larger than 5 MB");
    attachments.push({
      mimeType: item.mimeType ?? dataType ?? "application/octet-stream",
      base64,
      ...(item.fileName === undefined ? {} : { fileName: item.fileName }),
    });
  }
  return { kind: "read", attachments };
}
