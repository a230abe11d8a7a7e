import { epochMs } from "../../domain/moment.js";
import type { DeviceToken, PairedDevice, PendingDevice } from "../../domain/pairing/device.js";
import type { SessionEntry, TranscriptMessage } from "../../domain/sessions/session.js";

export const aToken = (role: string, overrides: Partial<DeviceToken> = {}): DeviceToken => ({
  role,
  scopes: ["operator.read"],
  digest: "ab".repeat(32),
  serial: "serial-1",
  createdAtMs: epochMs(1_000),
  ...overrides,
});

export const aDevice = (deviceId: string, overrides: Partial<PairedDevice> = {}): PairedDevice => ({
  deviceId,
  publicKey: `key-of-${deviceId}`,
  displayName: "Laptop",
  platform: "linux",
  label: "kitchen",
  roles: ["operator"],
  scopes: ["operator.read"],
  tokens: new Map([["operator", aToken("operator")]]),
  createdAtMs: epochMs(1_000),
  approvedAtMs: epochMs(2_000),
  approvedVia: "silent",
  ...overrides,
});

export const aRequest = (requestId: string, overrides: Partial<PendingDevice> = {}): PendingDevice => ({
  requestId,
  deviceId: `device-of-${requestId}`,
  publicKey: "key",
  role: "operator",
  scopes: ["operator.read"],
  silent: false,
  isRepair: false,
  ts: epochMs(5_000),
  ...overrides,
});

export const anEntry = (sessionId: string, overrides: Partial<SessionEntry> = {}): SessionEntry => ({
  key: `agent:main:${sessionId}`,
  agentId: "main",
  sessionId,
  updatedAt: 1_000,
  ...overrides,
});

export const said = (text: string, overrides: Partial<TranscriptMessage> = {}): TranscriptMessage => ({
  role: "user",
  content: [{ type: "text", text }],
  timestamp: 1_700_000_000_000,
  ...overrides,
});
