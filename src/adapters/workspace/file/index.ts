export { FileWorkspace } from "./file-workspace.js";
