import type { GatewayClient } from "../../../client/index.js";
import { dial, type Wish } from "../connection.js";
import { explainConnect, explainRefusal } from "../explain.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, EXIT, usageFailure, type CliIo } from "../io.js";
import { cell, printJson, printLine } from "../output.js";
import type { SshTarget } from "../ssh-target.js";
import type { Tunnel } from "../ssh-tunnel.js";
import { DEFAULT_PORT, resolveTarget, type Target } from "../target.js";

const METHODS = ["health", "status", "system-presence", "config.get"] as const;
const PROBE_TIMEOUT_MS = 3000;
/** Keys are exchanged first, over a network. */
const SSH_TIMEOUT_MS = 10_000;
const ROUND_TRIPS = 5;
const WISH: Wish = { mode: "probe", scopes: ["operator.read"] };

export interface ProbeFlags extends ConnectionFlags {
  /** `[user@]host[:port]`. */
  readonly ssh?: string;
  readonly sshIdentity?: string;
  readonly sshConfig?: string;
  /** The gateway's, on the other host. */
  readonly gatewayPort?: number;
}

type Answer = { readonly ok: true; readonly payload: unknown } | { readonly ok: false; readonly code: string; readonly message: string };

interface Way {
  readonly target: Target;
  readonly timeoutMs: number;
  readonly ssh?: { readonly to: SshTarget; readonly tunnel: Tunnel };
}

/** Visits as a probe, which asks for nothing but to read, and tells how far it came. */
export async function run(io: CliIo, flags: ProbeFlags): Promise<number> {
  const way = await wayOf(io, flags);
  try {
    return await visit(io, flags, way);
  } finally {
    await way.ssh?.tunnel.close();
  }
}

async function wayOf(io: CliIo, flags: ProbeFlags): Promise<Way> {
  if (flags.ssh === undefined) return { target: await resolveTarget(io, flags), timeoutMs: flags.timeout ?? PROBE_TIMEOUT_MS };
  if (flags.url !== undefined) throw usageFailure("--ssh leads to the gateway on the other host's loopback: leave out --url, and pass --gateway-port where it is not 18789.");
  const [{ parseSshTarget }, { openTunnel }] = await Promise.all([import("../ssh-target.js"), import("../ssh-tunnel.js")]);
  const to = parseSshTarget(flags.ssh);
  const timeoutMs = flags.timeout ?? SSH_TIMEOUT_MS;
  const tunnel = await openTunnel({
    target: to,
    port: flags.gatewayPort ?? DEFAULT_PORT,
    timeoutMs,
    env: io.env,
    ...(flags.sshIdentity === undefined ? {} : { identity: flags.sshIdentity }),
    ...(flags.sshConfig === undefined ? {} : { config: flags.sshConfig }),
  });
  const scheme = flags.tlsFingerprint === undefined ? "ws" : "wss";
  const target = await resolveTarget(io, { ...flags, url: `${scheme}://127.0.0.1:${tunnel.port}` });
  return { target, timeoutMs, ssh: { to, tunnel } };
}

async function visit(io: CliIo, { json }: ProbeFlags, way: Way): Promise<number> {
  const { target, timeoutMs, ssh } = way;
  const place = { url: target.url, ...(ssh === undefined ? {} : { ssh: ssh.to.destination }) };
  const begun = performance.now();
  let client: GatewayClient | undefined;
  try {
    client = await dial(io, target, { ...WISH, timeoutMs, forgetful: ssh !== undefined });
    const connectMs = Math.round(performance.now() - begun);
    const latencyMs = await roundTrip(client, timeoutMs);
    const answers = new Map<string, Answer>();
    for (const method of METHODS) answers.set(method, await ask(client, method, timeoutMs));
    const { protocol, server, auth } = client.hello;
    const handshake = { ok: true, ...(auth === undefined ? {} : { role: auth.role, scopes: auth.scopes }) };
    const report = { ok: true, ...place, reachable: true, connectMs, handshake, protocol, version: server.version, latencyMs, calls: Object.fromEntries(answers) };
    if (json) printJson(io.stdout, report);
    else printReport(io, report, answers);
    return [...answers.values()].every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
  } catch (error) {
    const failure = ssh?.tunnel.problem() === undefined ? explainRefusal(explainConnect(error, target, io.now())) : await sshFailure(ssh);
    if (!(failure instanceof CliFailure)) throw failure;
    return tellFailure(io, { json, place, failure, reachable: isReached(failure) });
  } finally {
    await client?.close();
  }
}

