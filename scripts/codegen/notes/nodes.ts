import type { MethodNotes } from "./shape.js";

const NOT_THERE = { code: "UNAVAILABLE", when: "the node is not connected" } as const;
const UNKNOWN = { code: "INVALID_REQUEST", when: "there is no such node" } as const;
const NO_REQUEST = { code: "INVALID_REQUEST", when: "no such request waits" } as const;

export const nodeNotes: MethodNotes<
  | "node.list" | "node.describe" | "node.rename" | "node.invoke" | "node.pending.enqueue"
  | "node.pair.request" | "node.pair.list" | "node.pair.approve" | "node.pair.reject" | "node.pair.verify" | "node.pair.remove"
  | "node.invoke.result" | "node.invoke.progress" | "node.event" | "node.pending.pull" | "node.pending.ack" | "node.pending.drain"
  | "node.pluginSurface.refresh" | "node.canvas.capability.refresh" | "skills.bins"
> = {
  "node.list": { summary: "The devices that offer commands, connected or not." },
  "node.describe": { summary: "One node with all it offers.", errors: [UNKNOWN] },
  "node.rename": { summary: "Gives a node a name of the owner's choosing.", errors: [UNKNOWN] },
  "node.invoke": {
    summary: "Runs a command on a node and waits for its result.",
    errors: [NOT_THERE, { code: "INVALID_REQUEST", when: "the node does not offer the command, or the operator does not allow it" }, { code: "UNAVAILABLE", when: "the node refused or did not answer in time" }],
  },
  "node.pending.enqueue": { summary: "Leaves a command for a node to fetch when it wakes.", errors: [UNKNOWN] },
  "node.pair.request": { summary: "Asks for a node to be let in; protocol 3 asks so, protocol 4 by connecting." },
  "node.pair.list": { summary: "Nodes that are paired, and those that ask to be." },
  "node.pair.approve": { summary: "Lets a node in.", errors: [NO_REQUEST] },
  "node.pair.reject": { summary: "Turns a node away.", errors: [NO_REQUEST] },
  "node.pair.verify": { summary: "Whether a node's token is good. A wrong one is no error: `ok` is false." },
  "node.pair.remove": { summary: "Forgets a paired node.", errors: [UNKNOWN] },
  "node.invoke.result": { summary: "A node's answer to `node.invoke.request`. Late ones are taken and ignored." },
  "node.invoke.progress": { summary: "Part of the output of a command that is still running." },
  "node.event": { summary: "Something that happened on the node: a transcript, a notification, a subscription to a chat." },
  "node.pending.pull": { summary: "The commands that wait for this node. They stay queued until they are acknowledged." },
  "node.pending.ack": { summary: "Takes commands off this node's queue." },
  "node.pending.drain": { summary: "Fetches waiting commands and takes them off the queue in one step." },
  "node.pluginSurface.refresh": { summary: "A fresh address for a surface such as the canvas, before the old one expires." },
  "node.canvas.capability.refresh": { summary: "A fresh address for the canvas, as late clients of protocol 3 ask for it." },
  "skills.bins": { summary: "The programs that the gateway's skills call, so that a node can say which of them it has." },
};
