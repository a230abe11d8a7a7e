import type { MethodNotes } from "./shape.js";

export const systemNotes: MethodNotes<
  "health" | "status" | "system-presence" | "system-event" | "last-heartbeat" | "set-heartbeats" | "wake" | "logs.tail"
> = {
  health: {
    summary: "Whether the gateway works, what its channels and agents are doing, and which sessions were used last.",
    more: "Gathered at most once a minute; `probe` gathers it anew. Callers without `operator.read` get it with the sessions left out, since session keys name people.",
  },
  status: { summary: "A summary for people: heartbeats, channels, queued system events and recent sessions." },
  "system-presence": { summary: "Who is around: the gateway itself and every client that stays connected. Clients of mode `cli` come and go and are not listed." },
  "system-event": {
    summary: "Tells the assistant something that nobody wrote in a chat. It hears it with the next turn of the main session.",
    more: "A text that begins with `Node:` is a report of presence instead: it updates the presence list and reaches no agent.",
    errors: [{ code: "INVALID_REQUEST", when: "`text` is empty", provoke: { text: "  " } }],
  },
  "last-heartbeat": { summary: "What came of the last turn that the assistant took by itself; null where there was none." },
  "set-heartbeats": { summary: "Switches the assistant's turns of its own on or off, until the gateway restarts." },
  wake: {
    summary: "Queues a text for the assistant and, with mode `now`, gives it a turn at once.",
    more: "An empty text is answered with `ok: false`.",
    errors: [{ code: "INVALID_REQUEST", when: "there is no such agent (`details.code` `UNKNOWN_AGENT_ID`)", provoke: { mode: "now", text: "x", agentId: "nobody" } }],
  },
  "logs.tail": {
    summary: "The newest lines of the gateway's log, or those after `cursor`. Pass the returned `cursor` back to go on reading.",
    more: "`truncated` says that lines were left out; `reset` that the log was renewed and reading began anew.",
  },
};
