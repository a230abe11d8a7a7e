import { MAIN_SESSION, TRIP_SESSION } from "../examples/world.js";
import type { ErrorNote, MethodNotes } from "./shape.js";

const badKey = (more: Readonly<Record<string, unknown>> = {}): ErrorNote => ({
  code: "INVALID_REQUEST",
  when: "the key can't be one, or names an agent that does not exist (`details.code` `UNKNOWN_AGENT_ID`)",
  provoke: { key: "agent:nobody:main", ...more },
});
const BUSY: ErrorNote = { code: "UNAVAILABLE", when: "a run of the session is under way or still ending; `retryAfterMs` says when to try again" };

export const sessionNotes: MethodNotes<
  | "sessions.list" | "sessions.preview" | "sessions.resolve" | "sessions.patch" | "sessions.reset" | "sessions.delete" | "sessions.compact"
  | "sessions.subscribe" | "sessions.messages.subscribe"
> = {
  "sessions.list": { summary: "The sessions, newest first, a page at a time. Without `limit`, 200." },
  "sessions.preview": { summary: "The last messages of several sessions, shortened. At most 64 keys are looked at." },
  "sessions.resolve": {
    summary: "Finds the key of a session by key, session id or label.",
    errors: [
      { code: "INVALID_REQUEST", when: "not exactly one of `key`, `sessionId` and `label` is given", provoke: {} },
      { code: "INVALID_REQUEST", when: "no session fits, or more than one does", provoke: { label: "no such label" } },
    ],
  },
  "sessions.patch": {
    summary: "Changes a session's settings; null clears one. The session is made where there was none.",
    errors: [badKey(), { code: "INVALID_REQUEST", when: "another session has that label", provoke: { key: MAIN_SESSION, label: "Trip to Oslo" } }],
  },
  "sessions.reset": {
    summary: "Begins a session afresh under the same key: its settings stay, its transcript is set aside, its runs are stopped.",
    errors: [badKey(), { code: "INVALID_REQUEST", when: "`expectedSessionId` is not the session's any more", provoke: { key: TRIP_SESSION, expectedSessionId: "another" } }],
  },
  "sessions.delete": {
    summary: "Removes a session; its transcript is kept aside unless there is none.",
    errors: [badKey(), { code: "INVALID_REQUEST", when: "it is an agent's main session", provoke: { key: "main" } }, BUSY],
  },
  "sessions.compact": { summary: "Keeps the last `maxLines` lines (400 without it) of a transcript and sets the rest aside.", errors: [badKey(), BUSY] },
  "sessions.subscribe": { summary: "Tells the caller of changes in the list of sessions from now on." },
  "sessions.messages.subscribe": { summary: "Tells the caller of the messages of one session from now on." },
};
