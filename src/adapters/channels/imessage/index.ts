export { imessage } from "./channel.js";
export { DEFAULT_ACCOUNT, IMessageConfigSchema, parseIMessageConfig } from "./config.js";
export type { IMessageConfig, IMessageConfigReading } from "./config.js";
