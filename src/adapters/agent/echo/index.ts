export { EchoRuntime } from "./echo-runtime.js";
