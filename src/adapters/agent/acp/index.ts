export { AcpRuntime } from "./acp-runtime.js";
export type { AcpRuntimeParts } from "./acp-runtime.js";
export type { AcpConfig, AcpPermissions } from "./config.js";
