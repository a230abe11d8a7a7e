export { whatsapp } from "./channel.js";
export type { WhatsappParts } from "./channel.js";
export { DEFAULT_ACCOUNT, parseWhatsappConfig, WhatsappConfigSchema } from "./config.js";
export type { WhatsappConfig, WhatsappConfigReading } from "./config.js";
