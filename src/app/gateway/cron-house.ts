import { CronDesk } from "./cron-desk.js";
import type { CronRunnerDeps } from "./cron-runner.js";
import type { Hub } from "./hub.js";
import { JobBook } from "./job-book.js";
import { jobHandlers } from "./methods/jobs.js";
import type { GatewayParts } from "./parts.js";
import { RunLog } from "./run-log.js";

/** Jobs that run by the clock, put together. Loaded by a gateway that has some, or that is asked for them. */
export class CronHouse {
  readonly desk: CronDesk;
  readonly handlers: ReturnType<typeof jobHandlers>;

  constructor(parts: GatewayParts, deps: Omit<CronRunnerDeps, "ending"> & { readonly hub: Hub }) {
    const jobs = new JobBook(parts.records.cronJobs, parts.calendar);
    const runLog = new RunLog(parts.records.cronRuns);
    this.desk = new CronDesk(parts, { ...deps, book: jobs, log: runLog });
    this.handlers = jobHandlers({ ...deps, parts, jobs, runLog, cron: this.desk });
  }
}
