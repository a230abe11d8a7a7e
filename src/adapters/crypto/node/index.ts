export { NodeSignatures } from "./node-signatures.js";
