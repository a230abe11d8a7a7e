import type { ProxySighting } from "../../domain/protocol/methods/proxy.js";
import type { Finding } from "./finding.js";
import { cell } from "./output.js";
import type { PublicAnswer } from "./public-url.js";

/** Of TEST-NET-1: nobody has it, so where it turns up it was written by us. */
export const SPOOFED = "192.0.2.77";

/** What a client could write to be taken for another. */
export const LIES: Readonly<Record<string, string>> = { "X-Forwarded-For": SPOOFED, "X-Real-IP": SPOOFED, Forwarded: `for=${SPOOFED}`, "Tailscale-User-Login": "nobody@doctor.invalid" };

export interface Observed {
  readonly url: URL;
  readonly plain: PublicAnswer;
  /** The same request as the gateway saw it; absent where it did not arrive. */
  readonly seen?: ProxySighting | undefined;
  /** The one with {@link LIES}. */
  readonly seenLying?: ProxySighting | undefined;
  readonly upgrade: PublicAnswer;
  /** Upgrades as a page at the URL's own origin, and at another, would ask for them. */
  readonly ownPage: PublicAnswer;
  readonly foreignPage: PublicAnswer;
}

/** What is right and wrong between a public URL and the gateway behind it. */
export function judgeProxy(observed: Observed): readonly Finding[] {
  const reached = judgeReach(observed);
  const { seen } = observed;
  if (seen === undefined) return [reached];
  return [reached, judgeHost(observed, seen), judgeTrust(seen), ...judgeTools(seen), ...judgeLies(observed), ...judgeScheme(observed, seen), judgeUpgrade(observed), ...judgePages(observed)];
}

const ok = (check: string, message: string): Finding => ({ check, state: "ok", message });
const fail = (check: string, message: string, ...fix: readonly string[]): Finding => ({ check, state: "fail", message, fix });
const warn = (check: string, message: string, ...fix: readonly string[]): Finding => ({ check, state: "warn", message, fix });

function judgeReach({ url, plain, seen }: Observed): Finding {
  if (seen !== undefined) return ok("reach", `${url.origin} leads to this gateway; it comes from ${cell(seen.address, 60)}${seen.tls ? " over TLS" : ""}`);
  if (plain.kind === "failed") return fail("reach", `${url.origin} does not answer (${cell(plain.code)}).`, TLS_CODES.test(plain.code) ? "Its certificate is not one that everybody trusts: get one, or pass --ca <file>." : "Check the name, the port, the firewall, and that the proxy runs.");
  if (plain.kind === "answered" && plain.location !== undefined) return fail("reach", `${url.origin} sends callers on to ${cell(plain.location, 200)}.`, "Run this again with that URL.");
  const status = plain.kind === "answered" ? ` (status ${plain.status})` : "";
  return fail("reach", `${url.origin} answers${status}, but this gateway saw nothing of it.`, "Something else is there, or the proxy passes only some paths on: it has to pass all of them.");
}

const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|SSL|ALTNAME/u;

function judgeHost({ url }: Observed, { host, hostAllowed }: ProxySighting): Finding {
  const isPassedOn = host.toLowerCase() === url.host.toLowerCase();
  if (!isPassedOn) return fail("host", `The proxy calls the gateway ${cell(host, 100)}, not ${url.host}, so that it cannot tell its own pages from others.`, "Let it pass the Host header on.");
  if (!hostAllowed) return fail("host", `The gateway does not answer to the name ${url.host}.`, "Add it to gateway.allowedHosts.");
  return ok("host", `the gateway answers to ${url.host}`);
}

function judgeTrust({ address, trusted, client, locality, forwarded, headers }: ProxySighting): Finding {
  if (locality === "direct-local") {
    return fail("client", "The proxy names no client, so whoever comes through it counts as this host and is paired without a question.", "Let it set X-Forwarded-For, before anything else.");
  }
  if (!forwarded) return warn("client", `Nothing names a client: either ${cell(address, 60)} is you and there is no proxy, or the proxy names nobody.`, "Let the proxy set X-Forwarded-For.");
  if (!trusted) return fail("client", `The proxy at ${cell(address, 60)} is not trusted, so everybody counts as coming from there: one who guesses locks out all.`, "Trust it, as in the configuration below.");
  if (client === address && headers["x-forwarded-for"]) return ok("client", `the proxy names ${cell(headers["x-forwarded-for"], 60)}, a trusted proxy's address itself: others are named by theirs`);
  if (client === address) return fail("client", "The proxy is trusted, and X-Forwarded-For names no client.", "Let it set X-Forwarded-For.");
  return ok("client", `the gateway takes ${cell(client, 60)} for the client`);
}

