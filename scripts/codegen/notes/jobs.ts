import type { MethodNotes } from "./shape.js";

const NO_JOB = { code: "INVALID_REQUEST", when: "neither `id` nor `jobId` is given, or there is no such job (`details.code` `CRON_JOB_NOT_FOUND`)" } as const;
const SOME_JOB = { name: "n", schedule: { kind: "every", everyMs: 60_000 }, payload: { kind: "systemEvent", text: "t" } };
const NO_APPROVAL = { code: "INVALID_REQUEST", when: "nothing of that id waits, or the decision is none of `allow-once`, `allow-always` and `deny`" } as const;
const STALE = { code: "INVALID_REQUEST", when: "`baseHash` is stale: read the file again" } as const;
const NOT_THERE = { code: "UNAVAILABLE", when: "the node is not connected" } as const;

export const jobNotes: MethodNotes<
  | "cron.list" | "cron.status" | "cron.get" | "cron.add" | "cron.update" | "cron.remove" | "cron.run" | "cron.runs"
  | "exec.approval.request" | "exec.approval.list" | "exec.approval.resolve" | "exec.approvals.get" | "exec.approvals.set" | "exec.approvals.node.get" | "exec.approvals.node.set"
> = {
  "cron.list": {
    summary: "The jobs that run by the clock, the next to run first.",
    more: "Without `includeDisabled` or `enabled`, those that are switched on. Protocol 4 gets 50 at a time unless it says otherwise, protocol 3 all of them.",
  },
  "cron.status": { summary: "Whether jobs run at all, how many there are, and when the next one is due." },
  "cron.get": { summary: "One job.", errors: [{ ...NO_JOB, provoke: { id: "nobody" } }] },
  "cron.add": {
    summary: "Adds a job: a moment, an interval or a cron expression, and what to do then.",
    more:
      "A `systemEvent` is told to the main session, an `agentTurn` runs in a session of its own or a named one. A moment that passed while the gateway could not run it is made up for once, and so are several. " +
      "Protocol 4 removes a job for one moment after it went well unless it says otherwise, and announces the answers of turns; protocol 3 does neither unless asked.",
    errors: [
      { code: "INVALID_REQUEST", when: "the schedule can't be kept: in the past, no cron expression, no time zone", provoke: { ...SOME_JOB, schedule: { kind: "cron", expr: "often" } } },
      { code: "INVALID_REQUEST", when: "payload and session do not fit each other, or there is no such agent", provoke: { ...SOME_JOB, sessionTarget: "isolated" } },
      { code: "INVALID_REQUEST", when: "what this gateway does not do is asked for: webhooks, `trigger`, `pacing`, `declarationKey`, `toolsAllow`", provoke: { ...SOME_JOB, trigger: {} } },
    ],
  },
  "cron.update": { summary: "Changes fields of a job; what is left out stays as it is. A job that is timed anew or switched on counts from now.", errors: [{ ...NO_JOB, provoke: { patch: {} } }] },
  "cron.remove": { summary: "Removes a job, and stops it where it runs. One that is not there is no error: `removed` is false." },
  "cron.run": {
    summary: "Runs a job now, and answers once it has begun.",
    more: "`ran: false` says why not: `not-due`, `already-running`, `disabled`. Its schedule stays as it is. Without a mode, protocol 4 means `force` and protocol 3 `due`.",
    errors: [{ ...NO_JOB, provoke: { id: "nobody" } }],
  },
  "cron.runs": {
    summary: "What came of a job's past runs: newest first in protocol 4, oldest first in protocol 3. In protocol 4 without a job, of all jobs.",
    more: "`late` marks a run that made up for a moment that was missed, `missed` counts moments that passed without one, `interrupted` says that the gateway ended meanwhile.",
  },
  "exec.approval.request": {
    summary: "Asks a person whether a command may run. The response is held back until someone decides or the time is up (`decision` null). What is approved is one run, by this device, on this node, in these words.",
    errors: [
      { code: "INVALID_REQUEST", when: "the id is taken, the command is too long to be read, it holds characters that nobody sees, or `env` names a variable that steers programs" },
      { code: "UNAVAILABLE", when: "too many commands wait" },
    ],
  },
  "exec.approval.list": { summary: "What waits for a decision, the longest first." },
  "exec.approval.resolve": { summary: "Decides a waiting command.", errors: [NO_APPROVAL, { code: "APPROVAL_NOT_FOUND", when: "protocol 4: nothing of that id waits" }] },
  "exec.approvals.get": { summary: "The file that says which commands need no question." },
  "exec.approvals.set": { summary: "Replaces that file.", errors: [STALE] },
  "exec.approvals.node.get": { summary: "The same file of a node.", errors: [NOT_THERE] },
  "exec.approvals.node.set": { summary: "Replaces the file of a node.", errors: [STALE, NOT_THERE] },
};
