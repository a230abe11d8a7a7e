export { browserCommands } from "./commands.js";
export type { BrowserConfig, CanvasLink } from "./config.js";
export type { StageParts } from "./stage.js";
