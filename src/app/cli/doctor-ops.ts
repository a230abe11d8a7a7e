import type { Finding } from "./finding.js";
import { at, type LocalConfig } from "./local-config.js";
import { cell } from "./output.js";

const ANSWER_MS = 2_000;
const HERE = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;

/** Whether the listener for probes and metrics answers, where one is configured, and whom. */
export async function checkOps(config: LocalConfig): Promise<readonly Finding[]> {
  const port = at(config.parsed, "gateway", "ops", "port");
  if (typeof port !== "number" || port === 0) return [];
  const configured = at(config.parsed, "gateway", "ops", "host");
  const host = typeof configured === "string" ? configured : "127.0.0.1";
  const shown = `${cell(host, 64)}:${port}`;
  const status = await statusAt(host, port);
  const answer: Finding = status === 200
    ? { check: "ops", state: "ok", message: `probes and metrics are answered at ${shown}` }
    : { check: "ops", state: "warn", message: status === undefined ? `Nobody answers probes at ${shown}.` : `What answers probes at ${shown} is not ready.`, fix: ["openclaw gateway status"] };
  if (HERE.test(host)) return [answer];
  return [answer, { check: "ops", state: "warn", message: `Whoever reaches ${shown} can read the metrics: they name your channels and accounts.`, fix: ["openclaw config set gateway.ops.host 127.0.0.1", "or let a firewall decide who reaches it"] }];
}

async function statusAt(host: string, port: number): Promise<number | undefined> {
  const dialled = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  try {
    const response = await fetch(`http://${dialled.includes(":") ? `[${dialled}]` : dialled}:${port}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
