import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { SOMEBODY } from "./user-manager.js";

/** Why no program can be shown a root file system that it can't write to; a test that needs one says so and does nothing. */
export function whyNoReadOnlyRoot(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root on Linux can mount one";
  const { status, stderr } = spawnSync("unshare", ["--mount", "bash", "-c", "mount --make-rprivate / && mount -o remount,bind,ro /"], { encoding: "utf8" });
  return status === 0 ? undefined : `it cannot be mounted: ${stderr.trim()}`;
}

/** Runs a command as somebody without privileges who can write to one folder, which is empty at first and gone afterwards. */
export function onReadOnlyRoot(folder: string, command: readonly [string, ...string[]], env: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams {
  const stage = [
    "mount --make-rprivate /",
    `mount -t tmpfs -o uid=${SOMEBODY},gid=${SOMEBODY},mode=0700 tmpfs "$0"`,
    "mount -o remount,bind,ro /",
    `exec setpriv --reuid ${SOMEBODY} --regid ${SOMEBODY} --clear-groups --bounding-set=-all --no-new-privs "$@"`,
  ].join(" && ");
  return spawn("unshare", ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", stage, folder, ...command], { env: { ...env } });
}
