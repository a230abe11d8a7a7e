import type { ExecReport } from "./node-event.js";

const MAX_COMMAND = 200;
const MAX_OUTPUT = 400;

const quoted = (text: string, most: number): string => JSON.stringify(text.length <= most ? text : `${text.slice(0, most - 1)}…`);
/** The end of an output says most about how it went. */
const quotedTail = (text: string, most: number): string => JSON.stringify(text.length <= most ? text : `…${text.slice(1 - most)}`);

function outcomeOf({ exitCode, timedOut, success }: ExecReport): string {
  if (timedOut === true) return "ran out of time";
  if (exitCode !== undefined) return exitCode === 0 ? "finished" : `ended with code ${exitCode}`;
  return success === false ? "failed" : "finished";
}

/** One line for the agent's next turn. What the node says of itself stands in quotes: it is the node's word. */
export function renderExecNote(report: ExecReport, node: string): string {
  const command = report.command === undefined ? "a command" : quoted(report.command, MAX_COMMAND);
  const where = `on node ${node}`;
  switch (report.phase) {
    case "started":
      return `${command} began ${where}.`;
    case "denied":
      return `${command} was not run ${where}${report.reason === undefined ? "" : `: ${quoted(report.reason, MAX_COMMAND)}`}.`;
    case "finished":
      return `${command} ${outcomeOf(report)} ${where}.${report.output === undefined ? "" : ` It printed: ${quotedTail(report.output, MAX_OUTPUT)}`}`;
  }
}
