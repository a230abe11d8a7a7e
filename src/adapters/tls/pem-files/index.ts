export { PemCertificates, type PemFiles } from "./pem-certificates.js";
