import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LaunchdSupervisor } from "../../adapters/supervision/launchd/index.js";
import { programRunner } from "../../adapters/supervision/run-program.js";
import { SystemdSupervisor } from "../../adapters/supervision/systemd/index.js";
import { profileOf, serviceName } from "../../domain/service-name.js";
import type { ServiceDefinition, Supervisor } from "../../ports/supervisor.js";
import { defineService, foresee, type ServicePlace } from "./service-definition.js";

type Env = Readonly<Record<string, string | undefined>>;

export interface SupervisionWish {
  readonly env: Env;
  readonly home: string;
  readonly stateDir: string;
}

export interface Supervision {
  readonly supervisor: Supervisor;
  /** The gateway's service, as it would be installed now. */
  readonly definition: ServiceDefinition;
  /** What will go wrong with it later. Whole sentences. */
  readonly foreseen: readonly string[];
}

/** This host's supervisor, and the gateway's service for it. `unsupported` says what to do on a host that has none. */
export function openSupervision({ env, home, stateDir }: SupervisionWish): Supervision | { readonly unsupported: string } {
  const profile = profileOf(env["OPENCLAW_PROFILE"] || env["CLAWDBOT_PROFILE"]);
  const place: ServicePlace = { env, home, stateDir, profile, node: process.execPath, script: fileURLToPath(new URL("./openclaw.mjs", import.meta.url)) };
  const supervisor = supervisorOf(place);
  if (supervisor === undefined) return { unsupported: `No supervisor is known for ${process.platform}. Let whatever starts programs here run: openclaw gateway` };
  return { supervisor, definition: defineService(place), foreseen: foresee(place) };
}

function supervisorOf({ env, home, stateDir, profile }: ServicePlace): Supervisor | undefined {
  const { uid, username } = userInfo();
  const { systemd, launchd } = serviceName(profile);
  switch (process.platform) {
    case "linux":
      return new SystemdSupervisor({
        unit: systemd,
        unitDir: join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "systemd", "user"),
        userName: username,
        // A shell that su or a scheduled job opened lacks it, though the user manager is there.
        run: programRunner({ ...env, XDG_RUNTIME_DIR: env["XDG_RUNTIME_DIR"] || `/run/user/${uid}` }),
      });
    case "darwin":
      // launchd looks into the user's own folder, whatever HOME says.
      return new LaunchdSupervisor({ label: launchd, agentsDir: join(homedir(), "Library", "LaunchAgents"), uid, logFile: join(stateDir, "logs", "gateway.log"), run: programRunner(env) });
    default:
      return undefined;
  }
}
