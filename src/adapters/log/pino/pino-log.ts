import { pino, stdTimeFunctions, type Logger } from "pino";
import { isSecretName } from "../../../domain/secret-name.js";
import type { Log, LogFields } from "../../../ports/log.js";
import { safeText } from "./safe-text.js";

export type LogLevel = "silent" | "fatal" | "error" | "warn" | "info" | "debug" | "trace";

/** Something that takes whole lines, each with its line feed. */
export interface LogSink {
  write(line: string): void;
}

export interface PinoLogOptions {
  readonly level?: LogLevel;
  /** Where people read: by default the process's standard output. Pretty where it is a terminal. */
  readonly output?: LogSink & { readonly isTTY?: boolean };
  /** A second place, always JSON lines: the file. */
  readonly sink?: LogSink;
  /** Texts that are never written, asked for on each entry so that a new secret is covered at once. */
  readonly secrets?: () => readonly string[];
}

/**
 * One JSON object a line. Every value is cut to 512 characters with control characters made visible; a field with a
 * secret's name and any known secret's text become `[redacted]`.
 */
export class PinoLog implements Log {
  readonly #logger: Logger;
  readonly #secrets: () => readonly string[];

  private constructor(logger: Logger, secrets: () => readonly string[]) {
    this.#logger = logger;
    this.#secrets = secrets;
  }

  /** Asynchronous for one reason: what makes lines pretty is loaded only for a terminal. */
  static async open(options: PinoLogOptions = {}): Promise<PinoLog> {
    const output = options.output ?? process.stdout;
    const rendered = output.isTTY === true ? await prettyLines() : (line: string) => line;
    const destination: LogSink = {
      write(line) {
        output.write(rendered(line));
        options.sink?.write(line);
      },
    };
    const logger = pino({
      level: options.level ?? "info",
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    }, destination);
    return new PinoLog(logger, options.secrets ?? (() => []));
  }

  /** What is less than this is not written from now on. */
  setLevel(level: LogLevel): void {
    this.#logger.level = level;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  #write(level: "debug" | "info" | "warn" | "error", message: string, fields: LogFields = {}): void {
    if (!this.#logger.isLevelEnabled(level)) return;
    const secrets = this.#secrets();
    const safe = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[fieldName(name), safeValue(name, value, secrets)]]));
    this.#logger[level](Object.fromEntries(safe), safeText(message, secrets));
  }
}

// A field must not stand where a reader looks for the line's own facts.
const fieldName = (name: string): string => (["level", "time", "msg"].includes(name) ? `${name}_` : name);

function safeValue(name: string, value: string | number | boolean | null, secrets: readonly string[]): string | number | boolean | null {
  if (typeof value === "string") return isSecretName(name) ? "[redacted]" : safeText(value, secrets);
  // Whatever the types say, an object never gets in: it could carry anything.
  return value === null || typeof value === "number" || typeof value === "boolean" ? value : "[not a flat value]";
}

async function prettyLines(): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  const pretty = prettyFactory({ colorize: true, translateTime: "SYS:HH:MM:ss", singleLine: true });
  return (line) => String(pretty(line) ?? line);
}
