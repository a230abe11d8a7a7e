import { compose, type Composition } from "../compose/container.js";
import type { Gateway } from "../compose/create-gateway.js";
import type { DaemonParts } from "../compose/daemon-parts.js";
import { StateTakenError } from "../compose/stores.js";
import { TOKENS } from "../compose/tokens.js";
import { openCanvas } from "./canvas.js";
import { judgePlace, namesOf, type Place } from "./place.js";
import { withRemote } from "./remote.js";
import { describePortOwner } from "./port-owner.js";
import { codeOf, type Refusal } from "./refusal.js";
import { EXIT } from "../process/exit-code.js";
import type { ProcessHost } from "../process/process-host.js";
import type { Stop } from "../process/stop.js";

/** What `openclaw gateway` understands. */
export interface DaemonFlags {
  readonly port?: number;
  readonly bind?: string;
  readonly token?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly tailscale?: string;
  readonly allowUnconfigured?: boolean;
  readonly verbose?: boolean;
  /** Understood and without effect: this gateway does not log frames. */
  readonly wsLog?: string;
  /** Asks the gateway that holds the state folder to end, and takes its place. */
  readonly force?: boolean;
}

export interface Serving {
  readonly gateway: Gateway;
  readonly composition: Composition;
  readonly url: string;
  readonly tlsFingerprint?: string;
}

/** One gateway to be started in this process, and for whom. */
export interface Setting {
  readonly parts: DaemonParts;
  readonly flags: DaemonFlags;
  readonly host: ProcessHost;
  readonly stop: Stop;
}

/** Where the gateway would listen, and with what; or why it would not. */
export async function prepare({ parts, flags, host }: Omit<Setting, "stop">): Promise<{ readonly composition: Composition; readonly place: Opening["place"] } | Refusal> {
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

/** Opens the state folder and the ports; a refusal leaves nothing open. */
export async function start(setting: Setting): Promise<Serving | Refusal> {
  const prepared = await prepare(setting);
  if ("reason" in prepared) return prepared;
  const { composition, place } = prepared;
  const first = await open(composition, { place, setting });
  if (!(first instanceof StateTakenError)) return first;
  return setting.flags.force === true ? replace(first, { place, setting }) : taken(first);
}

interface Opening {
  readonly place: Extract<Place, { kind: "listen" }>;
  readonly setting: Setting;
}

async function open(composition: Composition, { place, setting }: Opening): Promise<Serving | Refusal | StateTakenError> {
  const { parts, host } = setting;
  const { port, canvasPort } = parts.config.listen();
  const gateway = composition.get(TOKENS.gateway);
  const { certificates } = composition.get(TOKENS.tls);
  const judged = {
    allowedHosts: () => [...namesOf(parts, host), ...composition.get(TOKENS.tailnetDoor).hosts()],
    allowedOrigins: () => parts.config.listen().allowedOrigins,
    ...(certificates === undefined ? {} : { tls: certificates }),
  };
  try {
    const bound = await gateway.listen({ host: place.host, port, ...judged, ...(place.trustOwnAddress === true ? { trustOwnAddress: true } : {}) });
    if (place.also !== undefined) {
      await gateway.listen({ host: place.also, port: bound.port, ...judged }).catch((error: unknown) => {
        parts.log.warn("one loopback address could not be opened; the other one serves", { host: place.also, code: codeOf(error) ?? "unknown" });
      });
    }
    if (canvasPort !== undefined && parts.config.settings().canvas.enabled) await openCanvas(gateway, { host: place.host, port: canvasPort, ...judged }, parts.log);
    return { gateway: withRemote(gateway, { parts, composition, bound, host }), composition, ...bound };
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
    return {
      exitCode: EXIT.tryAgain,
      reason: `${where} is already in use by ${await describePortOwner(at.port)}. Stop it, or choose another port with --port, OPENCLAW_GATEWAY_PORT or gateway.port.`,
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
