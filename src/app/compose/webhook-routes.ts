import type { IncomingMessage, ServerResponse } from "node:http";
import { traceOf } from "../../domain/reason.js";
import type { Channel, Webhook, WebhookAnswer } from "../../ports/channel.js";
import type { Log } from "../../ports/log.js";
import { readBody } from "../http/body.js";
import { HEALTH_PATHS } from "./health-routes.js";

/** Where providers call a gateway's channels. */
export interface Webhooks {
  /** Each a whole path, without a query. Empty where no channel is called. */
  readonly paths: readonly string[];
  /**
   * Takes a request for one of the paths, and answers it; `false` for any other, which it leaves as it is. The body must
   * not have been read yet: a provider's signature is over its bytes.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Serves the paths at which providers call. The body is read up to the channel's cap before anybody looks at it. Throws where two want the same. */
export function createWebhooks(channels: readonly Channel[], log: Log): Webhooks & { replace(channels: readonly Channel[]): void } {
  let hooks = hooksOf(channels);
  const handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const hook = hooks.get(path);
    if (hook === undefined) return false;
    if (request.readableDidRead) {
      log.error("the body of a provider's call was read before it came to its channel; hand the request over before anything parses it", { path });
      give(response, { status: 500, body: "The body was read before it came here." });
      return true;
    }
    void serve(hook, request, query)
      .catch((error: unknown): WebhookAnswer => {
        log.error("a channel broke down over a call of its provider", { path, error: traceOf(error) });
        return { status: 500, body: "The gateway broke down over this call." };
      })
      .then((answer) => give(response, answer));
    return true;
  };
  return {
    get paths() {
      return [...hooks.keys()];
    },
    handle,
    replace(next) {
      hooks = hooksOf(next);
    },
  };
}

function hooksOf(channels: readonly Channel[]): ReadonlyMap<string, Webhook> {
  const hooks = new Map<string, Webhook>();
  for (const { webhook } of channels) {
    if (webhook === undefined) continue;
    if (hooks.has(webhook.path) || HEALTH_PATHS.includes(webhook.path)) throw new Error(`Something else is called at ${webhook.path} already; give each channel a path of its own.`);
    hooks.set(webhook.path, webhook);
  }
  return hooks;
}

async function serve(hook: Webhook, request: IncomingMessage, query: string): Promise<WebhookAnswer> {
  const body = await readBody(request, hook.maxBytes);
  if (body === "too-large") return { status: 413, body: "The body is too large.", headers: { Connection: "close" } };
  if (body === "broken") return { status: 400, body: "The body did not arrive.", headers: { Connection: "close" } };
  return hook.handle({ method: request.method ?? "GET", headers: headersOf(request), query, body });
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(request.headersDistinct).flatMap(([name, values]) => (values?.[0] === undefined ? [] : [[name, values[0]]])));

function give(response: ServerResponse, { status, headers, body = "" }: WebhookAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...headers });
  response.end(body);
}
