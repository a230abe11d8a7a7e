import { existsSync } from "node:fs";
import { GatewayAnnouncement, mdnsAnnouncer } from "../compose/announcement.js";
import type { Composition } from "../compose/container.js";
import type { Gateway, Listening } from "../compose/create-gateway.js";
import type { DaemonParts } from "../compose/daemon-parts.js";
import { TOKENS } from "../compose/tokens.js";
import type { ProcessHost } from "../process/process-host.js";

interface Serving {
  readonly parts: DaemonParts;
  readonly composition: Composition;
  readonly bound: Listening;
  readonly host: Pick<ProcessHost, "env" | "hostname">;
}

type Close = () => Promise<void>;

/** Opens the ways in from elsewhere that are configured, beside a gateway that listens already, and closes them with it. */
export function withRemote(gateway: Gateway, serving: Serving): Gateway {
  const closes = [openTailnet(serving), announce(serving)].filter((close) => close !== undefined);
  if (closes.length === 0) return gateway;
  return {
    ...gateway,
    close: async (closing) => {
      await Promise.all(closes.map((close) => close()));
      await gateway.close(closing);
    },
  };
}

function openTailnet({ parts, composition, bound }: Serving): Close | undefined {
  const { mode, resetOnExit } = parts.config.listen().tailscale;
  if (mode === "off") return undefined;
  const door = composition.get(TOKENS.tailnetDoor);
  door.open({ mode, port: bound.port, secure: bound.tlsFingerprint !== undefined });
  // Before a restart in this process as well: what is configured by then may be another port, or none of it.
  return () => door.close({ keep: !resetOnExit });
}

function announce({ parts, composition, bound, host }: Serving): Close | undefined {
  const mode = announcingMode({ wanted: parts.config.listen().mdns, env: host.env, isContainer: isContainer(host.env) });
  // What nobody else can reach is nobody else's business.
  if (mode === "off" || composition.get(TOKENS.locality).classify(bound.host) === "loopback") return undefined;
  const hostname = labelOf(host.hostname);
  const cliPath = process.argv[1];
  const facts = {
    displayName: hostname,
    lanHost: `${hostname}.local`,
    port: bound.port,
    tlsFingerprint: bound.tlsFingerprint,
    ...(mode === "full" && cliPath !== undefined ? { more: { cliPath } } : {}),
  };
  const isEverywhere = bound.host === "0.0.0.0" || bound.host === "::";
  const { certificates } = composition.get(TOKENS.tls);
  const announcement = new GatewayAnnouncement({ announcer: () => mdnsAnnouncer(hostname), log: parts.log }, { facts, certificates, ...(isEverywhere ? {} : { address: bound.host }) });
  return () => announcement.close();
}

interface Circumstances {
  /** What the configuration says, where it says anything. */
  readonly wanted: "off" | "minimal" | "full" | undefined;
  readonly env: ProcessHost["env"];
  readonly isContainer: boolean;
}

/** A container's network is not the one that its owner sits in: it announces nothing there unless it was told to. */
export function announcingMode({ wanted, env, isContainer }: Circumstances): "off" | "minimal" | "full" {
  if ((env["OPENCLAW_DISABLE_BONJOUR"] || env["CLAWDBOT_DISABLE_BONJOUR"]) === "1") return "off";
  return wanted ?? (isContainer ? "off" : "minimal");
}

const isContainer = (env: ProcessHost["env"]): boolean =>
  Boolean(env["container"] || env["KUBERNETES_SERVICE_HOST"]) || existsSync("/.dockerenv") || existsSync("/run/.containerenv");

/** One label of DNS. */
const labelOf = (hostname: string): string => hostname.split(".", 1)[0]?.replace(/[^A-Za-z0-9-]/gu, "-").slice(0, 63) || "gateway";
