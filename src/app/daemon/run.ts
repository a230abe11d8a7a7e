import { compose, type Composition } from "../compose/container.js";
import { followConfig } from "../compose/follow-config.js";
import type { Gateway } from "../compose/create-gateway.js";
import { checkChannels, openDaemonParts, type DaemonParts } from "../compose/daemon-parts.js";
import { StateTakenError } from "../compose/stores.js";
import { OpsDoor } from "../compose/ops-door.js";
import { openNotifier } from "../compose/service-notifier.js";
import { TOKENS } from "../compose/tokens.js";
import type { ServiceNotifier } from "../../ports/service-notifier.js";
import { VERSION } from "../version.js";
import { openCanvas } from "./canvas.js";
import { openOps } from "./ops.js";
import { judgePlace } from "./place.js";
import { findPortOwner } from "./port-owner.js";
import { codeOf, type Refusal } from "./refusal.js";
import { EXIT } from "../process/exit-code.js";
import type { ProcessHost } from "../process/process-host.js";
import { awaitStop, type Stop } from "../process/stop.js";

/** What `openclaw gateway` understands. */
export interface DaemonFlags {
  readonly port?: number;
  readonly bind?: string;
  readonly token?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly allowUnconfigured?: boolean;
  readonly verbose?: boolean;
  /** Understood and without effect: this gateway does not log frames. */
  readonly wsLog?: string;
  /** Asks the gateway that holds the state folder to end, and takes its place. */
  readonly force?: boolean;
}

interface Serving {
  readonly gateway: Gateway;
  readonly composition: Composition;
  readonly url: string;
  readonly tlsFingerprint?: string;
}

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

interface Setting {
  readonly parts: DaemonParts;
  readonly flags: DaemonFlags;
  readonly host: ProcessHost;
  readonly stop: Stop;
}

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

/** Where the gateway would listen, and with what; or why it would not. */
async function prepare({ parts, flags, host }: Omit<Setting, "stop">): Promise<{ readonly composition: Composition; readonly place: Opening["place"] } | Refusal> {
  const listen = parts.config.listen();
  if (listen.mode === "remote" && flags.allowUnconfigured !== true) {
    return {
      exitCode: EXIT.configuration,
      reason: "gateway.mode is \"remote\": this host uses a gateway that runs elsewhere. Set gateway.mode to \"local\", or pass --allow-unconfigured.",
    };
  }
  const composition = await compose(parts);
  const place = judgePlace(listen, {
    auth: parts.config.settings().auth,
    locality: composition.get(TOKENS.locality),
    addresses: host.addresses(),
  });
  if (place.kind !== "listen") return { exitCode: place.kind === "wait" ? EXIT.tryAgain : EXIT.configuration, reason: place.reason };
  return { composition, place };
}

async function start(setting: Setting): Promise<Serving | Refusal> {
  const prepared = await prepare(setting);
  if ("reason" in prepared) return prepared;
  const { composition, place } = prepared;
  const first = await open(composition, { place, setting });
  if (!(first instanceof StateTakenError)) return first;
  return setting.flags.force === true ? replace(first, { place, setting }) : taken(first);
}

interface Opening {
  readonly place: { readonly host: string; readonly also?: string };
  readonly setting: Setting;
}

async function open(composition: Composition, { place, setting }: Opening): Promise<Serving | Refusal | StateTakenError> {
  const { parts, host } = setting;
  const { port, canvasPort } = parts.config.listen();
  const gateway = composition.get(TOKENS.gateway);
  const { certificates } = composition.get(TOKENS.tls);
  const judged = {
    allowedHosts: () => [...parts.config.listen().allowedHosts, host.hostname, `${host.hostname}.local`],
    allowedOrigins: () => parts.config.listen().allowedOrigins,
    ...(certificates === undefined ? {} : { tls: certificates }),
  };
  try {
    const bound = await gateway.listen({ host: place.host, port, ...judged });
    if (place.also !== undefined) {
      await gateway.listen({ host: place.also, port: bound.port, ...judged }).catch((error: unknown) => {
        parts.log.warn("one loopback address could not be opened; the other one serves", { host: place.also, code: codeOf(error) ?? "unknown" });
      });
    }
    if (canvasPort !== undefined && parts.config.settings().canvas.enabled) await openCanvas(gateway, { host: place.host, port: canvasPort, ...judged }, parts.log);
    return { gateway, composition, ...bound };
  } catch (error) {
    if (error instanceof StateTakenError) return error;
    await gateway.close().catch(() => undefined);
    const refusal = await explain(error, { host: place.host, port });
    if (refusal === undefined) throw error;
    return refusal;
  }
}

/** What went wrong, where somebody can do something about it. Everything else is a bug and keeps its stack. */
async function explain(error: unknown, at: { host: string; port: number }): Promise<Refusal | undefined> {
  const code = codeOf(error);
  const where = `${at.host}, port ${at.port}`;
  if (code === "EADDRINUSE") {
    const owner = await findPortOwner(at.port);
    const by = owner === undefined ? "another process" : `${owner.name} (pid ${owner.pid})`;
    return {
      exitCode: EXIT.tryAgain,
      reason: `${where} is already in use by ${by}. Stop it, or choose another port with --port, OPENCLAW_GATEWAY_PORT or gateway.port.`,
    };
  }
  if (code === "EADDRNOTAVAIL") {
    return { exitCode: EXIT.tryAgain, reason: `No network interface of this host has the address ${at.host} now. Change gateway.bind or gateway.customBindHost, or try again when it has.` };
  }
  if (code === "EACCES") {
    return { exitCode: EXIT.configuration, reason: `This user may not listen on ${where}. Choose a port above 1023 with --port, OPENCLAW_GATEWAY_PORT or gateway.port.` };
  }
  if (error instanceof Error && error.name === "StateFileError") return { exitCode: EXIT.configuration, reason: `${error.message}.` };
  if (error instanceof Error && error.name === "CertificateError") return { exitCode: EXIT.configuration, reason: error.message };
  return undefined;
}

const taken = ({ message }: StateTakenError): Refusal =>
  ({ exitCode: EXIT.tryAgain, reason: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` });

const REPLACE_TRIES = 150;
const REPLACE_PAUSE_MS = 100;

/** Longer than a gateway takes to drain: after that, whoever holds the folder is left alone. */
async function replace(holder: StateTakenError, opening: Opening): Promise<Serving | Refusal> {
  const { host, stop, parts } = opening.setting;
  if (holder.pid === undefined || !host.terminate(holder.pid)) return taken(holder);
  for (let attempt = 0; attempt < REPLACE_TRIES; attempt += 1) {
    await stop.pause(REPLACE_PAUSE_MS);
    if (stop.isRequested()) break;
    const opened = await open(await compose(parts), opening);
    if (!(opened instanceof StateTakenError)) return opened;
  }
  return taken(holder);
}
