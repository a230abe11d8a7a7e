export { WsTransport } from "./ws-transport.js";
export type { AttachedOptions, OwnServerOptions, Routes } from "./ws-options.js";
export type { AnyServer, TlsMaterial } from "./own-server.js";
export type { StrangerCaps } from "./stranger-desk.js";
