import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync } from "node:fs";

/** Somebody who is no administrator, and is known on every host. */
export const SOMEBODY = 65_534;

const MANAGER = "/lib/systemd/systemd";

/**
 * Sets up what a user manager needs, in namespaces of its own, so that the host's own `/run` and control groups are
 * untouched; then starts one as somebody without privileges, and hands standard input to a shell of the same.
 */
const STAGE = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/${SOMEBODY}
chown ${SOMEBODY}:${SOMEBODY} /run/user/${SOMEBODY}
chmod 700 /run/user/${SOMEBODY}
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "$GROUP"
chown -R ${SOMEBODY}:${SOMEBODY} "$GROUP"
echo $$ > "$GROUP/cgroup.procs"
export XDG_RUNTIME_DIR=/run/user/${SOMEBODY}
exec setpriv --reuid ${SOMEBODY} --regid ${SOMEBODY} --clear-groups bash -c '${MANAGER} --user >"$HOME/manager.log" 2>&1 & exec bash'
`;

/** Why there can be no user manager here; a test that needs one says so and does nothing. */
export function whyNoManager(): string | undefined {
  if (process.platform !== "linux") return "only Linux has systemd";
  if (!existsSync(MANAGER)) return "systemd is not installed";
  if (process.getuid?.() !== 0) return "only root can give a user manager control groups of its own";
  const probe = spawnSync("unshare", ["--mount", "--pid", "--fork", "--mount-proc", "--cgroup", "bash", "-c", "umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup"], { encoding: "utf8" });
  return probe.status === 0 ? undefined : `namespaces are not to be had: ${(probe.stderr || String(probe.error ?? "")).trim()}`;
}

export interface Ended {
  readonly code: number;
  /** Both outputs, as they came. */
  readonly output: string;
}

/** A user's session with a systemd of its own, in which commands are run one after the other. */
export class UserManager {
  readonly #shell: ChildProcessWithoutNullStreams;
  #heard = "";
  #wake = (): void => undefined;
  #turns = 0;

  private constructor(shell: ChildProcessWithoutNullStreams) {
    this.#shell = shell;
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#heard += text;
        this.#wake();
      });
    }
    shell.on("exit", () => this.#wake());
  }

  static async open(env: Readonly<Record<string, string>>): Promise<UserManager> {
    const shell = spawn("unshare", ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--cgroup", "bash", "-c", STAGE], {
      env: { PATH: process.env["PATH"] ?? "", GROUP: `/sys/fs/cgroup/supervised-${process.pid}`, ...env },
    });
    const manager = new UserManager(shell);
    await manager.until("systemctl --user is-system-running --wait", ({ output }) => output.includes("running"));
    return manager;
  }

  async run(command: string): Promise<Ended> {
    const mark = `--end ${(this.#turns += 1)}--`;
    this.#heard = "";
    this.#shell.stdin.write(`{ ${command}\n} </dev/null; printf '%s %s\\n' '${mark}' $?\n`);
    const end = new RegExp(`${mark} (\\d+)\\n`);
    for (;;) {
      const found = end.exec(this.#heard);
      if (found !== null) return { code: Number(found[1]), output: this.#heard.slice(0, found.index) };
      if (this.#shell.exitCode !== null) throw new Error(`the session ended: ${this.#heard}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Runs it again until what it says will do. */
  async until(command: string, isEnough: (end: Ended) => boolean): Promise<Ended> {
    for (;;) {
      const end = await this.run(`${command}; code=$?; sleep 0.1; (exit $code)`);
      if (isEnough(end)) return end;
    }
  }

  /** Ends whatever runs in it. */
  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#shell.once("close", resolve));
    this.#shell.kill("SIGKILL");
    await gone;
  }
}
