export { FolderCanvasFiles } from "./folder-canvas-files.js";
