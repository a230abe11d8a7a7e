export { hostCommands, type HostCommandOptions } from "./commands.js";
export type { FixedPlace, HostCommandsConfig, HostProgram } from "./config.js";
