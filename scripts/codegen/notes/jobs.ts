import type { MethodNotes } from "./shape.js";

const NO_JOB = { code: "INVALID_REQUEST", when: "neither `id` nor `jobId` is given, or there is no such job" } as const;
const NO_APPROVAL = { code: "INVALID_REQUEST", when: "nothing of that id waits, or the decision is none of `allow-once`, `allow-always` and `deny`" } as const;
const STALE = { code: "INVALID_REQUEST", when: "`baseHash` is stale: read the file again" } as const;
const NOT_THERE = { code: "UNAVAILABLE", when: "the node is not connected" } as const;

export const jobNotes: MethodNotes<
  | "cron.list" | "cron.status" | "cron.get" | "cron.add" | "cron.update" | "cron.remove" | "cron.run" | "cron.runs"
  | "exec.approval.request" | "exec.approval.list" | "exec.approval.resolve" | "exec.approvals.get" | "exec.approvals.set" | "exec.approvals.node.get" | "exec.approvals.node.set"
> = {
  "cron.list": { summary: "The jobs that run by the clock." },
  "cron.status": { summary: "Whether jobs run at all, how many there are, and when the next one is due." },
  "cron.get": { summary: "One job.", errors: [NO_JOB] },
  "cron.add": { summary: "Adds a job: a moment, an interval or a cron expression, and what to do then." },
  "cron.update": { summary: "Changes fields of a job.", errors: [NO_JOB] },
  "cron.remove": { summary: "Removes a job. One that is not there is no error: `removed` is false." },
  "cron.run": { summary: "Runs a job now.", errors: [NO_JOB] },
  "cron.runs": { summary: "What came of a job's past runs, newest first." },
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
