export { HttpWebFetch, type HttpWebFetchOptions } from "./http-web-fetch.js";
export type { Resolve } from "./address-book.js";
