import { encodeSetupCode } from "../../../src/domain/pairing/setup-code.js";
import { MINUTE, NOW, PAIRING_REQUEST, PHONE, TABLET } from "./world.js";
import type { MethodExamples } from "./shape.js";

const DAY = 24 * 60 * MINUTE;

export const PENDING = {
  requestId: PAIRING_REQUEST,
  deviceId: TABLET.deviceId,
  publicKey: TABLET.publicKey,
  displayName: "Kitchen tablet",
  platform: "android",
  deviceFamily: "Android",
  clientId: "openclaw-android",
  clientMode: "ui",
  remoteIp: "192.168.1.23",
  role: "operator",
  roles: ["operator"],
  scopes: ["operator.read"],
  silent: false,
  isRepair: false,
  ts: NOW - MINUTE,
};

const PAIRED = {
  deviceId: PHONE.deviceId,
  publicKey: PHONE.publicKey,
  displayName: "Phone",
  platform: "ios",
  deviceFamily: "iPhone",
  clientId: "openclaw-ios",
  clientMode: "ui",
  role: "operator",
  roles: ["operator"],
  scopes: ["operator.read", "operator.write"],
  createdAtMs: NOW - 30 * DAY,
  approvedAtMs: NOW - 30 * DAY,
  approvedVia: "owner",
  connected: false,
  tokens: [{ role: "operator", scopes: ["operator.read", "operator.write"], createdAtMs: NOW - 30 * DAY }],
};

const APPROVED = {
  deviceId: TABLET.deviceId,
  publicKey: TABLET.publicKey,
  displayName: "Kitchen tablet",
  platform: "android",
  deviceFamily: "Android",
  clientId: "openclaw-android",
  clientMode: "ui",
  remoteIp: "192.168.1.23",
  role: "operator",
  roles: ["operator"],
  scopes: ["operator.read"],
  createdAtMs: NOW,
  approvedAtMs: NOW,
  approvedVia: "owner",
  connected: false,
  tokens: [{ role: "operator", scopes: ["operator.read"], createdAtMs: NOW }],
};

const URL = "wss://gateway.example.org";
export const SETUP = "5e7a9c10-2b3d-4f5a-8c6e-7d8f9a0b1c2d";

const TOKEN_OF = { deviceId: PHONE.deviceId, role: "operator" };

export const deviceExamples: MethodExamples<
  | "device.pair.list" | "device.pair.approve" | "device.pair.reject" | "device.pair.remove" | "device.pair.rename"
  | "device.pair.setupCode" | "device.token.rotate" | "device.token.revoke"
> = {
  "device.pair.list": { params: {}, result: { pending: [PENDING], paired: [PAIRED] } },
  "device.pair.approve": { params: { requestId: PAIRING_REQUEST }, result: { requestId: PAIRING_REQUEST, device: APPROVED } },
  "device.pair.reject": { params: { requestId: PAIRING_REQUEST }, result: { requestId: PAIRING_REQUEST, deviceId: TABLET.deviceId } },
  "device.pair.remove": { params: { deviceId: PHONE.deviceId }, result: { deviceId: PHONE.deviceId } },
  "device.pair.rename": {
    params: { deviceId: PHONE.deviceId, label: "Anna's phone" },
    result: { deviceId: PHONE.deviceId, label: "Anna's phone" },
  },
  "device.pair.setupCode": {
    params: { publicUrl: URL },
    result: {
      setupId: SETUP,
      setupCode: encodeSetupCode({ url: URL, urls: [URL], bootstrapToken: "example-bootstrap-token", expiresAtMs: NOW + 10 * MINUTE }),
      gatewayUrl: URL,
      gatewayUrls: [URL],
      auth: "token",
      urlSource: "publicUrl",
      access: "limited",
      expiresAtMs: NOW + 10 * MINUTE,
    },
  },
  "device.token.rotate": {
    params: TOKEN_OF,
    result: { ...TOKEN_OF, tokenDelivery: "withheld-cross-device", scopes: ["operator.read", "operator.write"], rotatedAtMs: NOW },
  },
  "device.token.revoke": { params: TOKEN_OF, result: { ...TOKEN_OF, revokedAtMs: NOW } },
};