const NOBODY_THERE: ReadonlySet<string> = new Set(["UNREACHABLE", "TIMEOUT", "CLOSED", "TLS_FAILED", "NO_SSH", "SSH_FAILED", "INSECURE_URL", "BAD_URL"]);

/** A gateway that turns somebody down is there. */
const isReached = ({ code }: CliFailure): boolean => !NOBODY_THERE.has(code);

async function sshFailure({ to, tunnel }: NonNullable<Way["ssh"]>): Promise<CliFailure> {
  const { code, said } = tunnel.problem() ?? { code: "SSH_FAILED", said: "" };
  if (code === "NO_SSH") return new CliFailure(`The ssh program cannot be started (${cell(said)}).`, { code, hints: ["Install OpenSSH's client."] });
  const { explainSsh } = await import("../ssh-target.js");
  const { message, hints } = explainSsh(said, to);
  return new CliFailure(message, { code, exitCode: EXIT.tryAgain, hints, details: { said: cell(said.trim().split("\n").at(-1), 300) } });
}

/** The median of a few: the first also pays for what is loaded, and one may be unlucky. */
async function roundTrip(client: GatewayClient, timeoutMs: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUND_TRIPS; round += 1) {
    const begun = performance.now();
    await ask(client, "health", timeoutMs);
    times.push(performance.now() - begun);
  }
  return Math.round((times.sort((a, b) => a - b)[ROUND_TRIPS >> 1] ?? 0) * 10) / 10;
}

async function ask(client: GatewayClient, method: string, timeoutMs: number): Promise<Answer> {
  try {
    return { ok: true, payload: await client.request(method, {}, { timeoutMs }) };
  } catch (error) {
    const failure = explainRefusal(error);
    if (failure instanceof CliFailure) return { ok: false, code: failure.code, message: failure.message };
    throw failure;
  }
}

interface Place {
  readonly url: string;
  readonly ssh?: string;
}

const headline = ({ url, ssh }: Place): string => `Gateway probe: ${cell(url, 200)}${ssh === undefined ? "" : ` (through ssh to ${cell(ssh, 200)})`}`;

interface Report extends Place {
  readonly connectMs: number;
  readonly protocol: number;
  readonly version: string;
  readonly latencyMs: number;
}

function printReport(io: CliIo, report: Report, answers: ReadonlyMap<string, Answer>): void {
  printLine(io.stdout, headline(report));
  printLine(io.stdout, `Reachable: yes, connected in ${report.connectMs} ms`);
  printLine(io.stdout, `Handshake: ok (protocol ${report.protocol}, version ${cell(report.version)})`);
  printLine(io.stdout, `Latency: ${report.latencyMs} ms`);
  for (const [method, answer] of answers) {
    printLine(io.stdout, `${method}: ${answer.ok ? "ok" : answer.message}`);
    if (answer.ok) printJson(io.stdout, answer.payload);
  }
}

function tellFailure(io: CliIo, { json, place, failure, reachable }: { json: boolean | undefined; place: Place; failure: CliFailure; reachable: boolean }): number {
  const { code, message, hints, details, exitCode } = failure;
  if (json) {
    printJson(io.stdout, { ok: false, ...place, reachable, handshake: { ok: false }, error: { code, message, hints, ...(details === undefined ? {} : { details }) } });
    return exitCode;
  }
  printLine(io.stdout, headline(place));
  printLine(io.stdout, `Reachable: ${reachable ? "yes" : "no"}`);
  if (reachable) printLine(io.stdout, "Handshake: refused");
  printLine(io.stdout, message);
  for (const hint of hints) printLine(io.stdout, `  ${hint}`);
  return exitCode;
}
