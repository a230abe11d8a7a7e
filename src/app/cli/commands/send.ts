import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, type CliIo } from "../io.js";
import { cell, printJson, printLine } from "../output.js";

interface SendFlags extends ConnectionFlags {
  readonly target: string;
  readonly message: string;
  readonly channel?: string;
  readonly account?: string;
}

export async function run(io: CliIo, flags: SendFlags): Promise<number> {
  const sent = await withGateway(io, flags, (client, timeoutMs) =>
    client.call(
      "send",
      {
        to: flags.target,
        message: flags.message,
        idempotencyKey: globalThis.crypto.randomUUID(),
        ...(flags.channel === undefined ? {} : { channel: flags.channel }),
        ...(flags.account === undefined ? {} : { accountId: flags.account }),
      },
      { timeoutMs },
    ),
  );
  if (flags.json) printJson(io.stdout, sent);
  else printLine(io.stdout, `Sent through ${cell(sent.channel)}, message ${cell(sent.messageId, 120)}.`);
  return EXIT.ok;
}
