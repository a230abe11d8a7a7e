export { GivenCertificates } from "./given-certificates.js";
