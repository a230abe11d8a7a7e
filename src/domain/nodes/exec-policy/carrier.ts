/** Programs whose arguments say what else to run: who lets one of them through, lets everything through. */
const CARRIERS: ReadonlySet<string> = new Set([
  "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "mksh", "nu", "rbash", "sh", "tcsh", "xonsh", "yash", "zsh",
  "cmd", "powershell", "pwsh", "wscript", "cscript", "mshta", "rundll32", "msbuild",
  "busybox", "toybox",
  "chroot", "chrt", "command", "coproc", "doas", "env", "exec", "find", "firejail", "flock", "ionice", "ld.so", "ltrace", "nice", "nohup", "nsenter",
  "parallel", "pkexec", "runuser", "script", "setarch", "setpriv", "setsid", "ssh", "stdbuf", "strace", "su", "sudo", "systemd-run", "taskset",
  "time", "timeout", "tmux", "screen", "unshare", "watch", "xargs", "gdb", "lldb", "make", "gmake", "ninja", "at", "batch", "crontab", "osascript",
  "awk", "gawk", "mawk", "nawk", "sed", "ed", "ex", "vi", "vim", "nvim", "emacs", "expect", "tclsh", "wish",
  "bun", "deno", "java", "lua", "luajit", "node", "nodejs", "npm", "npx", "osh", "perl", "php", "pip", "pypy", "python", "pythonw", "r", "rscript",
  "ruby", "irb", "ts-node", "tsx", "yarn", "pnpm", "uv", "uvx", "cargo", "go", "docker", "podman", "kubectl", "nix", "nix-shell", "guix",
]);

const EXTENSION = /\.(?:exe|com|cmd|bat)$/u;
/** `python3.12`, `lua5.4`, `gcc-13`'s kin: the same program with its version behind it. */
const VERSION = /-?\d+(?:\.\d+)*$/u;
const LOADER = /^ld(?:-linux|-musl|64)?[-.\w]*\.so(?:\.\d+)*$/u;

/** Whether the program at this path runs whatever its arguments name. By its name: what it really does, nobody can tell. */
export function isCarrier(path: string): boolean {
  const name = (path.split(/[/\\]/u).at(-1) ?? "").toLowerCase().replace(EXTENSION, "");
  return CARRIERS.has(name) || CARRIERS.has(name.replace(VERSION, "")) || LOADER.test(name);
}
