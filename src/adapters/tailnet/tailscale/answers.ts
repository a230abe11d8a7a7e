import { fieldsOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import type { WhoisAnswer } from "../../../ports/tailnet.js";

export type HostStatus = { readonly kind: "running"; readonly host: string } | { readonly kind: "refused"; readonly reason: string };

/** Reads what whois answers. A tagged machine stands for no person, whatever name the answer gives it. */
export function readWhois(body: string): WhoisAnswer {
  const answer = parse(body);
  const node = fieldsOf(answer?.["Node"]);
  if (node === undefined) return { kind: "failed", reason: "Tailscale's daemon gave an answer of an unknown form; update Tailscale or this gateway." };
  const login = textOf(fieldsOf(answer?.["UserProfile"])?.["LoginName"]);
  const tags = node["Tags"];
  const isTagged = Array.isArray(tags) && tags.length > 0;
  return login === undefined || isTagged ? { kind: "unknown" } : { kind: "known", login };
}

export function readStatus(body: string): HostStatus {
  const answer = parse(body);
  const state = textOf(answer?.["BackendState"]) ?? "unknown";
  const host = textOf(fieldsOf(answer?.["Self"])?.["DNSName"])?.replace(/\.$/u, "").toLowerCase() ?? "";
  if (state !== "Running") return { kind: "refused", reason: `Tailscale is not connected on this host (its state is ${state.slice(0, 40)}): run tailscale up.` };
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/u.test(host)) return { kind: "refused", reason: "This host has no name in its tailnet: turn on MagicDNS in the tailnet's settings." };
  return { kind: "running", host };
}

/** What is served at the root of a name's port 443: a target, `other` where it is none, or nothing. */
export function readServed(body: string, host: string): { readonly target: string } | "other" | "nothing" {
  const config = parse(body);
  const root = fieldsOf(fieldsOf(fieldsOf(fieldsOf(config?.["Web"])?.[`${host}:443`])?.["Handlers"])?.["/"]);
  const target = textOf(root?.["Proxy"]);
  if (target !== undefined) return { target };
  if (root !== undefined) return "other";
  // A forwarder of bare TCP has the port, and there is no root.
  const port = fieldsOf(fieldsOf(config?.["TCP"])?.["443"]);
  return port !== undefined && port["HTTPS"] !== true ? "other" : "nothing";
}

function parse(body: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return undefined;
  }
}
