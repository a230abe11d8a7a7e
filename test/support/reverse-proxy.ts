import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { renderHaproxy, renderNginx } from "../../src/app/cli/proxy-config.js";
import { freePort } from "./free-port.js";

const PROGRAMS = { nginx: "/usr/sbin/nginx", haproxy: "/usr/sbin/haproxy", sshd: "/usr/sbin/sshd" } as const;
export type DebianProgram = keyof typeof PROGRAMS;

export const programOf = (name: DebianProgram): string => PROGRAMS[name];

/** Whether a program of Debian's is here. In CI it must be: there a test without it fails rather than passing unseen. */
export function isInstalled(name: DebianProgram): boolean {
  const isThere = existsSync(PROGRAMS[name]);
  if (!isThere && process.env["CI"] !== "true") process.stderr.write(`\n${PROGRAMS[name]} is not installed: what needs it was NOT tested. See .ci/run for the packages.\n`);
  return isThere || process.env["CI"] === "true";
}

export interface ReverseProxy {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

export interface ProxyWish {
  readonly upstreamPort: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** In place of what `openclaw doctor proxy` prints. */
  readonly config?: (port: number) => string;
}

const STARTS = 3;

/** An nginx or HAProxy of Debian's on this host, as `openclaw doctor proxy` would have it configured. */
export async function startProxy(kind: "nginx" | "haproxy", wish: ProxyWish): Promise<ReverseProxy> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(kind, wish);
    } catch (error) {
      // Somebody else may take the port between its being found free and its being bound.
      if (attempt === STARTS) throw error;
    }
  }
}

async function startOnce(kind: "nginx" | "haproxy", wish: ProxyWish): Promise<ReverseProxy> {
  const dir = await mkdtemp(join(tmpdir(), `${kind}-`));
  const port = await freePort();
  const files = { certificate: join(dir, "cert.pem"), key: join(dir, "key.pem") };
  if (wish.tls !== undefined) {
    await writeFile(files.certificate, kind === "haproxy" ? `${wish.tls.cert}\n${wish.tls.key}` : wish.tls.cert);
    await writeFile(files.key, wish.tls.key);
  }
  const scheme = wish.tls === undefined ? "http" : "https";
  const plan = { publicUrl: new URL(`${scheme}://127.0.0.1:${port}`), upstream: { host: "127.0.0.1", port: wish.upstreamPort }, listen: "127.0.0.1", source: "127.0.0.2", ...files };
  const config = wish.config?.(port) ?? (kind === "nginx" ? renderNginx(plan) : renderHaproxy(plan));
  await writeFile(join(dir, "proxy.conf"), kind === "nginx" ? nginxFile(config, dir) : config);
  const args = kind === "nginx" ? ["-p", dir, "-e", "stderr", "-c", join(dir, "proxy.conf")] : ["-db", "-f", join(dir, "proxy.conf")];
  const child = spawn(PROGRAMS[kind], args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await listens(port, child);
  } catch (error) {
    await stop();
    throw new Error(`${kind} did not start: ${said}`, { cause: error });
  }
  return { port, url: `${scheme}://127.0.0.1:${port}`, stop };
}

const nginxFile = (server: string, dir: string): string => `
daemon off;
pid ${join(dir, "nginx.pid")};
worker_processes 1;
${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 64; }
http {
access_log off;
${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${join(dir, name)};`).join("\n")}
${server}
}
`;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** Resolves when something accepts connections there; rejects where the program ended before. */
export async function listens(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    if (await accepts(port)) return;
    await pause(20);
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(socket.destroy() !== undefined));
    socket.once("error", () => resolve(false));
  });
