import { DEFAULT_ROUTING } from "./messaging/routing.js";
import type { Settings } from "./settings.js";

/** What holds where nothing is configured. */
export const DEFAULT_SETTINGS: Settings = {
  auth: { mode: "none" },
  agents: [{ id: "main", isDefault: true }],
  session: { mainKey: "main", scope: "per-sender", dmScope: DEFAULT_ROUTING.dmScope, identityLinks: DEFAULT_ROUTING.identityLinks },
  channels: [],
  bindings: [],
  pairing: { autoApproveLocal: true },
  trustedProxies: [],
  allowTailscale: false,
  heartbeat: {
    everyMs: 30 * 60_000,
    every: "30m",
    prompt: "Read HEARTBEAT.md if it exists and do what it asks. If nothing needs attention, answer HEARTBEAT_OK.",
    target: "last",
    ackMaxChars: 300,
  },
  cron: { enabled: true, maxConcurrentRuns: 1 },
  tools: { allow: ["sessions_list", "message_send"], deny: [] },
  http: { chatCompletions: false },
  canvas: { enabled: true, liveReload: true, trustLoopback: false },
  // Who embeds a gateway serves pages of their own; the daemon serves these.
  controlUi: { enabled: false, basePath: "" },
  run: { timeoutMs: 600_000 },
  nodes: { commands: { allow: [], deny: [] }, maxResultBytes: 20 * 1024 * 1024 },
};
