import { readdir, readFile, readlink } from "node:fs/promises";

export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

/** In words, for a refusal. */
export async function describePortOwner(port: number): Promise<string> {
  const owner = await findPortOwner(port);
  return owner === undefined ? "another process" : `${owner.name} (pid ${owner.pid})`;
}

const LISTENING = "0A";

/**
 * The process that listens on a TCP port, as far as this user may see it: Linux only, elsewhere and for other users'
 * processes `undefined`. For messages, never for decisions.
 */
export async function findPortOwner(port: number): Promise<PortOwner | undefined> {
  const inodes = new Set([...(await inodesOf("/proc/net/tcp", port)), ...(await inodesOf("/proc/net/tcp6", port))]);
  if (inodes.size === 0) return undefined;
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^[0-9]+$/.test(name));
  for (const pid of pids) {
    if (await holdsSocket(pid, inodes)) {
      const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
      return { pid: Number(pid), name: name.trim() };
    }
  }
  return undefined;
}

async function inodesOf(table: string, port: number): Promise<readonly string[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = (await readFile(table, "utf8").catch(() => "")).split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return local?.endsWith(suffix) === true && state === LISTENING && inode !== undefined ? [inode] : [];
  });
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
    const inode = /^socket:\[([0-9]+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}
