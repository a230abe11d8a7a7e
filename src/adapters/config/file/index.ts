export { judgeConfig, type JudgedConfig } from "./check-config.js";
export type { ConfiguredAccount } from "./channels.js";
export type { ConfigText } from "./load.js";
export { FileConfigSource, InvalidConfigError, type FileConfigOptions } from "./file-config-source.js";
export { gatewayVariable, type Env } from "./env.js";
export { documentSchema } from "./schema-document.js";
export { absolute, stateDirOf } from "./locate.js";
export type { Config } from "./schema.js";
export type { Bind, ConfigFlags, ListenSettings } from "./settings.js";
