export { MemoryChannel, type MemoryChannelOptions, type Saying, type ShownMessage } from "./memory-channel.js";
