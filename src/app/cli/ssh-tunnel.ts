import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { SshTarget } from "./ssh-target.js";

export interface TunnelWish {
  readonly target: SshTarget;
  /** A file with a private key. */
  readonly identity?: string;
  /** ssh's configuration, in place of the user's own. */
  readonly config?: string;
  /** The port on the other host's loopback. */
  readonly port: number;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Tunnel {
  /** On this host's loopback. */
  readonly port: number;
  /** What ssh said, where it has given up. */
  problem(): { readonly code: "NO_SSH" | "SSH_FAILED"; readonly said: string } | undefined;
  close(): Promise<void>;
}

/** Of what ssh says, as much as explains an end. */
const MAX_SAID = 4_000;
/** A connection may be refused and tried again with other credentials. */
const MAX_CONNECTIONS = 4;

/**
 * A port of this host's loopback that leads to one on another host's, by the ssh program: its keys, its known hosts, its
 * configuration. Each connection has an ssh of its own, whose pipes are the tunnel, so that no port has to be guessed.
 */
export async function openTunnel(wish: TunnelWish): Promise<Tunnel> {
  const ends: (() => Promise<unknown>)[] = [];
  let problem: ReturnType<Tunnel["problem"]>;
  const server = createServer((socket) => {
    if (ends.length >= MAX_CONNECTIONS) return void socket.destroy();
    ends.push(carry(socket, wish, (found) => (problem ??= found)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    problem: () => problem,
    close: async () => {
      server.close();
      await Promise.all(ends.map((end) => end()));
    },
  };
}

function carry(socket: Socket, wish: TunnelWish, tell: (problem: NonNullable<ReturnType<Tunnel["problem"]>>) => void): () => Promise<unknown> {
  const child = spawn("ssh", argumentsOf(wish), { stdio: ["pipe", "pipe", "pipe"], env: { ...wish.env }, windowsHide: true });
  let said = "";
  let failed: string | undefined;
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-MAX_SAID)));
  const ended = new Promise<void>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => (failed = error.code ?? "unknown"));
    child.on("close", (code) => {
      if (failed !== undefined) tell({ code: "NO_SSH", said: failed });
      else if (code !== 0 && code !== null) tell({ code: "SSH_FAILED", said });
      socket.end();
      resolve();
    });
  });
  for (const stream of [socket, child.stdin, child.stdout]) stream.on("error", () => undefined);
  socket.pipe(child.stdin);
  // Whoever is at the other end hears of it only once it is known why.
  child.stdout.pipe(socket, { end: false });
  socket.on("close", () => child.kill());
  return () => {
    socket.destroy();
    child.kill();
    return ended;
  };
}

function argumentsOf({ target, identity, config, port, timeoutMs }: TunnelWish): readonly string[] {
  const options = { BatchMode: "yes", ConnectTimeout: String(Math.max(1, Math.ceil(timeoutMs / 1_000))), PermitLocalCommand: "no" };
  return [
    ...(config === undefined ? [] : ["-F", config]),
    // Nobody is asked for anything: an unknown host's key is a failure, never accepted in passing.
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    ...(identity === undefined ? [] : ["-o", "IdentitiesOnly=yes", "-i", identity]),
    ...(target.port === undefined ? [] : ["-p", String(target.port)]),
    "-W", `127.0.0.1:${port}`,
    "--", target.destination,
  ];
}
