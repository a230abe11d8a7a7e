import { processHost } from "../process/process-host.js";
import { runNodeProcess, type NodeRun } from "./run.js";

export type { NodeRun };

/**
 * Runs a node in the foreground. Resolves with the exit code: 0 after a signal, 75 where another node has the folder, 78
 * where somebody has to change something first.
 */
export const runNode = (run: NodeRun): Promise<number> => runNodeProcess(run, processHost());
