import type { cronMethods } from "../../../domain/protocol/methods/cron.js";
import { invalidRequest, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { Job } from "../../../domain/schedule/job.js";
import { listJobs } from "../../../domain/schedule/list-jobs.js";
import { listRuns } from "../../../domain/schedule/list-runs.js";
import { patchJob, readJob, type JobFacts } from "../../../domain/schedule/read-job.js";
import { renderJob, renderRun } from "../../../domain/schedule/render-job.js";
import { done, refused, type Caller, type Handlers } from "../call.js";
import type { CronDesk } from "../cron-desk.js";
import type { JobBook } from "../job-book.js";
import { defaultAgentOf } from "../naming.js";
import type { GatewayParts } from "../parts.js";
import type { RunDesk } from "../run-desk.js";
import type { RunLog } from "../run-log.js";
import type { SessionDesk } from "../session-desk.js";

interface JobRef {
  readonly id?: string;
  readonly jobId?: string;
}

/** Pages where nothing is said: protocol 3 knows none of jobs, and longer ones of runs. */
const JOBS_PAGE = 50;
const RUNS_PAGE = { 3: 200, 4: 50 } as const;

interface Deps {
  readonly parts: GatewayParts;
  readonly runs: RunDesk;
  readonly sessions: SessionDesk;
  readonly jobs: JobBook;
  readonly runLog: RunLog;
  readonly cron: CronDesk;
}

/** Jobs that run by the clock. */
export function jobHandlers({ parts, jobs, runLog, cron, runs, sessions }: Deps): Handlers<keyof typeof cronMethods> {
  const facts = ({ protocol }: Pick<Caller, "protocol">): JobFacts => ({
    protocol,
    now: parts.clock.now(),
    explain: (rule) => parts.calendar.explain(rule),
    hasAgent: (agentId) => sessions.hasAgent(agentId),
  });
  const view = (job: Job) => renderJob(job, jobs.nextRunAt(job));
  /** Rules are read by what is loaded with the first of them. */
  const openFor = async (schedule: { readonly kind: string } | undefined): Promise<void> => {
    if (schedule?.kind === "cron") await parts.calendar.open();
  };

  return {
    "cron.list": (ask, { protocol }) => {
      const found = listJobs(jobs.all().map((job) => ({ job, nextRunAt: jobs.nextRunAt(job) })), ask, defaultAgentOf(parts.config.settings()));
      const limit = ask.limit ?? (protocol === 3 ? found.length : JOBS_PAGE);
      const page = pageOf(found, { offset: ask.offset ?? 0, limit });
      return done({ jobs: page.items.map(({ job, nextRunAt }) => renderJob(job, nextRunAt)), ...page.facts });
    },
    "cron.status": () => {
      const soonest = jobs.all().flatMap((job) => jobs.nextRunAt(job) ?? []);
      const { stateDir } = parts.host;
      return done({
        enabled: cron.isEnabled,
        storePath: stateDir === undefined ? "memory" : `${stateDir}/cron/jobs.jsonl`,
        jobs: jobs.size,
        nextWakeAtMs: cron.isEnabled && soonest.length > 0 ? Math.min(...soonest) : null,
      });
    },
    "cron.get": (ref) => {
      const job = jobs.get(idOf(ref) ?? "");
      return job === undefined ? refused(noJob("cron.get", ref)) : done(view(job));
    },
    "cron.add": async (params, caller) => {
      await openFor(params.schedule);
      const read = readJob(params, parts.ids.uuid(), facts(caller));
      const added = read.kind === "ok" ? await jobs.add(read.value) : read;
      if (added.kind === "refused") return refused(invalidRequest(`invalid cron.add params: ${added.reason}`));
      cron.changed(added.value, "added");
      return done(view(added.value));
    },
    "cron.update": async ({ patch, ...ref }, caller) => {
      await openFor(patch.schedule);
      const patched = await jobs.patch(idOf(ref) ?? "", (job) => patchJob(job, patch, facts(caller)));
      if (patched === undefined) return refused(noJob("cron.update", ref));
      if (patched.kind === "refused") return refused(invalidRequest(`invalid cron.update params: ${patched.reason}`));
      cron.changed(patched.value, "updated");
      return done(view(patched.value));
    },
    "cron.remove": async (ref) => {
      const id = idOf(ref);
      if (id === undefined) return refused(noJob("cron.remove", ref));
      const removed = await jobs.remove(id);
      if (removed === undefined) return done({ ok: true, removed: false });
      const runId = removed.state.begun?.runId;
      // Whoever takes a job away does not want what it is doing either.
      if (runId !== undefined) runs.abort([runId], "rpc");
      await cron.removed(removed);
      return done({ ok: true, removed: true });
    },
    "cron.run": async ({ mode, ...ref }, { protocol }) => {
      const job = jobs.get(idOf(ref) ?? "");
      if (job === undefined) return refused(noJob("cron.run", ref));
      if (mode === "if-enabled" && !job.enabled) return done({ ok: true, ran: false, reason: "disabled" });
      // Without a mode, protocol 3 asks whether it is due, and protocol 4 means now.
      const run = await cron.runNow(job, { onlyIfDue: mode === "due" || (mode === undefined && protocol === 3) });
      if (run.kind !== "begun") return done({ ok: true, ran: false, reason: run.kind });
      // Its clients look at the runs as soon as they are answered.
      if (protocol === 3) await run.ended;
      return done({ ok: true, ran: true, runId: run.runId });
    },
    "cron.runs": ({ limit, offset = 0, scope, sortDir, ...ask }, { protocol }) => {
      const id = idOf(ask);
      // Of all jobs together only protocol 4 asks.
      if (id === undefined && (protocol === 3 || scope === "job")) return refused(noJob("cron.runs", ask));
      const isReversed = protocol === 3;
      const found = listRuns(runLog.entries(scope === "all" ? undefined : id), isReversed || sortDir === undefined ? ask : { ...ask, sortDir });
      const page = pageOf(found, { offset, limit: limit ?? RUNS_PAGE[protocol] });
      const entries = page.items.map(renderRun);
      return done({ entries: isReversed ? entries.toReversed() : entries, ...page.facts });
    },
  };
}

const idOf = ({ id, jobId }: JobRef): string | undefined => jobId ?? id;

function noJob(method: string, ref: JobRef): ErrorShape {
  const id = idOf(ref);
  if (id === undefined) return invalidRequest(`invalid ${method} params: name the job by id or jobId`);
  return invalidRequest(`invalid ${method} params: there is no job "${id.slice(0, 64)}"; cron.list has those that there are`, { code: "CRON_JOB_NOT_FOUND" });
}

function pageOf<T>(all: readonly T[], { offset, limit }: { offset: number; limit: number }) {
  const items = all.slice(offset, offset + limit);
  const hasMore = offset + items.length < all.length;
  return { items, facts: { total: all.length, offset, limit, hasMore, nextOffset: hasMore ? offset + items.length : null } };
}
