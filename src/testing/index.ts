/** The testing kit: a whole gateway in memory on a hand-moved clock, and the parts it is made of. The contract suites are in `openclaw-gateway/testing/contracts`. */
export { createTestGateway, type TestConnect, type TestGateway, type TestGatewayOptions } from "./test-gateway.js";
export { HandClock } from "./hand-clock.js";
export { SeededIds } from "./seeded-ids.js";
export { memorySockets } from "./memory-sockets.js";
export { errorOf, payloadOf, TestClient, type Ending, type Wire } from "./test-client.js";
export { connectParams, TestDevice, type ConnectAsk, type Signing } from "./test-device.js";
export { Gate, ScriptedRuntime, type Script, type ScriptStep } from "../adapters/agent/scripted/index.js";
export { TestChannelHost } from "./test-channel-host.js";
export { MemoryChannel, type MemoryChannelOptions, type Saying, type ShownMessage } from "../adapters/channels/memory/index.js";
export { MemoryLog, SilentLog } from "../adapters/log/memory/index.js";
export { MemoryDeviceStore } from "../adapters/storage/memory/memory-device-store.js";
export { MemoryHostLock } from "../adapters/storage/memory/memory-host-lock.js";
export { MemoryInviteStore } from "../adapters/storage/memory/memory-invite-store.js";
export { MemoryLogTail } from "../adapters/storage/memory/memory-log-tail.js";
export { MemorySessionStore } from "../adapters/storage/memory/memory-session-store.js";
export { MemoryTokenVault } from "../adapters/storage/memory/memory-token-vault.js";
export { MemoryTransport } from "../adapters/transport/memory/index.js";
export { MemoryWebFetch, type MemoryPage } from "../adapters/web/memory/index.js";
