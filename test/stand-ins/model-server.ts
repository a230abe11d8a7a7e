import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

export type ModelReply =
  /** A whole answer. `hold` delays its end (not its words) until it resolves, `pace` each of its words. */
  | { readonly kind: "text"; readonly words: readonly string[]; readonly thinking?: readonly string[]; readonly finish?: string; readonly hold?: Promise<void>; readonly pace?: () => Promise<unknown> }
  | { readonly kind: "tools"; readonly calls: readonly ToolUse[]; readonly words?: readonly string[] }
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** Some words, then the socket is cut. */
  | { readonly kind: "cut"; readonly words: readonly string[] }
  /** Some words, then a proper end of the response that lacks the end of the answer. */
  | { readonly kind: "truncate"; readonly words: readonly string[] }
  /** Some words, then nothing until the client hangs up. */
  | { readonly kind: "stall"; readonly words: readonly string[] }
  /** Not even headers. */
  | { readonly kind: "silent" }
  /** An error event after some words. */
  | { readonly kind: "stream-error"; readonly words: readonly string[]; readonly error: unknown }
  | { readonly kind: "raw"; readonly chunks: readonly string[]; readonly contentType?: string };

export interface ModelRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** The client closed the connection before the answer was complete. */
  readonly hungUp: boolean;
  /** Resolves when the answer has ended, in whatever way. */
  readonly closed: Promise<void>;
}

export interface ModelServer {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Queues replies, one per request; a function makes its reply from the request. With none left it answers 500. */
  script(...replies: (ModelReply | ((request: ModelRequest) => ModelReply))[]): void;
  /** Resolves when request number `index` (from 0) has come. */
  arrived(index: number): Promise<ModelRequest>;
  close(): Promise<void>;
}

/** How an API puts an answer on the wire: each function yields whole server-sent events. */
export interface Wire {
  readonly basePath: string;
  readonly path: string;
  begin(request: ModelRequest): string;
  thinking(text: string): string;
  text(delta: string): string;
  tool(call: ToolUse, index: number): string;
  end(finish: string | undefined, hasTools: boolean): string;
  error(error: unknown): string;
}

export const startModelServer = async (newWire: () => Wire): Promise<ModelServer> => {
  const queue: (ModelReply | ((request: ModelRequest) => ModelReply))[] = [];
  const requests: ModelRequest[] = [];
  const awaited: { index: number; resolve: (request: ModelRequest) => void }[] = [];
  const { basePath, path } = newWire();

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await receive(incoming, response);
    requests.push(request);
    for (const waiter of awaited.filter((one) => one.index === requests.length - 1)) waiter.resolve(request);
    const scripted = request.path === `${basePath}${path}`
      ? (queue.shift() ?? { kind: "status", status: 500, body: { error: { message: "Nothing is scripted for this request." } } } as const)
      : ({ kind: "status", status: 404, body: { error: { message: "Not found." } } } as const);
    await reply(response, typeof scripted === "function" ? scripted(request) : scripted, { wire: newWire(), request });
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => { response.destroy(); });
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`,
    requests,
    script: (...replies) => { queue.push(...replies); },
    arrived: (index) => {
      const request = requests[index];
      return request === undefined ? new Promise((resolve) => { awaited.push({ index, resolve }); }) : Promise.resolve(request);
    },
    close: () => new Promise((resolve, reject) => {
      server.close((error) => { if (error) reject(error); else resolve(); });
      server.closeAllConnections();
    }),
  };
};

const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<ModelRequest> => {
  let hungUp = false;
  const closed = new Promise<void>((resolve) => {
    response.once("close", () => {
      hungUp = !response.writableFinished;
      resolve();
    });
  });
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    path: incoming.url ?? "",
    headers: incoming.headers,
    body: JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as Record<string, unknown>,
    get hungUp() { return hungUp; },
    closed,
  };
};

const reply = async (response: ServerResponse, given: ModelReply, { wire, request }: { wire: Wire; request: ModelRequest }): Promise<void> => {
  if (given.kind === "silent") return;
  if (given.kind === "status") {
    response.writeHead(given.status, { "content-type": "application/json", ...given.headers });
    response.end(typeof given.body === "string" ? given.body : JSON.stringify(given.body ?? {}));
    return;
  }
  response.writeHead(200, { "content-type": given.kind === "raw" ? (given.contentType ?? "text/event-stream") : "text/event-stream" });
  if (given.kind === "raw") {
    for (const chunk of given.chunks) response.write(chunk);
    response.end();
    return;
  }
  const say = (text: string): Promise<void> => new Promise((resolve) => { response.write(text, () => { resolve(); }); });
  await say(wire.begin(request));
  if (given.kind === "text") for (const thought of given.thinking ?? []) await say(wire.thinking(thought));
  for (const word of given.words ?? []) {
    if (given.kind === "text") await given.pace?.();
    await say(wire.text(word));
  }
  switch (given.kind) {
    case "stall": return;
    case "cut": response.destroy(); return;
    case "truncate": response.end(); return;
    case "stream-error": response.end(wire.error(given.error)); return;
    case "tools":
      for (const [index, call] of given.calls.entries()) await say(wire.tool(call, index));
      response.end(wire.end(undefined, true));
      return;
    case "text":
      await given.hold;
      response.end(wire.end(given.finish, false));
  }
};
