import type { ServerResponse } from "node:http";
import { COMMON_HEADERS, NOTE_POLICY } from "./policy.js";

export interface Note {
  readonly status: number;
  /** A whole sentence, ours: nothing of the request is repeated in it. */
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const notFound: Note = { status: 404, text: "There is nothing to show here." };
export const broken: Note = { status: 500, text: "The canvas could not be read. The gateway's log has the cause." };

/** Says in place of a page why there is none, on a screen that may have nobody near it but a person with a phone. */
export function giveNote(response: ServerResponse, { status, text, headers = {} }: Note): void {
  if (response.headersSent || response.destroyed) return;
  const page = render(text);
  response.writeHead(status, {
    ...COMMON_HEADERS,
    "Content-Security-Policy": NOTE_POLICY,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(page)),
    ...headers,
  });
  response.end(page);
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);

const render = (text: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Canvas</title>
<style>:root{color-scheme:light dark}body{display:grid;place-items:center;min-height:100vh;margin:0;font:1rem/1.5 system-ui,sans-serif}p{max-width:28rem;padding:1.5rem;text-wrap:pretty}</style>
<p>${escaped(text)}</p></html>
`;
