export { MemoryNodeCommand } from "./memory-node-command.js";
