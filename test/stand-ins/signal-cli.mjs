#!/usr/bin/env node
// signal-cli as the gateway starts it: `--config DIR daemon --http HOST:PORT --receive-mode on-connection …`. What it is
// to do lies in DIR: `accounts.json` (its numbers), `refuse` (words it ends with at once). It writes down its starts.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";

const after = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const folder = after("--config") ?? ".";
appendFileSync(join(folder, "starts.log"), `${JSON.stringify({ pid: process.pid, args: process.argv.slice(2), env: Object.keys(process.env) })}\n`);
const refusal = join(folder, "refuse");
if (existsSync(refusal)) {
  process.stderr.write(`${readFileSync(refusal, "utf8")}\n`);
  process.exit(1);
}
if (!process.argv.includes("daemon") || after("--receive-mode") !== "on-connection") process.exit(2);
const [, host, port] = /^(.*):(\d+)$/.exec(after("--http") ?? "") ?? [];
const accounts = JSON.parse(readFileSync(join(folder, "accounts.json"), "utf8"));

const run = (method, params) => {
  if (method === "listAccounts") return accounts.map((number) => ({ number }));
  if (method === "getUserStatus") return params.recipient.map((number) => ({ recipient: number, number, uuid: "00000001-aaaa-4bbb-8ccc-000000000001", isRegistered: true }));
  if (method === "send" && params.message === "die") process.exit(3);
  return { timestamp: Date.now(), results: [] };
};

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://daemon");
  if (pathname === "/api/v1/check") return void response.writeHead(200).end();
  if (pathname === "/api/v1/events") {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    const signs = setInterval(() => response.write(":\n"), 50);
    response.on("close", () => clearInterval(signs));
    return undefined;
  }
  let body = "";
  request.on("data", (chunk) => { body += chunk; });
  request.on("end", () => {
    const { id, method, params } = JSON.parse(body);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: run(method, params) }));
  });
  return undefined;
});
server.listen(Number(port), host);
if (existsSync(join(folder, "stubborn"))) process.on("SIGTERM", () => undefined);
