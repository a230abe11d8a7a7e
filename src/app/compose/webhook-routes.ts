import type { IncomingMessage, ServerResponse } from "node:http";
import type { Channel, Webhook, WebhookAnswer } from "../../ports/channel.js";
import type { Log } from "../../ports/log.js";

/** A provider sends its few kilobytes at once; whoever drips them is none. */
const BODY_MS = 10_000;

/** Serves the paths at which providers call. The body is read up to the channel's cap before anybody looks at it. */
export function webhookRoutes(channels: readonly Channel[], log: Log): (request: IncomingMessage, response: ServerResponse) => boolean {
  const hooks = new Map(channels.flatMap(({ webhook }): [string, Webhook][] => (webhook === undefined ? [] : [[webhook.path, webhook]])));
  return (request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const hook = hooks.get(path);
    if (hook === undefined) return false;
    void serve(hook, request, query)
      .catch((error: unknown): WebhookAnswer => {
        log.error("a channel broke down over a call of its provider", { path, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
        return { status: 500, body: "The gateway broke down over this call." };
      })
      .then((answer) => give(response, answer));
    return true;
  };
}

async function serve(hook: Webhook, request: IncomingMessage, query: string): Promise<WebhookAnswer> {
  const body = await readBody(request, hook.maxBytes);
  if (body === "too-large") return { status: 413, body: "The body is too large.", headers: { Connection: "close" } };
  if (body === "broken") return { status: 400, body: "The body did not arrive.", headers: { Connection: "close" } };
  return hook.handle({ method: request.method ?? "GET", headers: headersOf(request), query, body });
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | "too-large" | "broken"> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return "too-large";
  const late = setTimeout(() => request.destroy(), BODY_MS);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) return "too-large";
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch {
    return "broken";
  } finally {
    clearTimeout(late);
  }
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headersDistinct).flatMap(([name, values]) => (values?.[0] === undefined ? [] : [[name, values[0]]])));

function give(response: ServerResponse, { status, headers, body = "" }: WebhookAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...headers });
  response.end(body);
}
