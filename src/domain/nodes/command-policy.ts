import { platformKind, type PlatformKind } from "./platform.js";

/** What the configuration says of node commands: names, or groups such as `camera.*`. */
export interface CommandPolicy {
  /** Beyond what the platform's list has. */
  readonly allow: readonly string[];
  /** Wins over everything. */
  readonly deny: readonly string[];
}

const HARMLESS = ["canvas.*", "location.get", "system.notify"] as const;
const PHONE = ["canvas.*", "camera.*", "screen.record", "location.get"] as const;
const DESKTOP = [...PHONE, "system.*", "browser.proxy"] as const;

/** What each platform may offer unless the configuration says otherwise. Each command must be declared and approved besides. */
export const PLATFORM_COMMANDS: Readonly<Record<PlatformKind, readonly string[]>> = {
  ios: PHONE,
  android: [...PHONE, "sms.send"],
  macos: DESKTOP,
  linux: DESKTOP,
  windows: DESKTOP,
  // Whoever names a platform that nobody knows must not gain by it.
  unknown: HARMLESS,
};

const fits = (pattern: string, command: string): boolean =>
  pattern === "*" || pattern === command || (pattern.endsWith(".*") && command.startsWith(pattern.slice(0, -1)));

const anyFits = (patterns: readonly string[], command: string): boolean => patterns.some((pattern) => fits(pattern, command));

/** Whether the platform's list or the configuration allows a command. */
export const allowsCommand = (policy: CommandPolicy, platform: string, command: string): boolean =>
  !anyFits(policy.deny, command) && (anyFits(policy.allow, command) || anyFits(PLATFORM_COMMANDS[platformKind(platform)], command));

const EXEC = ["system.run", "system.run.*", "system.execApprovals.*", "browser.proxy"] as const;

/** Commands that give whoever invokes them the node's own shell, or the person's browser. */
export const isExecCommand = (command: string): boolean => anyFits(EXEC, command);

/** Commands that run a program, and whose params say whether somebody approved it. */
export const isShellCommand = (command: string): boolean => anyFits(["system.run", "system.run.*"], command);

const FOREGROUND = ["canvas.*", "camera.*", "screen.*"] as const;

/** Commands that a phone carries out only while its app is in front. */
export const needsForeground = (platform: string, command: string): boolean =>
  ["ios", "android"].includes(platformKind(platform)) && anyFits(FOREGROUND, command);
