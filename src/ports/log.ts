/** Flat values only: what goes into a log line is decided where it is written, never by dumping an object. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Adapters cut and escape every value and drop fields that carry secrets. `message` is a constant sentence, never user text. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
