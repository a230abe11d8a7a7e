import type { CliIo } from "./io.js";
import type { ConfigFinding } from "./load-daemon.js";
import { at, parseJson5, type LocalConfig } from "./local-config.js";
import { cell } from "./output.js";

export interface ConfigVerdict {
  readonly issues: readonly ConfigFinding[];
  readonly warnings: readonly ConfigFinding[];
  readonly legacy?: readonly ConfigFinding[];
  readonly migrated?: unknown;
  /** `gateway`: every key was judged as the gateway would. `syntax`: only the form, and the keys this client reads. */
  readonly depth: "gateway" | "syntax";
}

export const findingLine = ({ path, message }: ConfigFinding): string => `${path === "" ? "the file" : cell(path, 120)}: ${cell(message, 300)}`;

/** Judges a configuration's text, by the gateway's own rules where its bundle is at hand. */
export async function checkConfig(io: CliIo, file: Pick<LocalConfig, "path" | "raw" | "env">): Promise<ConfigVerdict> {
  const daemon = await io.loadDaemon().catch(() => undefined);
  if (daemon?.checkConfig) return { ...(await daemon.checkConfig({ path: file.path, raw: file.raw }, file.env)), depth: "gateway" };
  return { issues: await formIssues(file.raw), warnings: [], depth: "syntax" };
}

async function formIssues(raw: string | undefined): Promise<readonly ConfigFinding[]> {
  if (raw === undefined) return [];
  const result = await parseJson5(raw);
  if ("problem" in result) return [{ path: "", message: result.problem }];
  const { value } = result;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [{ path: "", message: "Expected a section of keys." }];
  return [
    ...judge(value, "gateway.port", (port) => Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65_535, "a whole number from 0 to 65535"),
    ...judge(value, "gateway.auth.mode", (mode) => ["none", "token", "password"].includes(String(mode)), "none, token or password"),
    ...judge(value, "gateway.bind", (bind) => ["loopback", "lan", "tailnet", "auto", "custom"].includes(String(bind)), "loopback, lan, tailnet, auto or custom"),
    ...judge(value, "gateway.auth.token", isText, "a text that is not empty"),
    ...judge(value, "gateway.auth.password", isText, "a text that is not empty"),
  ];
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

// oxlint-disable-next-line max-params -- a row of a table
function judge(root: unknown, path: string, fits: (value: unknown) => boolean, expected: string): readonly ConfigFinding[] {
  const value = at(root, ...path.split("."));
  return value === undefined || fits(value) ? [] : [{ path, message: `Expected ${expected}.` }];
}
