export { MemoryCanvasFiles } from "./memory-canvas-files.js";
