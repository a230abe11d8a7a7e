import { afterEach, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as dialTls, type TLSSocket } from "node:tls";
import { GivenCertificates } from "../../src/adapters/tls/given/index.js";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";
import { connectClient } from "../../src/client/index.js";
import type { ConnectError } from "../../src/client/errors.js";
import { decodeSetupCode } from "../../src/domain/pairing/setup-code.js";
import { MemoryLog } from "../../src/adapters/log/memory/index.js";
import { runProgram, startDaemon, type Daemon } from "../support/daemon.js";
import { selfSigned } from "./certificate.js";

const pinOf = ({ cert }: { readonly cert: string }): string => new X509Certificate(cert).fingerprint256.replaceAll(":", "").toLowerCase();
const CLIENT = { id: "cli", mode: "cli", version: "1.0.0", platform: "linux" } as const;

const running: { close?(): Promise<unknown>; stop?(): Promise<unknown> }[] = [];
const folders: string[] = [];
const keep = <T extends (typeof running)[number]>(one: T): T => {
  running.push(one);
  return one;
};
const folder = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), "tls-"));
  folders.push(dir);
  return dir;
};
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await (one.close?.() ?? one.stop?.());
  for (const dir of folders.splice(0)) await rm(dir, { recursive: true, force: true });
});

async function shown(port: number, options: { readonly maxVersion?: "TLSv1.2" | "TLSv1.1" } = {}): Promise<{ pin: string; protocol: string | null }> {
  const socket: TLSSocket = dialTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options, ...(options.maxVersion === "TLSv1.1" ? { minVersion: "TLSv1.1" } : {}) });
  await once(socket, "secureConnect");
  const seen = { pin: socket.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase(), protocol: socket.getProtocol() };
  socket.destroy();
  return seen;
}

async function secureGateway() {
  const first = selfSigned();
  const tls = new GivenCertificates(first);
  const log = new MemoryLog();
  const gateway: Gateway = keep(createGateway({ auth: { token: "a-token-for-tls" }, log }));
  const at = await gateway.listen({ port: 0, tls });
  const connect = async (tlsFingerprint: string) => keep(await connectClient({ url: at.url, token: "a-token-for-tls", client: CLIENT, tlsFingerprint }));
  return { gateway, first, tls, at, connect, log };
}

test("a listener with a certificate speaks TLS alone, 1.3 where the peer can and no older one than 1.2", async () => {
  const { at, first, connect } = await secureGateway();
  expect(at).toMatchObject({ url: `wss://127.0.0.1:${at.port}`, tlsFingerprint: pinOf(first) });
  expect(await shown(at.port)).toEqual({ pin: pinOf(first), protocol: "TLSv1.3" });
  expect(await shown(at.port, { maxVersion: "TLSv1.2" })).toMatchObject({ protocol: "TLSv1.2" });
  await expect(shown(at.port, { maxVersion: "TLSv1.1" })).rejects.toThrow();
  const client = await connect(pinOf(first));
  expect((await client.call("health", {})).ok).toBe(true);
});

test("a renewal reaches whoever connects next and drops nobody; a pair that does not fit changes nothing", async () => {
  const { at, first, tls, connect, log } = await secureGateway();
  const early = await connect(pinOf(first));
  const next = selfSigned();
  tls.replace({ cert: next.cert, key: first.key });
  expect((await shown(at.port)).pin).toBe(pinOf(first));
  tls.replace(next);
  expect((await shown(at.port)).pin).toBe(pinOf(next));
  expect((await early.call("health", {})).ok).toBe(true);
  await expect(connect(pinOf(first))).rejects.toMatchObject({ code: "TLS_FINGERPRINT_MISMATCH" } satisfies Partial<ConnectError>);
  expect((await (await connect(pinOf(next))).call("health", {})).ok).toBe(true);
  expect(log.entries.filter(({ message }) => message.includes("certificate")).map(({ level }) => level)).toEqual(["error", "info"]);
  expect(JSON.stringify(log.entries)).not.toContain("PRIVATE KEY");
});

test("a setup code carries the pin of the moment, unless it names somebody else's address", async () => {
  const { gateway, tls } = await secureGateway();
  const next = selfSigned();
  tls.replace(next);
  const own = await gateway.call("device.pair.setupCode", {});
  expect(decodeSetupCode(own.setupCode)).toMatchObject({ tlsFingerprint: pinOf(next), url: expect.stringMatching(/^wss:/) });
  const foreign = await gateway.call("device.pair.setupCode", { publicUrl: "wss://gateway.example.com" });
  expect(decodeSetupCode(foreign.setupCode)).not.toHaveProperty("tlsFingerprint");
});

async function secureDaemon(gateway: object = {}): Promise<Daemon> {
  const stateDir = await folder();
  return keep(await startDaemon({ stateDir, config: { gateway: { auth: { token: "a-token-for-tls" }, ...gateway, tls: { enabled: true, ...(gateway as { tls?: object }).tls } } } }));
}

test("the daemon makes itself a certificate, says its pin, and its own command line trusts that", async () => {
  const daemon = await secureDaemon();
  const ready = JSON.parse(daemon.lines.find((line) => line.includes("gateway ready")) ?? "{}") as { url?: string; tlsFingerprint?: string };
  expect(ready.url).toBe(`wss://127.0.0.1:${daemon.port}`);
  expect((await shown(daemon.port)).pin).toBe(ready.tlsFingerprint);
  for (const asked of [["status"], ["gateway", "status"]]) {
    const status = await daemon.run(...asked);
    expect(status.stdout).toContain(`Certificate (SHA-256): ${ready.tlsFingerprint}`);
    expect(status.code).toBe(0);
  }
  const doctor = await daemon.run("doctor");
  expect(doctor.stdout).toMatch(/ok {4}tls: certificate valid for 36\d\d days/);
  const wrong = await daemon.run("health", "--url", daemon.url, "--token", "a-token-for-tls", "--tls-fingerprint", "0".repeat(64));
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain("not the pinned one");
});

test("files that cannot be served keep the daemon from starting, with exit code 78 and one sentence", async () => {
  const stateDir = await folder();
  const pair = selfSigned();
  await writeFile(join(stateDir, "cert.pem"), pair.cert);
  await writeFile(join(stateDir, "key.pem"), selfSigned().key, { mode: 0o600 });
  const tls = { enabled: true, certPath: join(stateDir, "cert.pem"), keyPath: join(stateDir, "key.pem") };
  await writeFile(join(stateDir, "openclaw.json"), JSON.stringify({ gateway: { auth: { token: "t" }, tls } }), { mode: 0o600 });
  const ended = await runProgram(["gateway", "--port", "0"], { HOME: stateDir, OPENCLAW_STATE_DIR: stateDir });
  expect(ended.code).toBe(78);
  expect(ended.stderr).toMatch(/^The key in .*key\.pem is not the one of the certificate in .*cert\.pem\. [^\n]+\n$/);
});
