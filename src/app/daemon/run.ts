import { followConfig } from "../compose/follow-config.js";
import type { Gateway } from "../compose/create-gateway.js";
import { checkChannels, openDaemonParts, type DaemonParts } from "../compose/daemon-parts.js";
import { OpsDoor } from "../compose/ops-door.js";
import { openNotifier } from "../compose/service-notifier.js";
import type { ServiceNotifier } from "../../ports/service-notifier.js";
import { VERSION } from "../version.js";
import { openOps } from "./ops.js";
import { codeOf, type Refusal } from "./refusal.js";
import { prepare, start, type DaemonFlags, type Setting } from "./start.js";
import { EXIT } from "../process/exit-code.js";
import type { ProcessHost } from "../process/process-host.js";
import { awaitStop } from "../process/stop.js";

export type { DaemonFlags } from "./start.js";

/** Runs a gateway until a signal ends it, and resolves with the process's exit code. */
export async function runGateway(flags: DaemonFlags, host: ProcessHost): Promise<number> {
  const stop = awaitStop(host);
  try {
    const parts = await openParts(flags, host);
    if (parts instanceof Error) return refuse(host, { exitCode: EXIT.configuration, reason: parts.message });
    return await runWith({ parts, flags, host, stop });
  } finally {
    stop.release();
  }
}

const openParts = (flags: DaemonFlags, host: ProcessHost) => openDaemonParts({ env: host.env, flags, output: host.stdout });

/** What outlives a gateway in its process. */
interface House {
  readonly notifier: ServiceNotifier;
  readonly ops: OpsDoor;
  /** The gateway that serves now, or did last. */
  gateway?: Gateway;
}

/** One gateway after the other in this process, each with what was configured when it began. */
async function runWith(first: Setting): Promise<number> {
  let setting = first;
  const notifier = await openNotifier({ env: first.host.env, pid: first.host.pid, problem: (message) => setting.parts.log.error(message) });
  const stage = { isStarted: () => house.gateway !== undefined, isReady: () => house.gateway?.isReady() === true };
  const house: House = { notifier, ops: new OpsDoor(stage, () => setting.parts.log) };
  try {
    for (;;) {
      const end = await serveUntilAsked(setting, house).finally(() => setting.parts.closeLog());
      if (typeof end === "number") return end;
      setting = { ...setting, parts: end };
    }
  } finally {
    await house.ops.close();
    await notifier.close();
  }
}

/** Resolves with an exit code, or with the parts of the gateway that takes this one's place. */
async function serveUntilAsked(setting: Setting, house: House): Promise<number | DaemonParts> {
  const { host, stop, parts: { log } } = setting;
  const { notifier, ops } = house;
  // Before the gateway: whoever probes wants to see it start.
  const parts = await openOps(ops, setting);
  const serving = "reason" in parts ? parts : await start({ ...setting, parts });
  if ("reason" in serving) return refuse(host, serving);
  house.gateway = serving.gateway;
  await announce(setting, { url: serving.url, ops: ops.url, tlsFingerprint: serving.tlsFingerprint });
  notifier.ready(`Serving at ${serving.url}`);
  const unfollow = followConfig(setting.parts, serving.composition);
  for (;;) {
    const wish = await stop.next();
    if (wish !== "reload") {
      unfollow();
      log.info("gateway stopping", { signal: wish });
      notifier.stopping();
      await serving.gateway.close();
      log.info("gateway stopped");
      return EXIT.stopped;
    }
    const next = await partsToReload(setting, ops);
    if (next === undefined) continue;
    unfollow();
    log.info("gateway reloading");
    notifier.reloading();
    await serving.gateway.close({ restartExpectedMs: RESTART_MS });
    if (!stop.isRequested()) return next;
    // Somebody wanted it to end while it was at it.
    await next.closeLog();
    log.info("gateway stopped");
    return EXIT.stopped;
  }
}

/** What clients are told to wait before they come back. */
const RESTART_MS = 1_500;

/** The gateway goes on as it is where nothing could be started with what is configured now: a last good one is better than none. */
async function partsToReload({ flags, host, parts: { log } }: Setting, ops: OpsDoor): Promise<DaemonParts | undefined> {
  const next = await openParts(flags, host);
  if (next instanceof Error) {
    log.error("the configuration cannot be used; the gateway goes on with the one before", { path: next.path });
    for (const { path, message } of next.issues) log.error(message, { path });
    return undefined;
  }
  const prepared = await prepare({ flags, host, parts: next });
  const refusal = "reason" in prepared ? prepared : await openOps(ops, { parts: next, host });
  if (!("reason" in refusal)) return next;
  log.error("the gateway could not start as it is configured now, and goes on as it is", { reason: refusal.reason });
  await next.closeLog();
  return undefined;
}

async function announce({ parts, host }: Setting, at: { readonly url: string; readonly ops: string | undefined; readonly tlsFingerprint: string | undefined }): Promise<void> {
  const { config, log, stateDir } = parts;
  const auth = config.settings().auth.mode;
  try {
    parts.openLogFile();
  } catch (error) {
    log.warn("the log cannot be kept in its file; see logging.file", { code: codeOf(error) ?? "unknown" });
  }
  for (const { path, message } of config.warnings()) log.warn(message, { path });
  const channels = await checkChannels(config);
  for (const { path, message } of channels.warnings) log.warn(message, { path });
  for (const { path, message } of channels.issues) log.error(message, { path });
  if (auth === "none") log.warn("the gateway asks for no secret: every process on this host may use it; set gateway.auth.token to change that");
  log.info("gateway ready", { ...at, pid: host.pid, auth, version: VERSION, stateDir });
}

function refuse(host: ProcessHost, { exitCode, reason }: Refusal): number {
  host.stderr.write(`${reason}\n`);
  return exitCode;
}
