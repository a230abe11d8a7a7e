export { MemoryLog, type LogEntry } from "./memory-log.js";
export { SilentLog } from "./silent-log.js";
