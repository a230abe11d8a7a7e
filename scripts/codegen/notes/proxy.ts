import type { MethodNotes } from "./shape.js";

export const proxyNotes: MethodNotes<"proxy.check.begin" | "proxy.check.read"> = {
  "proxy.check.begin": {
    summary: "Begins a look at what a proxy in front of the gateway makes of requests: for a minute, requests at the public address whose path ends in `path` are seen.",
    more: "They are answered like any others, so that whoever sends one learns nothing; nobody can guess a ticket. At most four checks are open, and eight requests are kept of each. `openclaw doctor proxy` does all of it.",
  },
  "proxy.check.read": {
    summary: "What was seen of them so far: where each came from, whom the gateway takes for the client, and which forwarding headers it had.",
    errors: [{ code: "INVALID_REQUEST", when: "the check is over, or somebody else began it", provoke: { ticket: "nobody's" } }],
  },
};
