export { telegram } from "./channel.js";
export { DEFAULT_ACCOUNT, parseTelegramConfig, TelegramConfigSchema } from "./config.js";
export type { TelegramConfig, TelegramConfigReading } from "./config.js";
