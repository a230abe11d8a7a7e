import { randomBytes } from "node:crypto";
import { request as requestHttp, type ClientRequest, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";

/** What came of asking a public URL once. Nothing in it is believed: it is shown, or compared with what was expected. */
export type PublicAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly body: string; readonly location?: string }
  /** The upgrade was accepted; `challenged` where a gateway spoke first, as gateways do. */
  | { readonly kind: "upgraded"; readonly challenged: boolean }
  | { readonly kind: "failed"; readonly code: string };

interface Question {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** PEM texts of authorities, beside those that everybody trusts. */
  readonly ca?: string;
}

const MAX_BYTES = 4_096;

/** Asks without any credential, over a connection of its own. */
export function ask({ url, headers = {}, timeoutMs, ca }: Question): Promise<PublicAnswer> {
  return new Promise((resolve) => {
    const options = { headers: { "User-Agent": "openclaw-doctor", ...headers }, agent: false, signal: AbortSignal.timeout(timeoutMs), ...(ca === undefined ? {} : { ca }) };
    const asked: ClientRequest = url.protocol === "https:" ? requestHttps(url, options) : requestHttp(url, options);
    asked.on("response", (response) => void readAnswer(response).then(resolve));
    asked.on("upgrade", (_response, socket: Socket, head: Buffer) => hearFirst(socket, { head, timeoutMs }, (challenged) => resolve({ kind: "upgraded", challenged })));
    asked.on("error", (error: NodeJS.ErrnoException) => resolve({ kind: "failed", code: error.name === "TimeoutError" || error.name === "AbortError" ? "TIMEOUT" : (error.code ?? "unknown") }));
    asked.end();
  });
}

/** Asks for a WebSocket, hears the first words on it, and hangs up. */
export const askForUpgrade = ({ headers = {}, ...question }: Question): Promise<PublicAnswer> =>
  ask({ ...question, headers: { ...headers, Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": randomBytes(16).toString("base64") } });

async function readAnswer(response: IncomingMessage): Promise<PublicAnswer> {
  let body = "";
  try {
    for await (const part of response.setEncoding("utf8")) {
      body += String(part);
      if (body.length > MAX_BYTES) break;
    }
  } catch {
    // A body that breaks off says as much as one that is complete.
  }
  const { location } = response.headers;
  return { kind: "answered", status: response.statusCode ?? 0, body: body.slice(0, MAX_BYTES), ...(location === undefined ? {} : { location }) };
}

function hearFirst(socket: Socket, { head, timeoutMs }: { readonly head: Buffer; readonly timeoutMs: number }, tell: (challenged: boolean) => void): void {
  let heard = head.toString("latin1");
  const end = (): void => {
    tell(heard.includes("connect.challenge"));
    socket.destroy();
  };
  socket.setTimeout(timeoutMs, end);
  socket.on("error", end);
  socket.on("close", end);
  socket.on("data", (part) => {
    heard += part.toString("latin1");
    if (heard.includes("connect.challenge") || heard.length > MAX_BYTES) end();
  });
  if (heard.includes("connect.challenge")) end();
}
