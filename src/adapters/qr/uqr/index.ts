export { UqrCodes } from "./uqr-codes.js";
