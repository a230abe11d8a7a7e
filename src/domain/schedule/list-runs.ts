import type { ParamsOf } from "../protocol/catalog.js";
import type { RunEntry } from "./job.js";

type Ask = Pick<ParamsOf<"cron.runs">, "runId" | "status" | "statuses" | "query" | "sortDir">;

/** The runs that a list asks for: the newest first, unless it says otherwise. `entries`: oldest first. */
export function listRuns(entries: readonly RunEntry[], { runId, status = "all", statuses, query, sortDir = "desc" }: Ask): readonly RunEntry[] {
  const words = query?.trim().toLowerCase() ?? "";
  const found = entries.filter((entry) =>
    (runId === undefined || entry.runId === runId) &&
    (status === "all" || entry.status === status) &&
    (statuses === undefined || statuses.includes(entry.status)) &&
    (words === "" || [entry.jobId, entry.summary ?? "", entry.error ?? ""].some((text) => text.toLowerCase().includes(words))));
  return sortDir === "asc" ? found : found.reverse();
}
