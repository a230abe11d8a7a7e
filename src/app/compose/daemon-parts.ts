import { join } from "node:path";
import { absolute, documentSchema, FileConfigSource, gatewayVariable, InvalidConfigError, judgeConfig, stateDirOf, type ConfigFlags, type ConfigText, type Env } from "../../adapters/config/file/index.js";
import { FileLogTail } from "../../adapters/log/file/file-log-tail.js";
import { RollingLogFile } from "../../adapters/log/file/rolling-log-file.js";
import { PinoLog, type LogLevel, type LogSink } from "../../adapters/log/pino/index.js";
import type { ConfigIssue } from "../../ports/config-source.js";
import type { Log } from "../../ports/log.js";
import type { LogTail } from "../../ports/log-tail.js";
import type { Metrics } from "../../ports/metrics.js";
import { createChannels, type ConfiguredChannels } from "./channels.js";

/** What has to be read or opened before a daemon can be put together. */
export interface DaemonParts {
  readonly stateDir: string;
  readonly allowReadableSecrets: boolean;
  readonly config: FileConfigSource;
  readonly log: Log;
  readonly logTail: LogTail;
  /** Where somebody is to be told of them. */
  readonly metrics?: Metrics;
  /** Writes what the configuration now wants written, and no less than `--verbose` asks for. */
  adjustLog(): void;
  /** Opens the log's file, once the folder is ours. Throws the system's error; the log goes on without it. */
  openLogFile(): void;
  /** Writes out what the log still holds. Comes last. */
  closeLog(): Promise<void>;
}

export interface DaemonSurroundings {
  readonly env: Env;
  readonly flags: ConfigFlags & { readonly verbose?: boolean };
  readonly output: LogSink & { readonly isTTY?: boolean };
}

/** Reads the configuration and prepares the log. Nothing is written yet: the state folder may be somebody else's. */
export async function openDaemonParts({ env, flags, output }: DaemonSurroundings): Promise<DaemonParts | InvalidConfigError> {
  const stateDir = stateDirOf(env);
  const config = await openConfig({ stateDir, env, flags });
  if (config instanceof InvalidConfigError) return config;
  const { logging } = config.config();
  const path = logging?.file === undefined ? join(stateDir, "logs", "gateway.log") : absolute(logging.file, env);
  const file = new RollingLogFile({ path });
  const log = await PinoLog.open({
    level: logLevel(config, flags),
    output,
    sink: file,
    secrets: () => config.secrets(),
  });
  const allowReadableSecrets = gatewayVariable(config.env(), "ALLOW_READABLE_SECRETS") === "1";
  return { stateDir, allowReadableSecrets, config, log, logTail: new FileLogTail({ path }), adjustLog: () => log.setLevel(logLevel(config, flags)), openLogFile: () => file.open(), closeLog: () => file.close() };
}

const logLevel = (config: FileConfigSource, flags: DaemonSurroundings["flags"]): LogLevel => (flags.verbose === true ? "debug" : (config.config().logging?.level ?? "info"));

async function openConfig(options: { stateDir: string; env: Env; flags: ConfigFlags }): Promise<FileConfigSource | InvalidConfigError> {
  try {
    return await FileConfigSource.open({ ...options, check: async (accounts, whole) => (await createChannels(accounts, whole)).issues });
  } catch (error) {
    if (error instanceof InvalidConfigError) return error;
    throw error;
  }
}

/** What is wrong with the channels of a configuration. A gateway starts without those, and says so. */
export function checkChannels(config: FileConfigSource): Promise<Pick<ConfiguredChannels, "issues" | "warnings">> {
  return createChannels(config.accounts(), config.env());
}

/** Judges a file's text as a gateway that starts with it would, its channels included. */
export async function checkConfig(text: ConfigText, env: Env): Promise<CheckedConfig> {
  const { accounts, issues, warnings, env: whole, legacy, migrated } = await judgeConfig(text, env);
  const channels = await createChannels(accounts, whole);
  return { issues: [...issues, ...channels.issues], warnings: [...warnings, ...channels.warnings], legacy, migrated };
}

export const configSchema = (): unknown => documentSchema();

export interface CheckedConfig {
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** Keys at old places, and the file's value with them in their new ones. */
  readonly legacy: readonly ConfigIssue[];
  readonly migrated: unknown;
}
