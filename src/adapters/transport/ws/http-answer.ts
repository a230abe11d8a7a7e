import { STATUS_CODES, type ServerResponse } from "node:http";

/** A short answer in place of what was asked for. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly isJson: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export const textAnswer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status,
  body,
  isJson: false,
  headers,
});

export const errorAnswer = (status: number, error: { message: string; type: string }): HttpAnswer => ({
  status,
  body: JSON.stringify({ error: { message: error.message, type: error.type } }),
  isJson: true,
});

/** Gives the answer on a socket that has no response object: a refused upgrade, or bytes that were no HTTP. */
export function renderAnswer(answer: HttpAnswer): string {
  const lines = Object.entries({ ...headersOf(answer), Connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? "Refused"}\r\n${lines.join("")}\r\n${answer.body}`;
}

export function giveAnswer(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, headersOf(answer));
  response.end(answer.body);
}

const headersOf = (answer: HttpAnswer): Record<string, string> => ({
  "Content-Type": answer.isJson ? "application/json; charset=utf-8" : "text/plain; charset=utf-8",
  "Content-Length": String(new TextEncoder().encode(answer.body).length),
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  ...answer.headers,
});
