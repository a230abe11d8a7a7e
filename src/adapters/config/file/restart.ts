/**
 * What is read once, when the gateway starts. A change anywhere else is in force with the next use, or when the part
 * that it concerns has been restarted.
 */
export const AT_START: readonly string[] = [
  "gateway.mode", "gateway.port", "gateway.bind", "gateway.customBindHost", "gateway.tls", "gateway.tailscale", "gateway.ops",
  "gateway.handshakeTimeoutMs",
  "canvasHost.enabled", "canvasHost.root", "canvasHost.port", "canvasHost.liveReload", "discovery", "logging.file",
];

/** Of the paths that changed, those that only a restart puts in force. */
export const needingRestart = (changed: readonly string[]): readonly string[] =>
  changed.filter((path) => AT_START.some((start) => path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`)));
