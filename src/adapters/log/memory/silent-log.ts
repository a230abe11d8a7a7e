import type { Log } from "../../../ports/log.js";

/** Says nothing: what a library does unless it is asked to speak. */
export class SilentLog implements Log {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}
