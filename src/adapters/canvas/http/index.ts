export { CanvasHost, type CanvasDoor, type CanvasHostOptions } from "./canvas-host.js";
