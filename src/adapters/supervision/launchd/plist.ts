import type { ServiceDefinition } from "../../../ports/supervisor.js";
import { MARK } from "../definition-file.js";

type Value = string | number | boolean | readonly string[] | Readonly<Record<string, string | boolean>>;

/** Longer than a gateway takes to let its runs end; launchd kills it after that. */
const EXIT_SECONDS = 60;
/** launchd knows no exit code that it should leave alone: what needs its configuration changed is tried this often. */
const THROTTLE_SECONDS = 30;
const OWNER_ONLY_UMASK = 0o077;

/** A launch agent, as XML. */
export function renderPlist(definition: ServiceDefinition, label: string): string {
  const agent: Readonly<Record<string, Value>> = {
    Label: label,
    ProgramArguments: definition.command,
    EnvironmentVariables: definition.environment,
    WorkingDirectory: definition.workingDir,
    RunAtLoad: true,
    // Started again unless it ended with 0, as it does when it was asked to.
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: THROTTLE_SECONDS,
    ExitTimeOut: EXIT_SECONDS,
    Umask: OWNER_ONLY_UMASK,
    // The gateway keeps its log itself, and turns it over; what launchd writes grows without end.
    StandardOutPath: "/dev/null",
    StandardErrorPath: definition.errorFile,
  };
  return `${HEAD}<!-- ${MARK}, which replaces it. -->\n<plist version="1.0">\n${dictionary(agent, "")}\n</plist>\n`;
}

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
`;

function dictionary(entries: Readonly<Record<string, Value>>, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(entries).map(([key, value]) => `${inner}<key>${escaped(key)}</key>\n${inner}${rendered(value, inner)}`);
  return `<dict>\n${lines.join("\n")}\n${indent}</dict>`;
}

function rendered(value: Value, indent: string): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return `<integer>${value}</integer>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (Array.isArray(value)) return `<array>\n${value.map((item: string) => `${indent}  ${text(item)}\n`).join("")}${indent}</array>`;
  return dictionary(value as Readonly<Record<string, string | boolean>>, indent);
}

const text = (value: string): string => `<string>${escaped(value)}</string>`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What XML has no way to write is left out: it cannot be meant in a path. */
const escaped = (value: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  value.replace(/[\u0000-\u001f\u007f\ufffe\uffff]/g, "").replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
