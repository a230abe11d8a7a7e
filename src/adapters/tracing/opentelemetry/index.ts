export { OpenTelemetryTracing } from "./open-telemetry-tracing.js";
