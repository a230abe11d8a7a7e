export { MemoryWebFetch, type MemoryPage } from "./memory-web-fetch.js";
