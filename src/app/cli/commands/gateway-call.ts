import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, usageFailure, type CliIo } from "../io.js";
import { cell, printJson, printLine } from "../output.js";

interface CallFlags extends ConnectionFlags {
  readonly params?: string;
  readonly expectFinal?: boolean;
}

export async function run(io: CliIo, flags: CallFlags, [method = ""]: readonly string[]): Promise<number> {
  const params = parseParams(flags.params);
  const payload = await withGateway(io, flags, (client, timeoutMs) =>
    client.request(method, params, {
      // A run takes as long as it takes, unless somebody set a limit.
      timeoutMs: flags.expectFinal && flags.timeout === undefined ? Number.POSITIVE_INFINITY : timeoutMs,
      ...(flags.expectFinal === undefined ? {} : { expectFinal: flags.expectFinal }),
    }),
  );
  if (!flags.json) printLine(io.stdout, `Gateway call: ${cell(method)}`);
  printJson(io.stdout, payload);
  return EXIT.ok;
}

function parseParams(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text);
  } catch {
    throw usageFailure("--params is not valid JSON.", [`For example: --params '{"limit": 5}'`]);
  }
}
