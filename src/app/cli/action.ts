import type { GatewayClient } from "../../client/index.js";
import { withGateway } from "./connection.js";
import type { ConnectionFlags } from "./flags.js";
import { EXIT, type CliIo } from "./io.js";
import { printJson, printLine } from "./output.js";

export interface Call<F extends ConnectionFlags = ConnectionFlags> {
  readonly io: CliIo;
  readonly flags: F;
  readonly args: readonly string[];
  readonly client: GatewayClient;
  readonly timeoutMs: number;
}

/** A command that asks the gateway and then says what came of it, in words or as JSON. */
export const action =
  <F extends ConnectionFlags>(act: (call: Call<F>) => Promise<{ readonly result: unknown; readonly said: string }>) =>
  async (io: CliIo, flags: F, args: readonly string[]): Promise<number> => {
    const { result, said } = await withGateway(io, flags, (client, timeoutMs) => act({ io, flags, args, client, timeoutMs }));
    if (flags.json) printJson(io.stdout, result);
    else printLine(io.stdout, said);
    return EXIT.ok;
  };
