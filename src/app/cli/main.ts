import { CommanderError } from "commander";
import { printable } from "../../domain/text/printable.js";
import { explainRefusal } from "./explain.js";
import { CliFailure, EXIT, type CliIo } from "./io.js";
import { printJson, printLine } from "./output.js";
import { createProgram } from "./program.js";

/**
 * Runs one command line and resolves with the exit code: 0 done, 1 refused or failed, 2 wrong usage, 75 worth trying
 * again, 130 interrupted. Never ends the process.
 */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  const { program, outcome } = createProgram(io);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(io, explainRefusal(error), outcome.json);
  }
}

function report(io: CliIo, error: unknown, json: boolean): number {
  const failure = error instanceof CliFailure ? error : unexpected(error);
  if (json) {
    const { code, message, hints, details } = failure;
    printJson(io.stdout, { ok: false, error: { code, message, hints, ...(details === undefined ? {} : { details }) } });
    return failure.exitCode;
  }
  printLine(io.stderr, failure.message);
  for (const hint of failure.hints) printLine(io.stderr, `  ${hint}`);
  return failure.exitCode;
}

const unexpected = (error: unknown): CliFailure =>
  new CliFailure(error instanceof Error ? printable(error.message, 600) : "Something went wrong.", { code: "INTERNAL", cause: error });
