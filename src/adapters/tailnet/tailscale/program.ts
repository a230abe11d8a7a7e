import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { printable } from "../../../domain/text/printable.js";

type Env = Readonly<Record<string, string | undefined>>;

export type ProgramEnd =
  | { readonly kind: "done"; readonly output: string }
  | { readonly kind: "failed"; readonly reason: string };

const NAME = process.platform === "win32" ? "tailscale.exe" : "tailscale";
/** Where its installers put it, in case the daemon was started with a short PATH. */
const USUAL = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/Applications/Tailscale.app/Contents/MacOS", "C:\\Program Files\\Tailscale"];
const MAX_BYTES = 1024 * 1024;
/** Of what it said, in a log line. */
const MAX_SAID = 400;

/** The tailscale program of this host: the configured one, else the first along PATH. A relative entry of PATH is passed over. */
export async function findTailscale(configured: string | undefined, env: Env): Promise<string | undefined> {
  const found = (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const candidates = configured === undefined ? [...found, ...USUAL].map((folder) => join(folder, NAME)) : [configured];
  for (const candidate of candidates) {
    if (await access(candidate, constants.X_OK).then(() => true, () => false)) return candidate;
  }
  return undefined;
}

/** Runs it once, without a shell. What it has to ask a person for it cannot: it is ended after `timeoutMs`. */
export function runTailscale(file: string, args: readonly string[], { env, timeoutMs }: { readonly env: Env; readonly timeoutMs: number }): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { env: { ...env }, timeout: timeoutMs, maxBuffer: MAX_BYTES, windowsHide: true }, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: "done", output: stdout });
      const said = printable(`${stderr}\n${stdout}`.trim().replace(/\s+/gu, " "), MAX_SAID);
      const how = error.killed === true ? `did not end within ${timeoutMs / 1_000} s` : `failed (${typeof error.code === "string" ? error.code : `exit code ${error.code ?? "none"}`})`;
      return resolve({ kind: "failed", reason: `"tailscale ${args.join(" ")}" ${how}${said === "" ? "." : `, and said: ${said}`}` });
    });
    child.stdin?.end();
  });
}
