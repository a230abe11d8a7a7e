import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { METHODS, type ParamsOf } from "../../domain/protocol/catalog.js";
import type { Clock } from "../../ports/clock.js";
import type { CronCalendar } from "../../ports/cron-calendar.js";
import type { FrameValidator } from "../../ports/frame-validator.js";
import type { Log } from "../../ports/log.js";
import type { GatewayRecords } from "../gateway/parts.js";

const MAX_BYTES = 16 * 1024 * 1024;
const TAKEN = "cron:jobs-taken-over";

interface Taking {
  readonly stateDir: string | undefined;
  /** The notes remember that it was done. */
  readonly records: Pick<GatewayRecords, "cronJobs" | "notes">;
  readonly calendar: CronCalendar;
  readonly validator: FrameValidator;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes the jobs of an OpenClaw gateway over from its state folder, once. Their file stays as it is. The stores must be open. */
export async function takeOldJobs({ stateDir, records: { cronJobs, notes }, calendar, validator, clock, log }: Taking): Promise<void> {
  if (stateDir === undefined || notes.view().has(TAKEN)) return;
  const path = join(stateDir, "cron", "jobs.json");
  const text = await textOf(path);
  if (text === undefined) return;
  const file = parsed(text);
  // Not noted: who mends it finds it taken over with the next start.
  if (file === undefined) return log.warn("the jobs of an older gateway can't be read, and are left where they are", { path });
  const [{ readOldJobs }] = await Promise.all([import("../../domain/schedule/old-job.js"), calendar.open()]);
  const fits = (value: unknown): value is ParamsOf<"cron.add"> => validator.explain(METHODS["cron.add"].params, value) === undefined;
  const { jobs, left } = readOldJobs(file, { now: clock.now(), explain: (rule) => calendar.explain(rule), fits });
  await cronJobs.update(() => ({ changes: new Map(jobs.map((job) => [job.id, job])), value: undefined }));
  // A crash before this takes them over once more: none of them has run since.
  await notes.update(() => ({ changes: new Map([[TAKEN, path]]), value: undefined }));
  log.info("jobs of an older gateway were taken over", { path, jobs: jobs.length, left: left.length });
  for (const { id, reason } of left) log.warn("a job of an older gateway was not taken over", { jobId: id, reason });
}

/** What can't be used is none: empty. `undefined` where there is no file. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await file.stat();
      return facts.isFile() && facts.size <= MAX_BYTES ? await file.readFile("utf8") : "";
    } finally {
      await file.close();
    }
  } catch (error) {
    return ["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "") ? undefined : "";
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
