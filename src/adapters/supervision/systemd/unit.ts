import type { ServiceDefinition } from "../../../ports/supervisor.js";
import { MARK } from "../definition-file.js";

export interface UnitOptions {
  /** The name without its ending. */
  readonly unit: string;
  /** The gateway can say when it is ready, and that it is alive. */
  readonly notifies: boolean;
}

/** Longer than a gateway takes to let its runs end and to send what they said. */
const STOP_SECONDS = 60;
/** How long the event loop may stand still. Nothing that the gateway does takes a second of it. */
const WATCHDOG_SECONDS = 60;

/**
 * A unit of systemd's user manager. What is not in here, and why: capabilities, device and clock protection make a user
 * manager refuse to start a service; file system protection is passed over by some versions and needs user namespaces in
 * others, which many hosts forbid; `MemoryDenyWriteExecute` forbids what JavaScript is compiled by; `RestrictNamespaces`
 * would take their own sandbox from agents and browsers that the gateway starts.
 */
export function renderUnit(definition: ServiceDefinition, { unit, notifies }: UnitOptions): string {
  const lines = [
    `# ${MARK}, which replaces it. What you change belongs into a drop-in: systemctl --user edit ${unit}`,
    "[Unit]",
    `Description=${plain(definition.description)}`,
    "# What ends with 75 may work later, however often it did not.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    ...(notifies ? NOTIFYING : SILENT),
    `ExecStart=${definition.command.map((word, nth) => (nth === 0 ? quoted(word) : argument(word))).join(" ")}`,
    "ExecReload=/bin/kill -USR1 $MAINPID",
    `WorkingDirectory=${specifier(plain(definition.workingDir))}`,
    ...Object.entries(definition.environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    ...RESTARTING,
    ...HARDENING,
    "",
    "[Install]",
    "WantedBy=default.target",
  ];
  return `${lines.join("\n")}\n`;
}

const NOTIFYING: readonly string[] = [
  "Type=notify",
  "# The gateway speaks through systemd-notify, a process of its own.",
  "NotifyAccess=all",
  `WatchdogSec=${WATCHDOG_SECONDS}`,
];

/** Without systemd-notify nobody hears of readiness; whoever starts it asks /readyz. */
const SILENT: readonly string[] = ["Type=exec"];

const RESTARTING: readonly string[] = [
  "# It ends with 0 when it was asked to, and with 78 when its configuration has to change first.",
  "Restart=on-failure",
  "RestartPreventExitStatus=78",
  "RestartSec=5",
  "# The gateway ends its agents and helpers itself, after their last words.",
  "KillMode=mixed",
  `TimeoutStopSec=${STOP_SECONDS}`,
  "# What an agent starts may use up the memory; that must not end the gateway.",
  "OOMPolicy=continue",
];

const HARDENING: readonly string[] = [
  "UMask=0077",
  "# A core file would hold every secret that the gateway knows.",
  "LimitCORE=0",
  "NoNewPrivileges=yes",
  "KeyringMode=private",
  "LockPersonality=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "SystemCallArchitectures=native",
  "SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap",
  "SystemCallErrorNumber=EPERM",
];

/** `%` begins a specifier nearly everywhere. */
const specifier = (text: string): string => text.replaceAll("%", "%%");

/** One word in double quotes. A line break cannot be meant, and would begin a setting of its own. */
const quoted = (text: string): string => `"${specifier(plain(text)).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** In a command's arguments, unlike in its path, `$` begins a variable. */
const argument = (text: string): string => quoted(text).replaceAll("$", "$$$$");

// oxlint-disable-next-line no-control-regex -- these are what it is about
const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, "");