function judgeTools({ address, trusted }: ProxySighting): readonly Finding[] {
  if (!trusted || (address !== "127.0.0.1" && address !== "::1")) return [];
  return [warn("tools", `${address} is trusted, so this host's own tools count as coming from elsewhere, and are asked to pair.`, "Where the system has another loopback address, let the proxy come from that, as below, and trust it instead.")];
}

function judgeLies({ seen, seenLying }: Observed): readonly Finding[] {
  if (seenLying === undefined || seen === undefined) return [];
  const findings: Finding[] = [];
  // What the proxy itself wrote stands last. Further left anybody's word may stand: nobody reads that far.
  const last = (seenLying.headers["x-forwarded-for"] ?? "").split(",").at(-1)?.trim();
  if (last === SPOOFED) {
    findings.push(fail("spoofing", "The proxy passes X-Forwarded-For on as clients write it: whoever connects chooses where it comes from.", "Let it append the client's address, or overwrite the header."));
  } else if (seen.forwarded) findings.push(ok("spoofing", "what a client writes into X-Forwarded-For is not believed"));
  if (seenLying.headers["tailscale-user-login"] !== undefined) {
    findings.push(warn("identity", "The proxy passes Tailscale-User-Login on as clients write it.", "Let it remove that header, and leave gateway.auth.allowTailscale off on this host."));
  }
  return findings;
}

function judgeScheme({ url }: Observed, { tls, headers }: ProxySighting): readonly Finding[] {
  if (url.protocol === "http:") return [warn("tls", "This URL speaks in the clear: clients send no secret there but to loopback.", "Give the proxy a certificate.")];
  const [said = ""] = (headers["x-forwarded-proto"] ?? "").split(",", 1);
  if (tls || said.trim().toLowerCase() === "https") return [];
  return [warn("tls", "The gateway is not told that callers came by TLS, and would give them http:// links to the canvas.", "Let the proxy set X-Forwarded-Proto.")];
}

function judgeUpgrade({ upgrade }: Observed): Finding {
  if (upgrade.kind === "upgraded" && upgrade.challenged) return ok("websocket", "WebSockets come through");
  if (upgrade.kind === "upgraded") return fail("websocket", "A WebSocket opens, but nobody speaks on it.", "The proxy must pass data on at once, in both directions.");
  if (refusalOf(upgrade) === "forbidden_host") return fail("websocket", "The gateway refuses WebSockets by this name.", "Add it to gateway.allowedHosts.");
  const how = upgrade.kind === "failed" ? cell(upgrade.code) : `status ${upgrade.status}`;
  return fail("websocket", `WebSockets do not come through (${how}).`, "Let the proxy speak HTTP/1.1 to the gateway and pass the headers Upgrade and Connection on.");
}

function judgePages({ url, upgrade, ownPage, foreignPage }: Observed): readonly Finding[] {
  if (upgrade.kind !== "upgraded") return [];
  return [
    ownPage.kind === "upgraded"
      ? ok("origin", `pages at ${url.origin} may connect`)
      : fail("origin", `A page at ${url.origin} may not connect.`, `Let the proxy pass Host on with its port, or add "${url.origin}" to gateway.controlUi.allowedOrigins.`),
    foreignPage.kind === "upgraded"
      ? fail("origin", "A page of any other site may connect.", "Take \"*\" out of gateway.controlUi.allowedOrigins, and let the proxy pass the Origin header on as it is.")
      : ok("origin", "pages of other sites may not connect"),
  ];
}

/** The type of the gateway's own refusal. */
function refusalOf(answer: PublicAnswer): string | undefined {
  if (answer.kind !== "answered") return undefined;
  return /"type"\s*:\s*"(forbidden_host|forbidden_origin)"/u.exec(answer.body)?.[1];
}
