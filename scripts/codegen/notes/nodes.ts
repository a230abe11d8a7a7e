import { PHONE } from "../examples/world.js";
import type { MethodNotes } from "./shape.js";

const NODE = PHONE.deviceId;
const UNKNOWN = { code: "INVALID_REQUEST", when: "there is no such node" } as const;
const NOT_ALLOWED = { code: "INVALID_REQUEST", when: "the command is not approved for the node, or the operator does not allow it" } as const;
const NO_REQUEST = { code: "INVALID_REQUEST", when: "no such request waits" } as const;
const NO_CANVAS = { code: "UNAVAILABLE", when: "this gateway shows no canvas" } as const;

export const nodeNotes: MethodNotes<
  | "node.list" | "node.describe" | "node.rename" | "node.invoke" | "node.pending.enqueue"
  | "node.pair.request" | "node.pair.list" | "node.pair.approve" | "node.pair.reject" | "node.pair.verify" | "node.pair.remove"
  | "node.invoke.result" | "node.invoke.progress" | "node.event" | "node.pending.pull" | "node.pending.ack" | "node.pending.drain"
  | "node.pluginSurface.refresh" | "node.canvas.capability.refresh" | "skills.bins"
> = {
  "node.list": { summary: "The devices that offer commands, connected or not. `commands` is what a node may be asked now: declared, approved and allowed." },
  "node.describe": { summary: "One node with all it offers.", errors: [UNKNOWN] },
  "node.rename": { summary: "Gives a node a name of the owner's choosing.", errors: [UNKNOWN] },
  "node.invoke": {
    summary:
      "Runs a command on a node and waits for its result, 30 s without `timeoutMs`, an hour at most. A retry under the same key runs nothing again. Of a result beyond 4 Mi characters, `payloadJSON` is null and `payload` has it.",
    errors: [
      { code: "UNAVAILABLE", when: "the node is not connected, or went while it was at it (`details.nodeCommandDispatched` tells which)", provoke: { nodeId: "away", command: "location.get", idempotencyKey: "key" } },
      { code: "INVALID_REQUEST", when: "the node does not offer the command, or it is not approved, or the operator does not allow it" },
      { code: "INVALID_REQUEST", when: "the command is `system.execApprovals.*`, which has methods of its own", provoke: { nodeId: "away", command: "system.execApprovals.get", idempotencyKey: "key" } },
      { code: "UNAVAILABLE", when: "the node refused (`details.nodeError`), did not answer in time, or fetches the command later (`QUEUED_UNTIL_FOREGROUND`)" },
    ],
  },
  "node.pending.enqueue": {
    summary: "Leaves a command for a node to fetch when it wakes, within ten minutes.",
    errors: [
      { ...UNKNOWN, provoke: { nodeId: "nobody", command: "location.get" } },
      NOT_ALLOWED,
      { code: "INVALID_REQUEST", when: "it is to wait longer than ten minutes", provoke: { nodeId: NODE, command: "location.get", expiresInMs: 600_001 } },
      { code: "UNAVAILABLE", when: "64 commands wait for this node already" },
    ],
  },
  "node.pair.request": { summary: "Asks on a node's behalf for what it may offer; later nodes ask by connecting." },
  "node.pair.list": { summary: "What was approved of nodes, and what waits for approval." },
  "node.pair.approve": {
    summary: "Approves what a node offers. Needs `operator.write` besides where there are commands among it, and `operator.admin` for those that run programs. Protocol 3 is told a token for the node.",
    errors: [NO_REQUEST, { code: "FORBIDDEN", when: "the caller lacks a scope for what it would approve (protocol 3: INVALID_REQUEST)" }],
  },
  "node.pair.reject": { summary: "Turns down what a node offers. It asks again when it connects next.", errors: [NO_REQUEST] },
  "node.pair.verify": { summary: "Whether a node's token is good. A wrong one is no error: `ok` is false." },
  "node.pair.remove": { summary: "Takes back what was approved of a node. Its device stays paired, and asks again when it connects next.", errors: [UNKNOWN] },
  "node.invoke.result": {
    summary: "A node's answer to `node.invoke.request`, over any of its connections. Late ones are taken and ignored. `payloadJSON` wins over `payload`.",
    errors: [{ code: "INVALID_REQUEST", when: "`nodeId` is another node's" }],
  },
  "node.invoke.progress": { summary: "Part of the output of a command that is still running. It buys no more time. Ignored where it is out of order." },
  "node.event": { summary: "Something that happened on the node: a transcript, a program that ended, a subscription to a chat. What is not understood, or not this node's to say, is answered with `handled: false` and why." },
  "node.pending.pull": { summary: "The commands that wait for this node. They stay queued until they are acknowledged." },
  "node.pending.ack": { summary: "Takes commands off this node's queue." },
  "node.pending.drain": { summary: "Fetches waiting commands and takes them off the queue in one step." },
  "node.pluginSurface.refresh": {
    summary: "A fresh address for the canvas, the one surface that there is. The one before stays good for its own ten minutes.",
    errors: [{ code: "INVALID_REQUEST", when: "there is no such surface" }, NO_CANVAS],
  },
  "node.canvas.capability.refresh": { summary: "A fresh address for the canvas, as late clients of protocol 3 ask for it.", errors: [NO_CANVAS] },
  "skills.bins": { summary: "The programs that the gateway's skills call, so that a node can say which of them it has." },
};
