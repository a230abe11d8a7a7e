import type { ConnectionFlags } from "../flags.js";
import { CliFailure, usageFailure, type CliIo } from "../io.js";
import type { NodeGateway, NodeModule } from "../load-node.js";
import { stateDirOf, gatewayVariable } from "../local-config.js";
import { DEFAULT_PORT, resolveTarget } from "../target.js";

export interface NodeRunFlags extends ConnectionFlags {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
  readonly code?: string;
  readonly displayName?: string;
}

const OWN_HOST = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

/** Runs this host's node in the foreground. */
export async function run(io: CliIo, flags: NodeRunFlags): Promise<number> {
  const gateway = await chosenGateway(io, flags);
  const node = await loaded(io);
  return await node.runNode({
    gateway,
    stateDir: stateDirOf(io),
    allowReadable: gatewayVariable(io.env, "ALLOW_READABLE_SECRETS") === "1",
    json: flags.json === true,
    ...(flags.displayName === undefined ? {} : { displayName: flags.displayName }),
  });
}

async function loaded(io: CliIo): Promise<NodeModule> {
  const node = await io.loadNode?.().catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    return undefined;
  });
  if (node) return node;
  throw new CliFailure("The node is not part of this build.", { code: "NO_NODE", hints: ["Build it with: npm run build"] });
}

/** The one that the command line names, else the one that the commands of this host talk to. */
async function chosenGateway(io: CliIo, flags: NodeRunFlags): Promise<NodeGateway> {
  const { code: setupCode, host, port } = flags;
  const url = flags.url ?? urlOf(flags);
  if (flags.url !== undefined && (host !== undefined || port !== undefined)) throw usageFailure("Name the gateway by --url, or by --host and --port.");
  const allowPrivate = gatewayVariable(io.env, "ALLOW_INSECURE_PRIVATE_WS") === "1";
  const named = { allowPrivate, ...(url === undefined ? {} : { url }), ...secretsOf(flags), ...(flags.tlsFingerprint === undefined ? {} : { tlsFingerprint: flags.tlsFingerprint }) };
  if (setupCode !== undefined) return { ...named, setupCode };
  if (url !== undefined) return named;
  // This host's own, on another port than its configuration says.
  const env = port === undefined ? io.env : { ...io.env, OPENCLAW_GATEWAY_PORT: String(port) };
  const target = await resolveTarget({ ...io, env }, flags);
  return {
    url: target.url,
    allowPrivate: target.allowPrivate,
    ...(target.token === undefined ? {} : { token: target.token.value }),
    ...(target.password === undefined ? {} : { password: target.password.value }),
    ...(target.tlsFingerprint === undefined ? {} : { tlsFingerprint: target.tlsFingerprint }),
  };
}

const secretsOf = ({ token, password }: NodeRunFlags): Pick<NodeGateway, "token" | "password"> => ({
  ...(token ? { token } : {}),
  ...(password ? { password } : {}),
});

/** A gateway elsewhere, or one that is to be reached by TLS. */
function urlOf({ host, port = DEFAULT_PORT, tls = false }: NodeRunFlags): string | undefined {
  if (host === undefined || (OWN_HOST.has(host) && !tls)) return undefined;
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `${tls ? "wss" : "ws"}://${name}:${port}`;
}
