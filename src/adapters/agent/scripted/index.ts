export { Gate } from "./gate.js";
export { ScriptedRuntime } from "./scripted-runtime.js";
export type { Script, ScriptStep } from "./scripted-runtime.js";
