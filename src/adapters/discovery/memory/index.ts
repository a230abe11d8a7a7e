export { MemoryAnnouncer } from "./memory-announcer.js";
