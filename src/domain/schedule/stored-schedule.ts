import { fieldsOf, hasNumbers, hasTexts, listOf } from "../foreign-fields.js";
import type { EpochMs } from "../moment.js";
import type { LastSaid } from "./heartbeat-reply.js";
import type { Job, RunEntry } from "./job.js";
import type { WaitingEvents } from "./waiting-events.js";

/** When a session last had a heartbeat by the clock, and what was said to somebody in one. A plain JSON value. */
export interface BeatRecord {
  readonly at?: EpochMs;
  readonly said?: LastSaid;
}

const SCHEDULE_NUMBERS: ReadonlyMap<unknown, string> = new Map([["at", "at"], ["every", "everyMs"]]);

/** Records as this version writes them; `undefined` for what is none, which its store takes for damage. */
export function parseJob(value: unknown): Job | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || !hasTexts(fields, "id", "name", "target", "wakeMode") || !hasNumbers(fields, "createdAt", "updatedAt")) return undefined;
  const [schedule, payload, delivery, state] = [fieldsOf(fields["schedule"]), fieldsOf(fields["payload"]), fieldsOf(fields["delivery"]), fieldsOf(fields["state"])];
  if (schedule === undefined || payload === undefined || delivery === undefined || state === undefined) return undefined;
  const number = SCHEDULE_NUMBERS.get(schedule["kind"]);
  const isTimed = number === undefined ? schedule["kind"] === "cron" && hasTexts(schedule, "expr") : hasNumbers(schedule, number);
  const isWhole = hasTexts(payload, "kind", payload["kind"] === "systemEvent" ? "text" : "message") && hasTexts(delivery, "mode") && hasNumbers(state, "settledUntil");
  const begun = fieldsOf(state["begun"]);
  const isSettled = state["begun"] === undefined || (begun !== undefined && hasTexts(begun, "runId", "trigger") && hasNumbers(begun, "startedAt"));
  return isTimed && isWhole && isSettled && typeof fields["enabled"] === "boolean" ? (value as Job) : undefined;
}

export function parseRunEntry(value: unknown): RunEntry | undefined {
  const fields = fieldsOf(value);
  return fields !== undefined && hasTexts(fields, "jobId", "runId", "trigger", "status") && hasNumbers(fields, "ts", "startedAt", "durationMs") ? (value as RunEntry) : undefined;
}

export function parseWaitingEvents(value: unknown): WaitingEvents | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || !hasTexts(fields, "agentId") || !Array.isArray(fields["events"])) return undefined;
  const events = listOf(fields["events"]);
  return events.length === fields["events"].length && events.every((event) => hasTexts(event, "id", "text")) ? (value as WaitingEvents) : undefined;
}

export function parseBeat(value: unknown): BeatRecord | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined || (fields["at"] !== undefined && !hasNumbers(fields, "at"))) return undefined;
  const said = fieldsOf(fields["said"]);
  return fields["said"] === undefined || (said !== undefined && hasTexts(said, "digest") && hasNumbers(said, "at")) ? (value as BeatRecord) : undefined;
}
