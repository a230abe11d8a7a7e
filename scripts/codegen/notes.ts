import type { Method } from "../../src/domain/protocol/catalog.js";
import { deviceNotes } from "./notes/devices.js";
import { EVENT_NOTES } from "./notes/events.js";
import { jobNotes } from "./notes/jobs.js";
import { nodeNotes } from "./notes/nodes.js";
import { proxyNotes } from "./notes/proxy.js";
import { sessionNotes } from "./notes/sessions.js";
import { setupNotes } from "./notes/setup.js";
import type { MethodNotes } from "./notes/shape.js";
import { systemNotes } from "./notes/system.js";
import { talkingNotes } from "./notes/talking.js";

/** What people are told of each method: one without a note does not compile. */
export const METHOD_NOTES: MethodNotes<Method> = {
  ...systemNotes,
  ...setupNotes,
  ...deviceNotes,
  ...sessionNotes,
  ...talkingNotes,
  ...nodeNotes,
  ...jobNotes,
  ...proxyNotes,
};

export { EVENT_NOTES };
