export { PageHost, type PageHostOptions } from "./page-host.js";
