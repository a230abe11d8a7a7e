import { arch, hostname, networkInterfaces, platform, release } from "node:os";
import type { HostFacts } from "../gateway/parts.js";
import { VERSION } from "../version.js";

const FAMILIES: Readonly<Record<string, string>> = { darwin: "Mac", linux: "Linux", win32: "Windows" };

/** What this host is called and where it can be reached. */
export function hostFacts(given: { readonly stateDir?: string; readonly version?: string }, reach: Pick<HostFacts, "urls" | "tlsFingerprint">): HostFacts {
  const ip = outerAddress();
  return {
    version: given.version ?? VERSION,
    hostname: hostname(),
    platform: `${platform()} ${release()}`,
    deviceFamily: FAMILIES[platform()] ?? platform(),
    modelIdentifier: arch(),
    ...reach,
    ...(ip === undefined ? {} : { ip }),
    ...(given.stateDir === undefined ? {} : { stateDir: given.stateDir }),
  };
}

const outerAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address !== undefined && !address.internal && address.family === "IPv4")?.address;

interface Bound {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export const urlOf = ({ host, port, secure }: Bound): string => `${secure ? "wss" : "ws"}://${host.includes(":") ? `[${host}]` : host}:${port}`;

/** Under which addresses a listener can be dialled: the unspecified one stands for those of the host. */
export function dialUrls({ host, ...bound }: Bound): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [urlOf({ host, ...bound })];
  const outer = outerAddress();
  return [...(outer === undefined ? [] : [outer]), "127.0.0.1"].map((each) => urlOf({ host: each, ...bound }));
}
