import { fieldsOf } from "../foreign-fields.js";
import type { ParamsOf } from "../protocol/catalog.js";
import type { Protocol } from "../protocol/version.js";
import { MAX_JOB_TEXT, MAX_NAME, type JobDelivery, type JobReport, type SessionTarget } from "./job.js";
import { ok, refuse, type Read } from "./read-schedule.js";

type Patch = ParamsOf<"cron.update">["patch"];
type WirePayload = ParamsOf<"cron.add">["payload"] | NonNullable<Patch["payload"]>;

const DEFAULT_REPORT: JobReport = { prefix: "Cron", mode: "summary", maxChars: 8_000 };

export const given = (text: string | null | undefined): text is string => typeof text === "string" && text.trim() !== "";

/** Those that say something. */
export const texts = (fields: Readonly<Record<string, string | null | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => given(entry[1])));

type InsidePayload = { deliver?: boolean; channel?: string; to?: string; bestEffortDeliver?: boolean };

const inside = (payload: WirePayload | undefined): InsidePayload => (payload?.kind === "agentTurn" ? payload : {});
/** Only protocol 3 says there where an answer goes. */
export const saysDeliveryInside = (payload: WirePayload | undefined): boolean =>
  Object.entries(inside(payload)).some(([key, value]) => value !== undefined && ["deliver", "channel", "to", "bestEffortDeliver"].includes(key));

interface DeliveryFacts {
  readonly before: JobDelivery | undefined;
  readonly target: SessionTarget;
  readonly protocol: Protocol;
}

/** Where the answer goes, as either generation says it. Of a patch, what it leaves out is as it was. */
export function readDelivery({ delivery, payload }: { delivery?: Patch["delivery"]; payload?: WirePayload }, { before, target, protocol }: DeliveryFacts): Read<JobDelivery> {
  if (delivery?.mode === "webhook") return refuse('delivery.mode "webhook" is not supported by this gateway: use "announce" or "none"');
  if (delivery !== undefined) {
    const { mode, channel, to, accountId, threadId, bestEffort } = delivery;
    return ok({ ...before, mode: mode ?? before?.mode ?? "announce", ...texts({ channel, to, accountId, threadId }), ...(bestEffort === undefined ? {} : { bestEffort }) });
  }
  if (saysDeliveryInside(payload)) {
    const { deliver, channel, to, bestEffortDeliver } = inside(payload);
    // Whoever names a recipient means it, where nothing else is said.
    const mode = deliver === undefined ? (before?.mode === "announce" || given(to) ? "announce" : "none") : deliver ? "announce" : "none";
    return ok({ ...before, mode, ...texts({ channel, to }), ...(bestEffortDeliver === undefined ? {} : { bestEffort: bestEffortDeliver }) });
  }
  if (target === "main") return ok({ mode: "none" });
  if (before !== undefined) return ok(before);
  // In protocol 4 a job of its own speaks up unless it is told not to; that nobody can be reached yet is no failure then.
  return ok(protocol === 4 ? { mode: "announce", bestEffort: true } : { mode: "none" });
}

export function readReport(isolation: unknown, byDefault: boolean): JobReport | undefined {
  const fields = fieldsOf(isolation);
  if (fields === undefined) return byDefault ? DEFAULT_REPORT : undefined;
  const { postToMainPrefix: prefix, postToMainMode: mode, postToMainMaxChars: maxChars } = fields;
  return {
    prefix: typeof prefix === "string" && prefix.trim() !== "" ? prefix.trim().slice(0, MAX_NAME) : DEFAULT_REPORT.prefix,
    mode: mode === "full" ? "full" : "summary",
    maxChars: Number.isSafeInteger(maxChars) && (maxChars as number) > 0 ? Math.min(maxChars as number, MAX_JOB_TEXT) : DEFAULT_REPORT.maxChars,
  };
}

/** Protocol 4 reports what it announces; where a patch does not touch delivery, what was told is still told. */
export function patchedReport(patch: Patch, { told, delivery }: { told: JobReport | undefined; delivery: JobDelivery }): JobReport | undefined {
  if (patch.isolation !== undefined) return readReport(patch.isolation, true);
  if (patch.delivery?.mode === undefined) return told;
  return delivery.mode === "announce" ? (told ?? DEFAULT_REPORT) : undefined;
}
