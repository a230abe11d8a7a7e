export { signal } from "./channel.js";
export { DEFAULT_ACCOUNT, parseSignalConfig, SignalConfigSchema } from "./config.js";
export type { SignalConfig, SignalConfigReading } from "./config.js";
