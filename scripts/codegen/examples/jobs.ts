import { LAPTOP, MAIN_SESSION, MINUTE, NOW, RECIPIENT } from "./world.js";
import type { MethodExamples } from "./shape.js";

const JOB = "5ca1ab1e-0000-4000-8000-00000000c0de";
const RUN = "7e57ab1e-0000-4000-8000-000000000001";
const APPROVAL = "ab0be000-0000-4000-8000-000000000002";

const DETAILS = {
  name: "Morning brief",
  schedule: { kind: "cron", expr: "0 7 * * *", tz: "Europe/Oslo" },
  sessionTarget: "isolated",
  wakeMode: "now",
  payload: { kind: "agentTurn", message: "Summarise my day.", thinking: "low" },
  delivery: { mode: "announce", channel: "telegram", to: RECIPIENT },
} as const;
const CREATED = {
  id: JOB,
  ...DETAILS,
  enabled: true,
  deleteAfterRun: false,
  createdAtMs: NOW,
  updatedAtMs: NOW,
  // Protocol 3 reads inside the payload where the answer goes.
  payload: { ...DETAILS.payload, deliver: true, channel: "telegram", to: RECIPIENT },
  isolation: { postToMainPrefix: "Cron", postToMainMode: "summary", postToMainMaxChars: 8000 },
  state: { nextRunAtMs: NOW + 60 * MINUTE },
};

const FILE = { path: "/home/me/.openclaw/exec-approvals.json", exists: true, hash: "d30600cced88780ed99201dcc13462f0032042304bd4ef1198e78b5c4fdc2b5c", file: { version: 1, agents: {} } };
const NODE = LAPTOP.deviceId;

export const jobExamples: MethodExamples<
  | "cron.list" | "cron.status" | "cron.get" | "cron.add" | "cron.update" | "cron.remove" | "cron.run" | "cron.runs"
  | "exec.approval.request" | "exec.approval.list" | "exec.approval.resolve" | "exec.approvals.get" | "exec.approvals.set" | "exec.approvals.node.get" | "exec.approvals.node.set"
> = {
  "cron.list": { params: { includeDisabled: true }, result: { jobs: [CREATED], total: 1, offset: 0, limit: 50, hasMore: false, nextOffset: null } },
  "cron.status": { params: {}, result: { enabled: true, storePath: "/home/me/.openclaw/cron/jobs.jsonl", jobs: 1, nextWakeAtMs: NOW + 60 * MINUTE } },
  "cron.get": { params: { id: JOB }, result: CREATED },
  "cron.add": { params: DETAILS, result: CREATED },
  "cron.update": {
    params: { id: JOB, patch: { enabled: false, schedule: { kind: "every", everyMs: 60 * MINUTE } } },
    result: { ...CREATED, enabled: false, schedule: { kind: "every", everyMs: 60 * MINUTE }, state: {} },
  },
  "cron.remove": { params: { id: JOB }, result: { ok: true, removed: true } },
  "cron.run": { params: { id: JOB, mode: "force" }, result: { ok: true, ran: true, runId: RUN } },
  "cron.runs": {
    params: { id: JOB, limit: 20 },
    result: {
      entries: [
        {
          ts: NOW, jobId: JOB, action: "finished", status: "ok", summary: "Two meetings.", runAtMs: NOW - 2150, durationMs: 2150, runId: RUN,
          trigger: "schedule", scheduledAtMs: NOW - 90 * MINUTE, late: true, delivered: true,
        },
      ],
      total: 1, offset: 0, limit: 20, hasMore: false, nextOffset: null,
    },
  },
  "exec.approval.request": {
    params: { id: APPROVAL, command: "git push", commandArgv: ["git", "push"], cwd: "/home/me/project", host: "node", nodeId: NODE, agentId: "main", sessionKey: MAIN_SESSION, timeoutMs: 2 * MINUTE },
    result: { id: APPROVAL, decision: "allow-once", createdAtMs: NOW, expiresAtMs: NOW + 2 * MINUTE },
  },
  "exec.approval.list": {
    params: {},
    result: {
      approvals: [
        {
          id: APPROVAL,
          request: {
            command: "git push", cwd: "/home/me/project", host: "node", security: null, ask: null, agentId: "main", resolvedPath: "/usr/bin/git", sessionKey: MAIN_SESSION,
            nodeId: NODE, commandArgv: ["git", "push"], envKeys: null,
          },
          createdAtMs: NOW,
          expiresAtMs: NOW + 2 * MINUTE,
        },
      ],
    },
  },
  "exec.approval.resolve": { params: { id: APPROVAL, decision: "allow-once" }, result: { ok: true } },
  "exec.approvals.get": { params: {}, result: FILE },
  "exec.approvals.set": { params: { file: FILE.file, baseHash: FILE.hash }, result: FILE },
  "exec.approvals.node.get": { params: { nodeId: NODE }, result: FILE },
  "exec.approvals.node.set": { params: { nodeId: NODE, file: FILE.file, baseHash: FILE.hash }, result: FILE },
};
