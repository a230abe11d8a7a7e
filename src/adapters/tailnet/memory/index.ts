export { MemoryTailnet } from "./memory-tailnet.js";
