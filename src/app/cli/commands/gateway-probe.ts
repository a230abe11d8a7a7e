import type { GatewayClient } from "../../../client/index.js";
import { withGateway } from "../connection.js";
import { explainRefusal } from "../explain.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, EXIT, type CliIo } from "../io.js";
import { printJson, printLine } from "../output.js";

const METHODS = ["health", "status", "system-presence", "config.get"] as const;
const PROBE_TIMEOUT_MS = 3000;

type Answer = { readonly ok: true; readonly payload: unknown } | { readonly ok: false; readonly code: string; readonly message: string };

/** Visits as a probe, which asks for nothing but to read, and shows what each method said. */
export async function run(io: CliIo, flags: ConnectionFlags): Promise<number> {
  const begun = io.now();
  const visit = { timeout: PROBE_TIMEOUT_MS, ...flags };
  return await withGateway(
    io,
    visit,
    async (client, timeoutMs) => {
      const connectMs = io.now() - begun;
      const answers = new Map<string, Answer>();
      for (const method of METHODS) answers.set(method, await ask(client, method, timeoutMs));
      const { protocol, server } = client.hello;
      const report = { ok: true, url: client.endpoint.url, connectMs, protocol, version: server.version, calls: Object.fromEntries(answers) };
      if (flags.json) printJson(io.stdout, report);
      else printReport(io, report, answers);
      return [...answers.values()].every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
    },
    { mode: "probe", scopes: ["operator.read"] },
  );
}

async function ask(client: GatewayClient, method: string, timeoutMs: number): Promise<Answer> {
  try {
    return { ok: true, payload: await client.request(method, {}, { timeoutMs }) };
  } catch (error) {
    const failure = explainRefusal(error);
    if (failure instanceof CliFailure) return { ok: false, code: failure.code, message: failure.message };
    throw failure;
  }
}

function printReport(io: CliIo, report: { url: string; connectMs: number; protocol: number }, answers: ReadonlyMap<string, Answer>): void {
  printLine(io.stdout, `Gateway probe: ${report.url} (protocol ${report.protocol}, connected in ${report.connectMs} ms)`);
  for (const [method, answer] of answers) {
    printLine(io.stdout, `${method}: ${answer.ok ? "ok" : answer.message}`);
    if (answer.ok) printJson(io.stdout, answer.payload);
  }
}
