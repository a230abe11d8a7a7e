export { MemoryWorkspace } from "./memory-workspace.js";
