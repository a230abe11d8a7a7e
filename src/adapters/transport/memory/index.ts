export { MemoryTransport } from "./memory-transport.js";
export type { MemoryClient } from "./memory-client.js";
