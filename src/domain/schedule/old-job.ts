import { countOf, fieldsOf, listOf, textOf, type Fields } from "../foreign-fields.js";
import { epochMs, type EpochMs } from "../moment.js";
import type { ParamsOf } from "../protocol/catalog.js";
import type { CronRule, Job } from "./job.js";
import { settledAt } from "./job-life.js";
import { readJob } from "./read-job.js";

/** The jobs in the file of an OpenClaw gateway of 2026. What can't be taken over is named, with a whole sentence. */
export interface OldJobs {
  readonly jobs: readonly Job[];
  readonly left: readonly { readonly id: string; readonly reason: string }[];
}

interface OldFacts {
  readonly now: EpochMs;
  /** What is wrong with a cron rule, as a sentence; `undefined` where it can be kept. */
  readonly explain: (rule: CronRule) => string | undefined;
  /** Whether a request could be made with it: whoever wrote the file may have written anything. */
  readonly fits: (value: unknown) => value is ParamsOf<"cron.add">;
}

/** Recurring jobs count from now on; a moment that passed and was never run is made up for. */
export function readOldJobs(file: unknown, facts: OldFacts): OldJobs {
  const [jobs, left]: [Job[], { id: string; reason: string }[]] = [[], []];
  for (const [nth, old] of listOf(fieldsOf(file)?.["jobs"]).entries()) {
    const read = readOldJob(old, facts);
    if (typeof read === "string") left.push({ id: textOf(old["id"]) ?? `job ${nth + 1}`, reason: read });
    else jobs.push(read);
  }
  return { jobs, left };
}

function readOldJob(old: Fields, { now, explain, fits }: OldFacts): Job | string {
  const [id, madeAt, state] = [textOf(old["id"]), countOf(old["createdAtMs"]), fieldsOf(old["state"])];
  if (id === undefined || !fits(old)) return "It is of a kind that this gateway does not have.";
  const createdAt = epochMs(Math.min(madeAt ?? now, now));
  // Read as it was when it was made: its moment may have passed since.
  const read = readJob(old, id, { protocol: old.delivery === undefined ? 3 : 4, now: createdAt, explain, hasAgent: () => true });
  if (read.kind === "refused") return `It can't be kept: ${read.reason}.`;
  const wasRun = countOf(state?.["lastRunAtMs"]) !== undefined;
  return old.schedule.kind === "at" && !wasRun ? read.value : settledAt(read.value, now);
}
