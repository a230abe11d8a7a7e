import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { Flag, List, Moment, NonEmpty, Nothing, OneOf, Text, closed } from "../fields.js";
import { ScopeList } from "../scopes.js";

const SentScopes = List(Type.String());

/** What a device said of itself when it asked, and what the gateway saw of it. */
const traits = {
  displayName: Text,
  platform: Text,
  deviceFamily: Text,
  clientId: Text,
  clientMode: Text,
  role: Text,
  roles: Type.Optional(SentScopes),
  scopes: Type.Optional(SentScopes),
  remoteIp: Text,
};

export const PendingDeviceRow = Type.Object({
  requestId: NonEmpty,
  deviceId: NonEmpty,
  publicKey: NonEmpty,
  ...traits,
  silent: Flag,
  isRepair: Flag,
  ts: Moment,
});
export type PendingDeviceRow = Static<typeof PendingDeviceRow>;

/** A token without the token. */
const TokenRow = Type.Object({
  role: NonEmpty,
  scopes: SentScopes,
  createdAtMs: Moment,
  rotatedAtMs: Type.Optional(Moment),
  revokedAtMs: Type.Optional(Moment),
  lastUsedAtMs: Type.Optional(Moment),
});

export const PairedDeviceRow = Type.Object({
  deviceId: NonEmpty,
  publicKey: NonEmpty,
  label: Text,
  ...traits,
  createdAtMs: Moment,
  approvedAtMs: Moment,
  approvedVia: Text,
  tokens: Type.Optional(List(TokenRow)),
  connected: Flag,
});
export type PairedDeviceRow = Static<typeof PairedDeviceRow>;

const TokenOf = { deviceId: NonEmpty, role: NonEmpty };

/** Devices that are paired or ask to be, and their tokens. */
export const deviceMethods = {
  "device.pair.list": method({
    params: Nothing,
    result: Type.Object({ pending: List(PendingDeviceRow), paired: List(PairedDeviceRow) }),
    role: "operator",
    scope: "operator.pairing",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "device.pair.approve": method({
    params: Type.Object({ requestId: NonEmpty }, closed),
    result: Type.Object({ requestId: NonEmpty, device: PairedDeviceRow }),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "device.pair.reject": method({
    params: Type.Object({ requestId: NonEmpty }, closed),
    result: Type.Object({ requestId: NonEmpty, deviceId: NonEmpty }),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "device.pair.remove": method({
    params: Type.Object({ deviceId: NonEmpty }, closed),
    result: Type.Object({ deviceId: NonEmpty }),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "device.pair.rename": method({
    params: Type.Object({ deviceId: NonEmpty, label: Type.String({ minLength: 1, maxLength: 64 }) }, closed),
    result: Type.Object({ deviceId: NonEmpty, label: NonEmpty }),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "device.pair.setupCode": method({
    params: Type.Object(
      {
        /** The address that the code names; without it, one under which this gateway listens. */
        publicUrl: Text,
        preferRemoteUrl: Flag,
        includeQr: Flag,
        /** What the device may become: `limited` (node, and operator without admin) where it is left out. */
        bootstrapProfile: Type.Optional(OneOf("limited", "full", "node")),
        joinUrl: Text,
      },
      closed,
    ),
    result: Type.Object({
      setupId: Text,
      setupCode: NonEmpty,
      /** A picture of the code, where `includeQr` asked for it. */
      qrDataUrl: Text,
      gatewayUrl: NonEmpty,
      gatewayUrls: Type.Optional(List(NonEmpty)),
      auth: Type.String(),
      urlSource: Type.String(),
      access: Text,
      expiresAtMs: Type.Optional(Moment),
    }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "device.token.rotate": method({
    params: Type.Object({ ...TokenOf, scopes: Type.Optional(ScopeList) }, closed),
    result: Type.Object({
      ...TokenOf,
      /** Only to the device itself, and to clients of protocol 3, which know no other way to learn it. */
      token: Text,
      tokenDelivery: Type.Optional(OneOf("in-band", "withheld-cross-device")),
      scopes: SentScopes,
      rotatedAtMs: Moment,
    }),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "device.token.revoke": method({
    params: Type.Object(TokenOf, closed),
    result: Type.Object({ ...TokenOf, revokedAtMs: Moment }),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 3,
    state: "live",
  }),
};
