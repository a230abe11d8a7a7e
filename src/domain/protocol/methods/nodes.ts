import { Type, type Static } from "@sinclair/typebox";
import { method } from "../define.js";
import { Count, DurationMs, Flag, IdempotencyKey, List, Moment, NonEmpty, Nothing, Nullable, SessionKey, Strings, Text, closed, open } from "../fields.js";

const SentStrings = Type.Optional(List(Type.String()));

/** What a node says of itself. */
export const NodeTraits = {
  displayName: Text,
  platform: Text,
  version: Text,
  coreVersion: Text,
  uiVersion: Text,
  deviceFamily: Text,
  modelIdentifier: Text,
  caps: SentStrings,
  commands: SentStrings,
  permissions: Type.Optional(Type.Record(Type.String(), Type.Boolean())),
  remoteIp: Text,
};

const nodeRow = {
  nodeId: NonEmpty,
  ...NodeTraits,
  caps: List(Type.String()),
  commands: List(Type.String()),
  pathEnv: Text,
  connectedAtMs: Type.Optional(Moment),
  paired: Type.Boolean(),
  connected: Type.Boolean(),
  /** Protocol 4. */
  lastSeenAtMs: Type.Optional(Moment),
  /** What it offers beyond what was approved waits under this id. */
  pendingRequestId: Text,
  approvedAtMs: Type.Optional(Moment),
  /** Numbers about the machine, as it told them last. */
  hostStats: Type.Optional(Type.Record(Type.String(), Type.Number())),
};
export const NodeRow = Type.Object(nodeRow, open);
export type NodeRow = Static<typeof NodeRow>;

const PendingNode = Type.Object({ requestId: NonEmpty, nodeId: NonEmpty, ...NodeTraits, silent: Flag, isRepair: Flag, ts: Moment }, open);
const PairedNode = Type.Object(
  { nodeId: NonEmpty, ...NodeTraits, token: Text, bins: SentStrings, createdAtMs: Type.Optional(Moment), approvedAtMs: Type.Optional(Moment), lastConnectedAtMs: Type.Optional(Moment) },
  open,
);

const QueuedAction = Type.Object({ id: NonEmpty, command: NonEmpty, paramsJSON: Nullable(Type.String()), enqueuedAtMs: Moment });
const QueuedActions = Type.Object({ nodeId: NonEmpty, actions: List(QueuedAction) });

const fromOperator = { role: "operator", since: 3, state: "live" } as const;
// What a node may say is decided by its role alone.
const fromNode = { role: "node", scope: "none", state: "live" } as const;
const plannedOfNode = { ...fromNode, state: "planned" } as const;

/** What operators do with nodes. */
const operatorSide = {
  "node.list": method({
    params: Nothing,
    result: Type.Object({ ts: Moment, nodes: List(NodeRow), activeNodeId: Text }),
    ...fromOperator,
    scope: "operator.read",
    effect: "read",
  }),
  "node.describe": method({
    params: Type.Object({ nodeId: NonEmpty }, closed),
    result: Type.Object({ ts: Moment, ...nodeRow }, open),
    ...fromOperator,
    scope: "operator.read",
    effect: "read",
  }),
  "node.rename": method({
    params: Type.Object({ nodeId: NonEmpty, displayName: NonEmpty }, closed),
    result: Type.Object({ nodeId: NonEmpty, displayName: NonEmpty }),
    ...fromOperator,
    scope: "operator.pairing",
    effect: "write",
  }),
  "node.invoke": method({
    params: Type.Object(
      {
        nodeId: NonEmpty,
        command: NonEmpty,
        params: Type.Optional(Type.Unknown()),
        timeoutMs: DurationMs,
        idempotencyKey: IdempotencyKey,
        sessionKey: Type.Optional(SessionKey),
        /** Of system.run: where the node wants a person's word first, the gateway asks for it, waits, and runs the command by it. */
        askApproval: Flag,
      },
      // Protocol 4 names where the turn came from in further fields.
      open,
    ),
    result: Type.Object({
      ok: Type.Literal(true),
      nodeId: NonEmpty,
      command: NonEmpty,
      payload: Type.Optional(Type.Unknown()),
      payloadJSON: Nullable(Type.String()),
    }),
    ...fromOperator,
    scope: "operator.write",
    effect: "keyed",
  }),
  "node.pending.enqueue": method({
    params: Type.Object({ nodeId: NonEmpty, command: NonEmpty, params: Type.Optional(Type.Unknown()), expiresInMs: DurationMs }, open),
    result: Type.Object({ nodeId: NonEmpty, queued: QueuedAction }, open),
    ...fromOperator,
    scope: "operator.write",
    effect: "write",
    since: 4,
  }),
};

