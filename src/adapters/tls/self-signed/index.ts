export { SelfSignedCertificates, type SelfSignedOptions } from "./self-signed-certificates.js";
