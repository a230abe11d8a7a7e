export { SystemdNotifier, type SystemdNotifierOptions } from "./systemd-notifier.js";
export { SystemdSupervisor, type SystemdOptions } from "./systemd-supervisor.js";
export { renderUnit, type UnitOptions } from "./unit.js";
