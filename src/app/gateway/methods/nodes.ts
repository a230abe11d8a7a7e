import { ACTION_TTL_MS } from "../../../domain/nodes/pending-action.js";
import { pendingRequests, type NodeDecision } from "../../../domain/nodes/decide-node.js";
import { allNodes } from "../../../domain/nodes/node-record.js";
import { readSurface } from "../../../domain/nodes/surface.js";
import { invalidRequest, unavailable, wireError, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { ParamsOf, ResultOf } from "../../../domain/protocol/catalog.js";
import { done, refused, type Caller, type Handlers, type Outcome } from "../call.js";
import { actionView } from "../nodes/action-desk.js";
import { runWithApproval } from "../nodes/approved-run.js";
import type { NodeAnswer, NodeAsk } from "../nodes/node-ask.js";
import { refuseReserved } from "../nodes/node-errors.js";
import { nodeRowOf, nodeRows } from "../nodes/node-list.js";
import { pairedView, requestView } from "../nodes/node-view.js";
import { shownTraits } from "../nodes/surface-desk.js";
import type { Services } from "../services.js";

type NodeMethod =
  | "node.list" | "node.describe" | "node.rename" | "node.invoke"
  | "node.pair.request" | "node.pair.list" | "node.pair.approve" | "node.pair.reject" | "node.pair.verify" | "node.pair.remove"
  | "node.pending.enqueue";

type Refused = Extract<NodeDecision, { kind: "refused" }>;

/** Devices that offer commands: who they are, what they may be asked, asking them. */
export function nodeHandlers(services: Services): Handlers<NodeMethod> {
  const { parts, nodes } = services;
  const { surfaces } = nodes;

  return {
    "node.list": () => {
      const activeNodeId = nodes.signs.activeNodeId();
      return done({ ts: parts.clock.now(), nodes: nodeRows(services), ...(activeNodeId === undefined ? {} : { activeNodeId }) });
    },
    "node.describe": ({ nodeId }) => {
      const row = nodeRowOf(services, nodeId);
      return row ? done({ ts: parts.clock.now(), ...row }) : refused(invalidRequest("unknown nodeId"));
    },
    "node.rename": async ({ nodeId, displayName }, caller) => {
      const decision = await surfaces.carryOut({ kind: "rename", nodeId, label: displayName });
      return decision.kind === "refused" ? refused(refusalOf(decision, caller)) : done({ nodeId, displayName });
    },
    "node.invoke": async (params, caller) => {
      const reserved = refuseReserved(params.command);
      if (reserved) return refused(reserved);
      const { nodeId, command, idempotencyKey, timeoutMs, sessionKey } = params;
      const ask: NodeAsk = { nodeId, command, params: params.params, idempotencyKey, timeoutMs, sessionKey, onProgress: followerOf(services, params, caller) };
      const answer = await (params.askApproval === true ? runWithApproval(services, ask, { caller }) : nodes.invoke(ask, { caller }));
      return answer.kind === "failed" ? refused(answer.error) : answerOf({ nodeId, command }, answer);
    },
    "node.pending.enqueue": async ({ nodeId, command, params, expiresInMs }) => {
      if (expiresInMs !== undefined && expiresInMs > ACTION_TTL_MS) {
        return refused(invalidRequest(`invalid node.pending.enqueue params: expiresInMs may be ${ACTION_TTL_MS} at most`));
      }
      if (nodeRowOf(services, nodeId) === undefined) return refused(invalidRequest("unknown nodeId"));
      const queued = await nodes.enqueue({ nodeId, command, params, ...(expiresInMs ? { ttlMs: expiresInMs } : {}) });
      return queued.kind === "refused" ? refused(queued.error) : done({ nodeId, queued: actionView(queued.action) });
    },
    "node.pair.request": async ({ nodeId, silent, platform, caps, commands, ...said }) => {
      const surface = surfaces.toApprove(readSurface({ platform, caps, commands }));
      const decision = await surfaces.carryOut({ kind: "request", ask: { requestId: parts.ids.uuid(), nodeId, surface, traits: shownTraits(said) }, silent: silent === true });
      if (decision.kind !== "done" || !decision.request) throw new Error("a request for a node was not recorded");
      return done({ status: "pending" as const, request: requestView(decision.request), created: decision.created === true });
    },
    "node.pair.list": () => {
      const book = parts.records.nodes.view();
      const paired = allNodes(book).map(pairedView).filter((row) => row !== undefined);
      return done({ pending: pendingRequests(book, parts.clock.now()).map(requestView), paired });
    },
    "node.pair.approve": async ({ requestId }, caller) => {
      // A later node shows its device's token; only protocol 3 has one for nodes besides.
      const serial = caller.protocol === 3 ? parts.ids.uuid() : undefined;
      const token = serial === undefined ? undefined : parts.vault.derive({ deviceId: requestId, role: "node-pairing", serial });
      const decision = await surfaces.carryOut({ kind: "approve", requestId, actor: caller.actor, ...(token === undefined ? {} : { tokenDigest: parts.signatures.digest(token) }) });
      if (decision.kind === "refused") return refused(refusalOf(decision, caller));
      const node = decision.node && pairedView(decision.node);
      if (!node) throw new Error("an approval named no node");
      return done({ requestId, node: { ...node, ...(token === undefined ? {} : { token }) } });
    },
    "node.pair.reject": async ({ requestId }, caller) => {
      const decision = await surfaces.carryOut({ kind: "reject", requestId });
      if (decision.kind === "refused") return refused(refusalOf(decision, caller));
      return done({ requestId, nodeId: decision.request?.nodeId ?? "" });
    },
    "node.pair.verify": ({ nodeId, token }) => {
      const record = surfaces.record(nodeId);
      const digest = record?.approval?.tokenDigest;
      const node = digest !== undefined && parts.signatures.secretsEqual(parts.signatures.digest(token), digest) ? record && pairedView(record) : undefined;
      return done(node ? { ok: true, node } : { ok: false });
    },
    "node.pair.remove": async ({ nodeId }, caller) => {
      const decision = await surfaces.carryOut({ kind: "remove", nodeId });
      return decision.kind === "refused" ? refused(refusalOf(decision, caller)) : done({ nodeId });
    },
  };
}

function refusalOf({ reason, missing }: Refused, caller: Caller): ErrorShape {
  switch (reason) {
    case "unknown-request":
      return invalidRequest("unknown requestId");
    case "unknown-node":
      return invalidRequest("unknown nodeId");
    case "too-many-nodes":
      return unavailable('more nodes are remembered than may be; remove some with "openclaw nodes remove"');
    case "beyond-yours": {
      const message = `missing scope: ${missing?.at(-1) ?? ""}`;
      const details = { code: "MISSING_SCOPE", missingScope: missing?.at(-1), requiredScopes: missing };
      // FORBIDDEN is a word that protocol 3 does not have.
      return caller.protocol === 3 ? invalidRequest(message, details) : wireError("FORBIDDEN", message, { details });
    }
  }
}

/** What comes before the answer goes to the connection that asked, where it knows the event. */
function followerOf({ hub }: Services, { nodeId, command, idempotencyKey }: ParamsOf<"node.invoke">, { peer }: Caller): NodeAsk["onProgress"] {
  if (peer?.protocol !== 4) return undefined;
  return (progress) => void hub.direct(peer, "node.invoke.progress", { ...progress, nodeId, command, idempotencyKey });
}

/** A longer result goes out once: as a value and as a text, it would be more than a client takes. */
const TOLD_TWICE = 4 * 1024 * 1024;

/** The node's own JSON is put into the response as it is: reading it proved that it is some, and writing it anew is work. */
function answerOf(asked: { nodeId: string; command: string }, { payload, payloadJSON }: Extract<NodeAnswer, { kind: "answered" }>): Outcome<ResultOf<"node.invoke">> {
  const text = payloadJSON === null || payloadJSON.length > TOLD_TWICE ? null : payloadJSON;
  const head = JSON.stringify({ ok: true, ...asked, payloadJSON: text });
  return { ok: true, payload: { ok: true, ...asked, payload, payloadJSON: text }, json: `${head.slice(0, -1)},"payload":${payloadJSON ?? "null"}}` };
}
