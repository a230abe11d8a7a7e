import { checkConfig, configSchema } from "../compose/daemon-parts.js";
import { processHost } from "../process/process-host.js";
import { runGateway, type DaemonFlags } from "./run.js";

export type { DaemonFlags };

/**
 * Runs the gateway in the foreground. Resolves with the exit code: 0 after a signal, 75 where the same command may work
 * later (the state folder or the port is taken), 78 where the configuration must change first.
 */
export const runDaemon = (flags: DaemonFlags): Promise<number> => runGateway(flags, processHost());

export { checkConfig, configSchema };
