import { usageFailure } from "./io.js";

/** Where ssh goes. */
export interface SshTarget {
  /** `user@host`, `host`, or a name from ssh's own configuration. */
  readonly destination: string;
  readonly port?: number;
}

/** A name never begins with a dash: ssh would take it for an option. */
const TARGET = /^(?<destination>(?:[A-Za-z0-9_][\w.+-]{0,63}@)?(?:[A-Za-z0-9_][\w.-]{0,254}|\[[0-9A-Fa-f:.]{2,45}\]))(?::(?<port>\d{1,5}))?$/u;

/** Reads `[user@]host[:port]`. Throws a usage failure where the text is none. */
export function parseSshTarget(text: string): SshTarget {
  const { destination, port } = TARGET.exec(text)?.groups ?? {};
  const number = port === undefined ? undefined : Number(port);
  if (destination === undefined || (number !== undefined && (number < 1 || number > 65_535))) {
    throw usageFailure("--ssh takes user@host, or user@host:port where ssh listens at another port than 22.");
  }
  return { destination: destination.replace(/[[\]]/gu, ""), ...(number === undefined ? {} : { port: number }) };
}

/** What ssh said when it gave up, and what to do about it. */
export function explainSsh(said: string, { destination }: SshTarget): { readonly message: string; readonly hints: readonly string[] } {
  const by = (pattern: RegExp): boolean => pattern.test(said);
  if (by(/host key verification failed|no .* host key is known|remote host identification has changed/iu)) {
    return { message: `ssh does not know the key of ${destination}, or knows another one.`, hints: [`Compare it by hand, once: ssh ${destination}`] };
  }
  if (by(/permission denied|too many authentication failures/iu)) {
    return { message: `${destination} does not let this user in by ssh.`, hints: ["Nobody is asked for a password here: give a key to ssh-agent, or name one with --ssh-identity <file>."] };
  }
  if (by(/administratively prohibited/iu)) {
    return { message: `${destination} allows no tunnels.`, hints: ["See AllowTcpForwarding in its sshd_config."] };
  }
  if (by(/open failed|stdio forwarding failed/iu)) {
    return { message: `ssh reaches ${destination}, but no gateway answers on its loopback there.`, hints: ["Start one there with: openclaw gateway", "At another port than 18789? Pass --gateway-port <port>."] };
  }
  return { message: `ssh does not reach ${destination}.`, hints: [`See what it says: ssh -v ${destination}`] };
}
