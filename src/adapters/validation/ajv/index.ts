export { AjvFrameValidator } from "./ajv-frame-validator.js";
