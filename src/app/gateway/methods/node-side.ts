import { invalidRequest } from "../../../domain/protocol/errors.js";
import { done, refused, type Caller, type Handlers } from "../call.js";
import { actionView } from "../nodes/action-desk.js";
import type { NodeEventDesk } from "../nodes/event-desk.js";
import type { NodeLink } from "../nodes/node-registry.js";
import type { Services } from "../services.js";

type NodeSideMethod = "node.invoke.result" | "node.invoke.progress" | "node.event" | "node.pending.pull" | "node.pending.ack" | "node.pending.drain";

const DRAINED = 64;

/** What nodes say, each of them for itself alone. */
export function nodeSideHandlers({ nodes }: Services, events: NodeEventDesk): Handlers<NodeSideMethod> {
  const { invocations, actions, surfaces } = nodes;
  const mismatch = () => refused(invalidRequest("nodeId mismatch"));
  const linkOf = ({ peer }: Caller): NodeLink | undefined => peer && nodes.linkOf(peer);
  const away = () => refused(invalidRequest("this connection is no node's any more; connect again"));

  /** A command that was approved when it was queued, and is not now, is not handed out. */
  const mayFetch = (link: NodeLink) => {
    const { commands } = surfaces.effective(link);
    return (command: string): boolean => commands.includes(command);
  };

  return {
    "node.invoke.result": (params, { peer }) => {
      if (peer === undefined || params.nodeId !== peer.deviceId) return mismatch();
      return done({ ok: true, ...(invocations.answer(peer, params) ? {} : { ignored: true }) });
    },
    "node.invoke.progress": (params, { peer }) => {
      if (peer === undefined || params.nodeId !== peer.deviceId) return mismatch();
      return done({ ok: true, ...(invocations.progress(peer, params) ? {} : { ignored: true }) });
    },
    "node.event": (params, caller) => {
      const link = linkOf(caller);
      return link ? done({ ok: true, event: params.event, ...events.hear(link, params) }) : away();
    },
    "node.pending.pull": (_params, caller) => {
      const link = linkOf(caller);
      return link ? done({ nodeId: link.nodeId, actions: actions.waiting(link.nodeId, mayFetch(link)).map(actionView) }) : away();
    },
    "node.pending.ack": async ({ ids }, caller) => {
      const link = linkOf(caller);
      if (!link) return away();
      const ackedIds = await actions.ack(link.nodeId, ids);
      return done({ nodeId: link.nodeId, ackedIds, remainingCount: actions.waiting(link.nodeId, mayFetch(link)).length });
    },
    "node.pending.drain": async ({ maxItems = DRAINED }, caller) => {
      const link = linkOf(caller);
      if (!link) return away();
      const drained = await actions.drain(link.nodeId, mayFetch(link), maxItems);
      return done({ nodeId: link.nodeId, actions: drained.map(actionView) });
    },
  };
}
