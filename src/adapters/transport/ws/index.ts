export { WsTransport } from "./ws-transport.js";
export { peerFactsOf } from "./request-facts.js";
export type { AttachedOptions, OwnServerOptions, Routes, SideUpgrades } from "./ws-options.js";
export type { AnyServer, TlsMaterial } from "./own-server.js";
export type { StrangerCaps } from "./stranger-desk.js";
