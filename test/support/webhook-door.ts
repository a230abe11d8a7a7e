import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Webhook } from "../../src/ports/channel.js";

/** A listener on this machine with nothing behind it but one channel's webhook. */
export interface WebhookDoor {
  readonly url: string;
  close(): Promise<void>;
}

export async function openWebhookDoor(webhook: Webhook): Promise<WebhookDoor> {
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (path !== webhook.path) return void response.writeHead(404).end();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? (value[0] ?? "") : (value ?? "")]));
    const { status, headers: told, body } = await webhook.handle({ method: request.method ?? "GET", headers, query, body: new Uint8Array(Buffer.concat(chunks)) });
    response.writeHead(status, told).end(body);
  };
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${webhook.path}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
