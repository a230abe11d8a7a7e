import type { ConnectionFlags } from "./flags.js";
import { CliFailure, type CliIo } from "./io.js";
import { at, gatewayVariable, readLocalConfig, stateDirOf, textAt, type LocalConfig } from "./local-config.js";
import { ownCertificate, servesTls } from "./own-certificate.js";

/** Where a gateway listens unless it is told otherwise. */
export const DEFAULT_PORT = 18_789;

/** A credential and where it came from, for the sentence that explains its refusal. */
export interface Given {
  readonly value: string;
  readonly from: string;
}

/** Which gateway a command talks to, and as whom. */
export interface Target {
  readonly url: string;
  /** `flag`: named on the command line. `remote`: named in the configuration. `local`: this host's own. */
  readonly kind: "flag" | "remote" | "local";
  readonly token?: Given;
  readonly password?: Given;
  readonly tlsFingerprint?: string;
  readonly allowPrivate: boolean;
  readonly allowReadable: boolean;
  readonly stateDir: string;
  /** The file whose keys are worth naming in an error. */
  readonly configPath?: string;
}

/**
 * Chooses the gateway. One that the command line names is a stranger to the configuration: neither its secret nor the
 * environment's is ever sent there.
 */
export async function resolveTarget(io: CliIo, flags: ConnectionFlags): Promise<Target> {
  const common = {
    stateDir: stateDirOf(io),
    allowPrivate: gatewayVariable(io.env, "ALLOW_INSECURE_PRIVATE_WS") === "1",
    allowReadable: gatewayVariable(io.env, "ALLOW_READABLE_SECRETS") === "1",
    ...(flags.tlsFingerprint === undefined ? {} : { tlsFingerprint: flags.tlsFingerprint }),
  };
  if (flags.url !== undefined) return { ...common, kind: "flag", url: flags.url, ...flagSecrets(flags) };
  const config = await readLocalConfig(io);
  if (config.problem !== undefined) {
    throw new CliFailure(`The configuration at ${config.path} cannot be used. ${config.problem}`, {
      code: "BAD_CONFIG",
      hints: ["Mend the file, or name the gateway with --url and --token."],
    });
  }
  const place = { ...common, configPath: config.path };
  const secrets = flags.token === undefined && flags.password === undefined ? undefined : flagSecrets(flags);
  const remoteUrl = at(config.parsed, "gateway", "mode") === "remote" ? textAt(config, "gateway", "remote", "url") : undefined;
  if (remoteUrl !== undefined) {
    const pin = flags.tlsFingerprint ?? textAt(config, "gateway", "remote", "tlsFingerprint");
    return {
      ...place,
      kind: "remote",
      url: remoteUrl,
      ...(secrets ?? ownSecrets(config, "remote")),
      ...(pin === undefined ? {} : { tlsFingerprint: pin }),
    };
  }
  return { ...place, kind: "local", ...(await localEndpoint(config, flags)), ...(secrets ?? ownSecrets(config, "auth")) };
}

type Secrets = Pick<Target, "token" | "password">;

const flagSecrets = ({ token, password }: ConnectionFlags): Secrets => ({
  ...(token ? { token: { value: token, from: "--token" } } : {}),
  ...(password ? { password: { value: password, from: "--password" } } : {}),
});

/** The secrets that the gateway of this configuration would ask for: the same choice as it makes itself. */
function ownSecrets(config: LocalConfig, section: "auth" | "remote"): Secrets {
  const find = (name: "TOKEN" | "PASSWORD"): Given | undefined => {
    const set = gatewayVariable(config.env, `GATEWAY_${name}`);
    if (set !== undefined) return { value: set, from: `OPENCLAW_GATEWAY_${name}` };
    const key = name.toLowerCase();
    const written = textAt(config, "gateway", section, key);
    return written === undefined ? undefined : { value: written, from: `gateway.${section}.${key}` };
  };
  const token = find("TOKEN");
  const password = find("PASSWORD");
  const mode = section === "auth" ? at(config.parsed, "gateway", "auth", "mode") : undefined;
  if (mode === "none") return {};
  if (token && mode !== "password") return { token };
  return password && mode !== "token" ? { password } : {};
}

async function localEndpoint(config: LocalConfig, flags: ConnectionFlags): Promise<Pick<Target, "url" | "tlsFingerprint">> {
  const port = localPort(config);
  if (!servesTls(config)) return { url: `ws://127.0.0.1:${port}` };
  // On its own host, the gateway's certificate is a file: no authority has to vouch for it. Without the file the usual ones decide.
  const pin = flags.tlsFingerprint ?? (await ownCertificate(config))?.fingerprint;
  return { url: `wss://127.0.0.1:${port}`, ...(pin === undefined ? {} : { tlsFingerprint: pin }) };
}

/** The port of the gateway that this configuration describes. */
export function localPort(config: LocalConfig): number {
  const set = gatewayVariable(config.env, "GATEWAY_PORT");
  const port = set === undefined ? at(config.parsed, "gateway", "port") : /^\d{1,5}$/.test(set) ? Number(set) : undefined;
  const usable = typeof port === "number" && Number.isInteger(port) && port > 0 && port <= 65_535;
  return usable ? port : DEFAULT_PORT;
}
