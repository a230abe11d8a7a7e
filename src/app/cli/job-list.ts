import type { ResultOf } from "../../domain/protocol/catalog.js";
import { cell, duration, renderTable } from "./output.js";

type WireJob = ResultOf<"cron.get">;
type WireRun = ResultOf<"cron.runs">["entries"][number];

const JOBS = ["ID", "NAME", "WHEN", "NEXT", "LAST", "RESULT", "SESSION", "AGENT"];
const RUNS = ["DUE", "BEGAN", "TOOK", "RESULT", "WHAT CAME OF IT"];

export function renderJobs(jobs: readonly WireJob[], nowMs: number): string {
  if (jobs.length === 0) return "No jobs. Add one with: openclaw cron add --help\n";
  return renderTable(JOBS, jobs.map((job) => [
    cell(job.id, 36),
    cell(job.name, 40),
    whenOf(job.schedule),
    job.enabled ? until(job.state.nextRunAtMs, nowMs) : "off",
    since(job.state.lastRunAtMs, nowMs),
    cell(job.state.runningAtMs === undefined ? job.state.lastStatus : "running", 12),
    cell(job.sessionTarget, 40),
    cell(job.agentId, 20),
  ]));
}

/** One job in lines, with what went wrong last. */
export function renderJob(job: WireJob, nowMs: number): string {
  const { lastError } = job.state;
  return `${renderJobs([job], nowMs)}${lastError === undefined ? "" : `Last error: ${cell(lastError, 300)}\n`}`;
}

export function renderRuns(runs: readonly WireRun[], nowMs: number): string {
  if (runs.length === 0) return "No runs yet.\n";
  return renderTable(RUNS, runs.map((run) => [
    run.scheduledAtMs === undefined ? "by hand" : momentOf(run.scheduledAtMs),
    since(run.runAtMs, nowMs),
    run.durationMs === undefined ? "-" : duration(run.durationMs),
    cell([run.status, ...(run.late === true ? ["late"] : []), ...(run.missed === undefined ? [] : [`${run.missed} missed`])].join(", "), 40),
    cell(run.error ?? run.summary, 120),
  ]));
}

function whenOf(schedule: WireJob["schedule"]): string {
  switch (schedule.kind) {
    case "at":
      return schedule.atMs === undefined ? cell(schedule.at, 30) : momentOf(schedule.atMs);
    case "every":
      return `every ${duration(schedule.everyMs)}`;
    case "cron":
      return cell(`${schedule.expr}${schedule.tz === undefined ? "" : ` ${schedule.tz}`}`, 60);
  }
}

export const momentOf = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace(/\.000Z$/, "Z") : "-");
const since = (ms: number | undefined, nowMs: number): string => (ms === undefined ? "-" : `${duration(nowMs - ms)} ago`);
const until = (ms: number | undefined, nowMs: number): string => (ms === undefined ? "-" : ms <= nowMs ? "now" : `in ${duration(ms - nowMs)}`);
