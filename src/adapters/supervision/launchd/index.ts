export { LaunchdSupervisor, type LaunchdOptions } from "./launchd-supervisor.js";
export { renderPlist } from "./plist.js";