/** Who may be a node. Protocol 3 asks through a request of its own, protocol 4 by connecting. */
const pairing = {
  "node.pair.request": method({
    params: Type.Object(
      {
        nodeId: NonEmpty,
        displayName: Text,
        platform: Text,
        version: Text,
        coreVersion: Text,
        uiVersion: Text,
        deviceFamily: Text,
        modelIdentifier: Text,
        caps: Strings,
        commands: Strings,
        remoteIp: Text,
        silent: Flag,
      },
      closed,
    ),
    result: Type.Object({ status: Type.Literal("pending"), request: PendingNode, created: Type.Boolean() }),
    ...fromOperator,
    scope: "operator.pairing",
    effect: "write",
  }),
  "node.pair.list": method({
    params: Nothing,
    result: Type.Object({ pending: List(PendingNode), paired: List(PairedNode) }),
    ...fromOperator,
    scope: "operator.pairing",
    effect: "read",
  }),
  "node.pair.approve": method({
    params: Type.Object({ requestId: NonEmpty }, closed),
    result: Type.Object({ requestId: NonEmpty, node: PairedNode }),
    ...fromOperator,
    scope: "operator.pairing",
    effect: "write",
  }),
  "node.pair.reject": method({
    params: Type.Object({ requestId: NonEmpty }, closed),
    result: Type.Object({ requestId: NonEmpty, nodeId: NonEmpty }),
    ...fromOperator,
    scope: "operator.pairing",
    effect: "write",
  }),
  "node.pair.verify": method({
    params: Type.Object({ nodeId: NonEmpty, token: NonEmpty }, closed),
    result: Type.Object({ ok: Type.Boolean(), node: Type.Optional(PairedNode) }),
    ...fromOperator,
    scope: "operator.pairing",
    effect: "read",
  }),
  "node.pair.remove": method({
    params: Type.Object({ nodeId: NonEmpty }, closed),
    result: Type.Object({ nodeId: NonEmpty }),
    ...fromOperator,
    scope: "operator.pairing",
    effect: "write",
    since: 4,
  }),
};

/** What nodes say. */
const nodeSide = {
  "node.invoke.result": method({
    params: Type.Object(
      {
        id: NonEmpty,
        nodeId: NonEmpty,
        ok: Type.Boolean(),
        payload: Type.Optional(Type.Unknown()),
        /** JSON text; wins over `payload`. */
        payloadJSON: Type.Optional(Nullable(Type.String())),
        error: Type.Optional(Nullable(Type.Object({ code: Text, message: Text }, open))),
      },
      closed,
    ),
    result: Type.Object({ ok: Type.Literal(true), ignored: Flag }),
    ...fromNode,
    effect: "write",
    since: 3,
  }),
  "node.invoke.progress": method({
    params: Type.Object({ invokeId: NonEmpty, nodeId: NonEmpty, seq: Count, chunk: Type.String({ maxLength: 16_384 }) }, closed),
    result: Type.Object({ ok: Type.Boolean(), ignored: Flag }),
    ...fromNode,
    effect: "write",
    since: 4,
  }),
  "node.event": method({
    params: Type.Object(
      { event: NonEmpty, payload: Type.Optional(Type.Unknown()), payloadJSON: Type.Optional(Nullable(Type.String())) },
      closed,
    ),
    result: Type.Object({ ok: Type.Literal(true), event: Text, handled: Flag, reason: Text }),
    ...fromNode,
    effect: "write",
    since: 3,
  }),
  "node.pending.pull": method({ params: Nothing, result: QueuedActions, ...fromNode, effect: "read", since: 4 }),
  "node.pending.ack": method({
    params: Type.Object({ ids: Type.Array(NonEmpty, { minItems: 1, maxItems: 256 }) }, closed),
    result: Type.Object({ nodeId: NonEmpty, ackedIds: List(NonEmpty), remainingCount: Count }),
    ...fromNode,
    effect: "write",
    since: 4,
  }),
  "node.pending.drain": method({
    params: Type.Object({ maxItems: Type.Optional(Type.Integer({ minimum: 1 })) }, open),
    result: QueuedActions,
    ...fromNode,
    effect: "write",
    since: 4,
  }),
  "node.pluginSurface.refresh": method({
    params: Type.Object({ surface: NonEmpty, observedUrl: Text }, closed),
    result: Type.Object({ surface: NonEmpty, pluginSurfaceUrls: Type.Record(Type.String(), NonEmpty), expiresAtMs: Moment }),
    ...fromNode,
    effect: "write",
    since: 4,
  }),
  // Late protocol 3; protocol 4 asks node.pluginSurface.refresh instead.
  "node.canvas.capability.refresh": method({
    params: Nothing,
    result: Type.Object({ canvasCapability: NonEmpty, canvasCapabilityExpiresAtMs: Moment, canvasHostUrl: NonEmpty }),
    ...fromNode,
    effect: "write",
    since: 3,
  }),
  "skills.bins": method({ params: Nothing, result: Type.Object({ bins: List(Type.String()) }), ...plannedOfNode, effect: "read", since: 3 }),
};

export const nodeMethods = { ...operatorSide, ...pairing, ...nodeSide };
