import { readFile } from "node:fs/promises";
import type { GatewayClient } from "../../../client/index.js";
import type { ProxySighting } from "../../../domain/protocol/methods/proxy.js";
import { withGateway } from "../connection.js";
import type { Finding } from "../finding.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, EXIT, usageFailure, type CliIo } from "../io.js";
import { at, readLocalConfig, type LocalConfig } from "../local-config.js";
import { printJson, printLine } from "../output.js";
import { ownCertificate, servesTls } from "../own-certificate.js";
import { ownSource, renderCaddy, renderGatewayPart, renderHaproxy, renderNginx, type ProxyPlan } from "../proxy-config.js";
import { judgeProxy, LIES } from "../proxy-findings.js";
import { ask, askForUpgrade } from "../public-url.js";
import { localPort } from "../target.js";
import { printFinding } from "./doctor.js";

const TIMEOUT_MS = 10_000;
const FOREIGN_ORIGIN = "https://another-site.invalid";
const PROGRAMS = { nginx: renderNginx, haproxy: renderHaproxy, caddy: renderCaddy } as const;

export interface ProxyFlags extends ConnectionFlags {
  /** Here: the public URL, not the gateway's. */
  readonly url?: string;
  /** A file with certificates of authorities to trust for the public URL. */
  readonly ca?: string;
  readonly for?: keyof typeof PROGRAMS;
}

/**
 * Asks the public URL without any credential, and the gateway itself, as its administrator, what it saw of that. The
 * configured secret goes to the gateway alone.
 */
export async function run(io: CliIo, { url: text, ...flags }: ProxyFlags): Promise<number> {
  const url = readUrl(text ?? "");
  const timeoutMs = flags.timeout ?? TIMEOUT_MS;
  const ca = flags.ca === undefined ? undefined : await readAuthorities(flags.ca);
  const config = await readLocalConfig(io);
  return await withGateway(io, flags, async (client) => {
    const { seen, findings } = await look(client, { url, timeoutMs, ...(ca === undefined ? {} : { ca }) });
    const wanted = await wantedConfig(client, { url, seen, only: flags.for });
    const files = await renderFiles(config, { url, only: flags.for });
    const sound = findings.every(({ state }) => state !== "fail");
    if (flags.json) printJson(io.stdout, { ok: sound, url: url.origin, findings, ...(seen === undefined ? {} : { seen }), gateway: JSON.parse(wanted) as unknown, proxy: files });
    else print(io, { findings, seen, wanted, files });
    return sound ? EXIT.ok : EXIT.failed;
  }, { scopes: ["operator.admin"] });
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text.replace(/^ws/iu, "http")) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw usageFailure("--url takes the address that people dial, such as https://gateway.example.com.");
  }
  return url;
}

const readAuthorities = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((error: unknown) => {
    throw new CliFailure(`${path} cannot be read (${String((error as { code?: unknown }).code)}).`, { code: "NO_CA", cause: error });
  });

interface Looking {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly ca?: string;
}

async function look(client: GatewayClient, { url, ...how }: Looking): Promise<{ readonly seen: ProxySighting | undefined; readonly findings: readonly Finding[] }> {
  const { ticket, path } = await client.call("proxy.check.begin", {}, how);
  const base = url.pathname.replace(/\/+$/u, "");
  const plain = await ask({ url: new URL(`${base}${path}?as=is`, url), ...how });
  await ask({ url: new URL(`${base}${path}?as=liar`, url), headers: LIES, ...how });
  const socket = new URL(`${base}/`, url);
  const [upgrade, ownPage, foreignPage] = await Promise.all([
    askForUpgrade({ url: socket, ...how }),
    askForUpgrade({ url: socket, headers: { Origin: url.origin }, ...how }),
    askForUpgrade({ url: socket, headers: { Origin: FOREIGN_ORIGIN }, ...how }),
  ]);
  const { sightings: [seen, seenLying] } = await client.call("proxy.check.read", { ticket }, how);
  return { seen, findings: judgeProxy({ url, plain, seen, seenLying, upgrade, ownPage, foreignPage }) };
}

/** What is configured already, and what is missing in it. */
async function wantedConfig(client: GatewayClient, { url, seen, only }: { readonly url: URL; readonly seen: ProxySighting | undefined; readonly only: keyof typeof PROGRAMS | undefined }): Promise<string> {
  const { config } = await client.call("config.get", {});
  const listed = (...path: readonly string[]): readonly string[] => {
    const found = at(config, ...path);
    return Array.isArray(found) ? found.filter((entry): entry is string => typeof entry === "string") : [];
  };
  const { address = "127.0.0.1", place = "loopback", forwarded = true, trusted = false } = seen ?? {};
  const source = place === "loopback" && only !== "caddy" ? (ownSource(process.platform) ?? address) : address;
  const listedAlready = listed("gateway", "trustedProxies");
  const isProxy = forwarded || place === "loopback";
  return renderGatewayPart({ publicUrl: url }, {
    trustedProxies: trusted || !isProxy ? listedAlready : [...new Set([...listedAlready, source])],
    allowedHosts: listed("gateway", "allowedHosts"),
  });
}

async function renderFiles(config: LocalConfig, { url, only }: { readonly url: URL; readonly only: keyof typeof PROGRAMS | undefined }): Promise<Readonly<Record<string, string>>> {
  const certificate = servesTls(config) ? (await ownCertificate(config))?.path : undefined;
  const source = ownSource(process.platform);
  const plan: ProxyPlan = { publicUrl: url, ...(source === undefined ? {} : { source }), upstream: { host: "127.0.0.1", port: localPort(config), ...(certificate === undefined ? {} : { certificate }) } };
  return Object.fromEntries(Object.entries(PROGRAMS).flatMap(([name, render]) => (only === undefined || only === name ? [[name, render(plan)]] : [])));
}

interface Told {
  readonly findings: readonly Finding[];
  readonly seen: ProxySighting | undefined;
  readonly wanted: string;
  readonly files: Readonly<Record<string, string>>;
}

function print(io: CliIo, { findings, seen, wanted, files }: Told): void {
  for (const finding of findings) printFinding(io, finding);
  if (seen !== undefined) {
    printLine(io.stdout, "\nWhat the gateway saw:");
    printJson(io.stdout, seen);
  }
  printLine(io.stdout, "\nThe gateway's configuration (openclaw.json) needs:");
  printLine(io.stdout, wanted);
  for (const [name, text] of Object.entries(files)) {
    printLine(io.stdout, `\n# ${name}`);
    io.stdout.write(text);
  }
}
