export { MemoryChannel, type MemoryChannelOptions } from "./memory-channel.js";
