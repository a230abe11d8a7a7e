export { discord } from "./channel.js";
export { DEFAULT_ACCOUNT, DiscordConfigSchema, parseDiscordConfig } from "./config.js";
export type { DiscordConfig, DiscordConfigReading } from "./config.js";
