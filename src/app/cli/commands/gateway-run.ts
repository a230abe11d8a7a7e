import type { JsonFlag } from "../flags.js";
import { CliFailure, type CliIo } from "../io.js";
import type { DaemonFlags, DaemonModule } from "../load-daemon.js";

export async function run(io: CliIo, flags: DaemonFlags & JsonFlag): Promise<number> {
  let daemon: DaemonModule;
  try {
    daemon = await io.loadDaemon();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new CliFailure("The gateway is not part of this build.", { code: "NO_DAEMON", hints: ["Build it with: npm run build"], cause: error });
  }
  return await daemon.runDaemon(daemonFlags(flags));
}

/** Only what the daemon asks for: the parser's record holds more. */
function daemonFlags(flags: DaemonFlags): DaemonFlags {
  const names = ["port", "bind", "token", "password", "auth", "tailscale", "allowUnconfigured", "verbose", "wsLog", "force"] as const;
  return Object.fromEntries(names.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]));
}
