import { delimiter, dirname, isAbsolute, join } from "node:path";
import type { ServiceDefinition } from "../../ports/supervisor.js";

type Env = Readonly<Record<string, string | undefined>>;

/** Where a gateway is to run as a service, and what it is made of. */
export interface ServicePlace {
  /** The environment of whoever installs it. */
  readonly env: Env;
  readonly home: string;
  readonly stateDir: string;
  readonly profile: string | undefined;
  /** Absolute paths: of Node, and of the program that it is to run. */
  readonly node: string;
  readonly script: string;
}

/**
 * What a service gets of the environment: places and switches, under their present names. No secret is among them, since
 * the definition is no file to keep one in: those stand in the state folder's `.env` or in the configuration.
 */
const PASSED_ON = ["CONFIG_PATH", "GATEWAY_PORT", "ALLOW_READABLE_SECRETS"] as const;

/** A gateway in the foreground, as this user runs it now. */
export function defineService(place: ServicePlace): ServiceDefinition {
  const { env, home, stateDir, profile, node, script } = place;
  const passed = PASSED_ON.flatMap((name): [string, string][] => {
    const value = env[`OPENCLAW_${name}`] || env[`CLAWDBOT_${name}`];
    return value ? [[`OPENCLAW_${name}`, value]] : [];
  });
  return {
    description: `OpenClaw gateway${profile === undefined ? "" : ` (${profile})`}`,
    command: [node, script, "gateway"],
    environment: {
      PATH: servicePath(env["PATH"] ?? "", node),
      OPENCLAW_STATE_DIR: stateDir,
      ...(profile === undefined ? {} : { OPENCLAW_PROFILE: profile }),
      ...Object.fromEntries(passed),
      ...(env["NODE_EXTRA_CA_CERTS"] ? { NODE_EXTRA_CA_CERTS: env["NODE_EXTRA_CA_CERTS"] } : {}),
    },
    workingDir: home,
    errorFile: join(stateDir, "logs", "gateway.err.log"),
  };
}

/** Agents are programs that are looked for: a supervisor's own path has none of a user's. What comes and goes with a shell is left out. */
function servicePath(path: string, node: string): string {
  const lasting = path.split(delimiter).filter((folder) => isAbsolute(folder) && !/node_modules\/\.bin|fnm_multishells|^\/tmp\//.test(folder));
  return [...new Set([dirname(node), ...lasting, "/usr/local/bin", "/usr/bin", "/bin"])].join(delimiter);
}

/** What will go wrong later with such a service, in whole sentences. */
export function foresee({ node, script }: Pick<ServicePlace, "node" | "script">): readonly string[] {
  return [
    ...(/\/_npx\//.test(script) ? ["This program lies in npx's cache, which npm empties. Install it for good: npm install -g openclaw-gateway"] : []),
    ...(/\/(\.nvm|\.?fnm|\.volta|\.asdf|\.nodenv|mise|\.n)\//.test(node) ? [`Node lies in a version manager's folder (${node}). After that version is removed, install the service again.`] : []),
  ];
}
