import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, DurationMs, Flag, List, NonEmpty, Moment, SessionKey, Text, closed, open } from "../fields.js";

/** One account of a channel. Channels add fields of their own. */
export const AccountSnapshot = Type.Object(
  { accountId: NonEmpty, name: Text, enabled: Flag, configured: Flag, linked: Flag, running: Flag, connected: Flag, lastError: Type.Optional(Type.Unknown()) },
  open,
);
export type AccountSnapshot = Static<typeof AccountSnapshot>;

const ByChannel = Type.Record(Type.String(), Type.String());

/** A sender who wrote to an account that asks strangers for a code. */
export const SenderRequest = Type.Object(
  { requestId: NonEmpty, channel: NonEmpty, accountId: Text, id: NonEmpty, code: Text, createdAt: NonEmpty, lastSeenAt: Text, meta: Type.Optional(AnyObject) },
  open,
);
export type SenderRequest = Static<typeof SenderRequest>;

const sender = { channel: NonEmpty, accountId: Text };

/** The messaging apps: their state, their login, and which strangers may write. */
export const channelMethods = {
  "channels.status": method({
    params: Type.Object({ probe: Flag, timeoutMs: Type.Optional(Type.Integer({ minimum: 1000 })), channel: Text }, closed),
    result: Type.Object({
      ts: Moment,
      channelOrder: List(Type.String()),
      channelLabels: ByChannel,
      channelDetailLabels: ByChannel,
      channelSystemImages: ByChannel,
      channelMeta: List(AnyObject),
      channels: AnyObject,
      channelAccounts: Type.Record(Type.String(), List(AccountSnapshot)),
      channelDefaultAccountId: ByChannel,
      partial: Flag,
      warnings: Type.Optional(List(Type.String())),
    }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "planned",
  }),
  "channels.logout": method({
    params: Type.Object({ channel: NonEmpty, accountId: Text }, closed),
    result: Type.Object({ channel: NonEmpty, accountId: NonEmpty, cleared: Type.Boolean(), loggedOut: Flag }, open),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "planned",
  }),
  "web.login.start": method({
    params: Type.Object({ force: Flag, timeoutMs: DurationMs, verbose: Flag, accountId: Text, channel: Text }, closed),
    result: Type.Object({ message: Type.String(), qrDataUrl: Text, connected: Flag }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "planned",
  }),
  "web.login.wait": method({
    params: Type.Object(
      { timeoutMs: DurationMs, accountId: Text, sessionKey: Type.Optional(SessionKey), currentQrDataUrl: Text, channel: Text },
      closed,
    ),
    result: Type.Object({ message: Type.String(), connected: Type.Boolean(), qrDataUrl: Text }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "planned",
  }),
  "channels.pairing.list": method({
    params: Type.Object({ channel: Text, accountId: Text }, closed),
    result: Type.Object({ requests: List(SenderRequest) }),
    role: "operator",
    scope: "operator.pairing",
    effect: "read",
    since: 4,
    state: "planned",
  }),
  "channels.pairing.approve": method({
    params: Type.Object({ ...sender, requestId: Type.Optional(NonEmpty), code: Type.Optional(NonEmpty), notify: Flag }, closed),
    result: Type.Object({ channel: NonEmpty, id: NonEmpty }, open),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 4,
    state: "planned",
  }),
  "channels.pairing.dismiss": method({
    params: Type.Object({ ...sender, requestId: NonEmpty }, closed),
    result: Type.Object({ channel: NonEmpty, requestId: NonEmpty }, open),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 4,
    state: "planned",
  }),
};
