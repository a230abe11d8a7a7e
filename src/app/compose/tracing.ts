import type { Log } from "../../ports/log.js";
import type { Tracing } from "../../ports/tracing.js";
import { VERSION } from "../version.js";

/** Under this name the API of OpenTelemetry, whichever copy of it, leaves what was registered with it; so for all of its first major version. */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/**
 * The tracing of whoever registered an SDK in this process before the gateway was opened: an embedder, or an operator by
 * `node --import`. Where nobody did, not even the API is loaded.
 */
export async function registeredTracing(log: Log): Promise<Tracing | undefined> {
  const registered = (globalThis as unknown as Record<symbol, { readonly trace?: unknown } | undefined>)[REGISTERED];
  if (registered?.trace === undefined) return undefined;
  try {
    const { OpenTelemetryTracing } = await import("../../adapters/tracing/opentelemetry/index.js");
    return await OpenTelemetryTracing.open(VERSION);
  } catch (error) {
    log.warn("an OpenTelemetry SDK is registered, and the gateway cannot find the package @opentelemetry/api; nothing of it is traced", { code: String((error as { code?: unknown }).code) });
    return undefined;
  }
}
