import type { IncomingMessage, ServerResponse } from "node:http";

/** Whoever calls sends its kilobytes at once; whoever drips them wants something else. */
const BODY_MS = 10_000;

/** Reads a body up to a cap, which holds while it arrives. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | "too-large" | "broken"> {
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

const SAFE = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

export function giveJson(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...SAFE, ...headers });
  response.end(JSON.stringify(body));
}

/** The value of the one header of this name; `undefined` where there is none, or more than one. */
export const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const values = request.headersDistinct[name] ?? [];
  return values.length === 1 ? values[0] : undefined;
};

/** A body that must be JSON, as the value it holds. */
export function parseJson(body: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as unknown };
  } catch {
    return undefined;
  }
}
