import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { AnyObject, Count, DurationMs, Flag, List, NonEmpty, Moment, OneOf, SessionKey, Text, closed, open } from "../fields.js";

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

/** A sender whose code was approved: may write to that account directly. */
export const ApprovedSender = Type.Object({ channel: NonEmpty, accountId: NonEmpty, id: NonEmpty, approvedAt: NonEmpty, meta: Type.Optional(AnyObject) }, open);
export type ApprovedSender = Static<typeof ApprovedSender>;

/** Something that could not be dealt with: a message that did not (or may not have) arrived, or one that was never answered. */
export const DeadLetter = Type.Object({
  id: NonEmpty,
  direction: OneOf("in", "out"),
  channel: NonEmpty,
  accountId: NonEmpty,
  /** The chat that it came from or was meant for. */
  chatId: Type.String(),
  threadId: Text,
  sessionKey: Text,
  state: OneOf("refused", "unknown", "given-up", "unanswered"),
  reason: Type.String(),
  createdAt: Moment,
  /** Messages of it that arrived, of all that it has. */
  partsSent: Count,
  parts: Count,
});
export type DeadLetter = Static<typeof DeadLetter>;

/** How the gateway's process keeps up, over the last `intervalMs`: delays in milliseconds, work as a share of one core. */
export const LoopHealth = Type.Object({
  degraded: Type.Boolean(),
  /** What makes it so: `event_loop_delay`, `event_loop_utilization`, `cpu`. */
  reasons: List(NonEmpty),
  intervalMs: Count,
  /** How late callbacks came: 99 in 100 not later than this. */
  delayP99Ms: Type.Number({ minimum: 0 }),
  delayMaxMs: Type.Number({ minimum: 0 }),
  utilization: Type.Number({ minimum: 0 }),
  cpuCoreRatio: Type.Number({ minimum: 0 }),
});
export type LoopHealth = Static<typeof LoopHealth>;

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
      /** From protocol 4 on; absent until it was measured for a moment, which the first question begins. */
      eventLoop: Type.Optional(LoopHealth),
      partial: Flag,
      warnings: Type.Optional(List(Type.String())),
    }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 3,
    state: "live",
  }),
  "channels.logout": method({
    params: Type.Object({ channel: NonEmpty, accountId: Text }, closed),
    result: Type.Object({ channel: NonEmpty, accountId: NonEmpty, cleared: Type.Boolean(), loggedOut: Flag }, open),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "web.login.start": method({
    params: Type.Object(
      {
        force: Flag,
        timeoutMs: DurationMs,
        verbose: Flag,
        accountId: Text,
        channel: Text,
        /** Link by a code to type on this phone, in place of a QR code. */
        phoneNumber: Text,
      },
      closed,
    ),
    result: Type.Object({
      message: Type.String(),
      qrDataUrl: Text,
      /** What the QR code says, for terminals. */
      qrText: Text,
      connected: Flag,
    }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "web.login.wait": method({
    params: Type.Object(
      { timeoutMs: DurationMs, accountId: Text, sessionKey: Type.Optional(SessionKey), currentQrDataUrl: Text, channel: Text },
      closed,
    ),
    result: Type.Object({ message: Type.String(), connected: Type.Boolean(), qrDataUrl: Text, qrText: Text }),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 3,
    state: "live",
  }),
  "channels.pairing.list": method({
    /** `approved` asks for those who were let in as well. */
    params: Type.Object({ channel: Text, accountId: Text, approved: Flag }, closed),
    result: Type.Object({ requests: List(SenderRequest), approved: Type.Optional(List(ApprovedSender)) }),
    role: "operator",
    scope: "operator.pairing",
    effect: "read",
    since: 4,
    state: "live",
  }),
  "channels.pairing.approve": method({
    params: Type.Object({ ...sender, requestId: Type.Optional(NonEmpty), code: Type.Optional(NonEmpty), notify: Flag }, closed),
    result: Type.Object({ channel: NonEmpty, id: NonEmpty }, open),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "channels.pairing.dismiss": method({
    params: Type.Object({ ...sender, requestId: NonEmpty }, closed),
    result: Type.Object({ channel: NonEmpty, requestId: NonEmpty }, open),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "channels.pairing.revoke": method({
    /** Without an account: at every account of the channel. */
    params: Type.Object({ ...sender, id: NonEmpty }, closed),
    result: Type.Object({ channel: NonEmpty, id: NonEmpty, accountIds: List(NonEmpty) }, open),
    role: "operator",
    scope: "operator.pairing",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "channels.start": method({
    params: Type.Object({ channel: NonEmpty, accountId: Text }, closed),
    result: Type.Object({ channel: NonEmpty, accountId: NonEmpty, started: Type.Boolean() }, open),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "channels.stop": method({
    params: Type.Object({ channel: NonEmpty, accountId: Text }, closed),
    result: Type.Object({ channel: NonEmpty, accountId: NonEmpty, stopped: Type.Boolean() }, open),
    role: "operator",
    scope: "operator.admin",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "channels.deadLetters.list": method({
    params: Type.Object({ channel: Text, accountId: Text }, closed),
    result: Type.Object({ deadLetters: List(DeadLetter) }),
    role: "operator",
    scope: "operator.read",
    effect: "read",
    since: 4,
    state: "live",
  }),
  "channels.deadLetters.retry": method({
    params: Type.Object({ id: NonEmpty }, closed),
    result: Type.Object({ id: NonEmpty, retried: Type.Boolean() }),
    role: "operator",
    scope: "operator.write",
    effect: "write",
    since: 4,
    state: "live",
  }),
  "channels.deadLetters.discard": method({
    params: Type.Object({ id: NonEmpty }, closed),
    result: Type.Object({ id: NonEmpty, discarded: Type.Boolean() }),
    role: "operator",
    scope: "operator.write",
    effect: "write",
    since: 4,
    state: "live",
  }),
};
