import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { profileOf, stateFolderName } from "../../../domain/service-name.js";
import { gatewayVariable, variable, type Env } from "./env.js";

const homeOf = (env: Env): string => variable(env, "HOME") ?? homedir();

/** An absolute path; a leading `~` is the user's home, since a service's unit has no shell to expand it. */
export const absolute = (path: string, env: Env): string =>
  resolve(path === "~" || path.startsWith("~/") ? join(homeOf(env), path.slice(1)) : path);

/** The state folder: `OPENCLAW_STATE_DIR`, else `~/.openclaw`, or that of the profile. */
export function stateDirOf(env: Env): string {
  const chosen = gatewayVariable(env, "STATE_DIR");
  if (chosen !== undefined) return absolute(chosen, env);
  return join(homeOf(env), stateFolderName(profileOf(gatewayVariable(env, "PROFILE"))));
}
