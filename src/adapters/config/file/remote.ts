import { BlockList, isIP } from "node:net";
import type { AuthSettings } from "../../../domain/settings.js";
import type { ConfigIssue } from "../../../ports/config-source.js";
import type { Config } from "./schema.js";

/** How `tailscale serve` is to be used. */
export interface TailscaleSettings {
  readonly mode: "off" | "serve" | "funnel";
  /** Takes away at the end what was opened at the beginning. */
  readonly resetOnExit: boolean;
  readonly program?: string;
  readonly socket?: string;
}

interface Report {
  readonly issues: ConfigIssue[];
  readonly warnings: ConfigIssue[];
}

interface Place {
  readonly auth: AuthSettings;
  readonly bind: string;
  /** Of the command line, where it says so. */
  readonly mode?: TailscaleSettings["mode"] | undefined;
}

const LOOPBACK_BINDS: ReadonlySet<string> = new Set(["loopback", "auto"]);

export function readTailscale(config: Config, { auth, bind, mode: flag }: Place, report: Report): TailscaleSettings {
  const { mode: written = "off", resetOnExit = true, program, socket } = config.gateway?.tailscale ?? {};
  const mode = flag ?? written;
  const path = "gateway.tailscale.mode";
  if (mode !== "off" && !LOOPBACK_BINDS.has(bind)) {
    report.issues.push({ path, message: `Tailscale brings connections to this host's loopback, and the bind is "${bind}": set gateway.bind to "loopback", or this to "off".` });
  }
  if (mode === "serve" && auth.mode === "none") {
    report.issues.push({ path, message: "With \"serve\" the whole tailnet can reach the gateway, and nothing would ask it for a secret: set gateway.auth.token or gateway.auth.password." });
  }
  if (mode === "funnel" && auth.mode !== "password") {
    report.issues.push({ path, message: "With \"funnel\" the whole internet can reach the gateway: set gateway.auth.mode to \"password\" and gateway.auth.password to a long one." });
  }
  return { mode, resetOnExit, ...(program === undefined ? {} : { program }), ...(socket === undefined ? {} : { socket }) };
}

/** On by itself where the gateway has `tailscale serve` in front of it and a token for the others. */
export function allowsTailscale(config: Config, { mode }: TailscaleSettings, auth: AuthSettings): boolean {
  return config.gateway?.auth?.allowTailscale ?? (mode === "serve" && auth.mode !== "password");
}

/** Proxies that are none trust nobody, some trust everybody, and some make strangers of this host: their owner should hear of it. */
export function judgeProxies(config: Config): readonly ConfigIssue[] {
  return (config.gateway?.trustedProxies ?? []).flatMap((entry, index) => {
    const message = problemOf(entry);
    return message === undefined ? [] : [{ path: `gateway.trustedProxies[${index}]`, message }];
  });
}

function problemOf(entry: string): string | undefined {
  const range = rangeOf(entry);
  if (range === undefined) return "This is neither an IP address nor a CIDR range, so nobody is trusted by it: names are not looked up.";
  if (range.bits === 0) return "This is every address there is: whoever connects can then say where it comes from. Name the proxy's address.";
  if (!range.list.check("127.0.0.1") && !range.list.check("::1", "ipv6")) return undefined;
  return "Tools of this host come from here too, count as coming from elsewhere, and are asked to pair: let the proxy come from another address of the loopback, such as 127.0.0.2, and name that. \"openclaw doctor proxy\" prints how.";
}

function rangeOf(entry: string): { readonly bits: number; readonly list: BlockList } | undefined {
  const [base = "", length, ...rest] = entry.split("/");
  const family = isIP(base);
  if (family === 0 || rest.length > 0) return undefined;
  const longest = family === 6 ? 128 : 32;
  const bits = length === undefined ? longest : /^\d{1,3}$/u.test(length) ? Number(length) : Number.NaN;
  const list = new BlockList();
  try {
    list.addSubnet(base, bits, family === 6 ? "ipv6" : "ipv4");
    return { bits, list };
  } catch {
    return undefined;
  }
}
