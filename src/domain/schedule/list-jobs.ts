import type { ParamsOf } from "../protocol/catalog.js";
import type { EpochMs } from "../moment.js";
import type { Job } from "./job.js";

export interface TimedJob {
  readonly job: Job;
  readonly nextRunAt: EpochMs | undefined;
}

type Ask = ParamsOf<"cron.list">;

/** The jobs that a list asks for, in its order: the next to run first, unless it says otherwise. */
export function listJobs(jobs: readonly TimedJob[], ask: Ask, defaultAgentId: string): readonly TimedJob[] {
  const { query, agentId, sessionKey, scheduleKind = "all", lastRunStatus = "all" } = ask;
  const which = ask.enabled ?? (ask.includeDisabled === true ? "all" : "enabled");
  const words = query?.trim().toLowerCase() ?? "";
  const found = jobs.filter(({ job }) =>
    (which === "all" || job.enabled === (which === "enabled")) &&
    (words === "" || [job.id, job.name, job.description ?? ""].some((text) => text.toLowerCase().includes(words))) &&
    (agentId === undefined || (job.agentId ?? defaultAgentId) === agentId.toLowerCase()) &&
    (sessionKey === undefined || job.sessionKey === sessionKey || job.target === `session:${sessionKey}`) &&
    (scheduleKind === "all" || job.schedule.kind === scheduleKind) &&
    (lastRunStatus === "all" || (job.state.last?.status ?? "unknown") === lastRunStatus));
  const sign = ask.sortDir === "desc" ? -1 : 1;
  return found.sort((a, b) => sign * compare(a, b, ask.sortBy ?? "nextRunAtMs") || a.job.createdAt - b.job.createdAt);
}

function compare(a: TimedJob, b: TimedJob, by: NonNullable<Ask["sortBy"]>): number {
  if (by === "name") return a.job.name < b.job.name ? -1 : a.job.name > b.job.name ? 1 : 0;
  if (by === "updatedAtMs") return a.job.updatedAt - b.job.updatedAt;
  // Two that will not run are equal; a difference of infinities would be none at all.
  const [first, second] = [a.nextRunAt ?? Number.MAX_SAFE_INTEGER, b.nextRunAt ?? Number.MAX_SAFE_INTEGER];
  return first - second;
}
