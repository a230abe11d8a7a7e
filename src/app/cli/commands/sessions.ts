import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, type CliIo } from "../io.js";
import { cell, duration, printJson, printLine, renderTable } from "../output.js";

interface SessionsFlags extends ConnectionFlags {
  readonly limit?: number;
  readonly search?: string;
  readonly agent?: string;
}

export async function run(io: CliIo, flags: SessionsFlags): Promise<number> {
  const page = await withGateway(io, flags, (client, timeoutMs) =>
    client.call(
      "sessions.list",
      {
        ...(flags.limit === undefined ? {} : { limit: flags.limit }),
        ...(flags.search === undefined ? {} : { search: flags.search }),
        ...(flags.agent === undefined ? {} : { agentId: flags.agent }),
      },
      { timeoutMs },
    ),
  );
  if (flags.json) {
    printJson(io.stdout, page);
    return EXIT.ok;
  }
  if (page.sessions.length === 0) {
    printLine(io.stdout, "No sessions.");
    return EXIT.ok;
  }
  const rows = page.sessions.map((row) => [
    cell(row.key, 60),
    cell(row.kind),
    typeof row.updatedAt === "number" ? duration(io.now() - row.updatedAt) : "-",
    cell(row.model, 40),
    cell(row.totalTokens),
    cell(row.label ?? row.displayName ?? row.derivedTitle, 40),
  ]);
  io.stdout.write(renderTable(["KEY", "KIND", "AGE", "MODEL", "TOKENS", "NAME"], rows));
  return EXIT.ok;
}
