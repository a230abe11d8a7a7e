import type { CronJob, CronSchedule } from "../../../../src/domain/protocol/methods/cron.js";
import { moment, span } from "../../shared/format.js";
import { cron } from "../../shared/texts/control/cron.js";

/** The form's fields, as texts; a checkbox that is not checked is not there. */
export type JobFields = Readonly<Record<string, string | undefined>>;

export type JobRead =
  | { readonly kind: "job"; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: "wrong"; readonly field: string; readonly message: string };

const texts = cron.form;

/** When a job runs, as a person says it. */
export function scheduleText(schedule: CronSchedule): string {
  switch (schedule.kind) {
    case "at": return cron.schedule.at(moment(momentOf(schedule)));
    case "every": return cron.schedule.every(span(schedule.everyMs));
    case "cron": return cron.schedule.cron(schedule.expr, schedule.tz ?? "");
  }
}

const momentOf = ({ atMs, at }: { readonly atMs?: number | undefined; readonly at?: string | undefined }): number => atMs ?? Date.parse(at ?? "");

/** The next moments that can be told without the gateway: it tells the first. */
export function nextRuns({ schedule, state, enabled }: CronJob, most = 4): readonly number[] {
  const first = state.nextRunAtMs;
  if (!enabled || first === undefined) return [];
  return schedule.kind === "every" ? Array.from({ length: most }, (_, nth) => first + nth * schedule.everyMs) : [first];
}

/** What the form begins with. */
export function fieldsOf(job: CronJob | undefined): JobFields {
  if (job === undefined) return { what: "agentTurn", when: "every", amount: "1", unit: "3600000", session: "", wake: "now", enabled: "on", deliver: "" };
  const { schedule, payload } = job;
  const [unit, amount] = schedule.kind === "every" ? unitOf(schedule.everyMs) : ["3600000", "1"];
  const turn = payload.kind === "agentTurn" ? payload : undefined;
  return {
    name: job.name, description: job.description, what: payload.kind, text: payload.kind === "agentTurn" ? payload.message : payload.text,
    when: schedule.kind, moment: schedule.kind === "at" ? localMoment(momentOf(schedule)) : "", amount, unit,
    ...(schedule.kind === "cron" ? { expression: schedule.expr, zone: schedule.tz } : {}),
    session: job.sessionTarget, wake: job.wakeMode, agent: job.agentId, model: turn?.model, thinking: turn?.thinking, timeout: turn?.timeoutSeconds?.toString(),
    deliver: job.delivery?.mode ?? "", channel: job.delivery?.channel, to: job.delivery?.to,
    ...(job.deleteAfterRun === true ? { once: "on" } : {}), ...(job.enabled ? { enabled: "on" } : {}),
  };
}

/** The largest unit that leaves a whole number. */
function unitOf(everyMs: number): readonly [unit: string, amount: string] {
  const unit = ["86400000", "3600000", "60000", "1000"].find((one) => everyMs % Number(one) === 0) ?? "1000";
  return [unit, String(everyMs / Number(unit))];
}

/** As `datetime-local` wants it. */
function localMoment(at: number): string {
  if (Number.isNaN(at)) return "";
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}

/** What `cron.add` and `cron.update` take, or what is wrong and where. */
export function readJob(fields: JobFields): JobRead {
  const { wrong } = texts;
  const text = (name: string): string => fields[name]?.trim() ?? "";
  if (text("name") === "") return { kind: "wrong", field: "name", message: wrong.name };
  if (text("text") === "") return { kind: "wrong", field: "text", message: wrong.text };
  const schedule = readSchedule(text);
  if (schedule.kind === "wrong") return schedule;
  const isTurn = text("what") === "agentTurn";
  const timeout = Number(text("timeout"));
  const payload = isTurn
    ? { kind: "agentTurn", message: text("text"), ...given({ model: text("model"), thinking: text("thinking") }), ...(timeout > 0 ? { timeoutSeconds: Math.round(timeout) } : {}) }
    : { kind: "systemEvent", text: text("text") };
  return {
    kind: "job",
    params: {
      name: text("name"),
      description: text("description"),
      enabled: fields["enabled"] !== undefined,
      deleteAfterRun: fields["once"] !== undefined,
      schedule,
      sessionTarget: text("session") === "" ? (isTurn ? "isolated" : "main") : text("session"),
      wakeMode: text("wake") === "" ? "now" : text("wake"),
      payload,
      ...given({ agentId: text("agent") }),
      ...(text("deliver") === "" ? {} : { delivery: { mode: text("deliver"), ...given({ channel: text("channel"), to: text("to") }) } }),
    },
  };
}

function readSchedule(text: (name: string) => string): CronSchedule | Extract<JobRead, { kind: "wrong" }> {
  const { wrong } = texts;
  switch (text("when")) {
    case "at": {
      const at = Date.parse(text("moment"));
      return Number.isNaN(at) ? { kind: "wrong", field: "moment", message: wrong.moment } : { kind: "at", atMs: at };
    }
    case "cron": {
      const parts = text("expression").split(/\s+/);
      return parts.length < 5 || parts.length > 6 ? { kind: "wrong", field: "expression", message: wrong.expression } : { kind: "cron", expr: parts.join(" "), ...given({ tz: text("zone") }) };
    }
    default: {
      const everyMs = Math.round(Number(text("amount")) * Number(text("unit")));
      return everyMs >= 1 ? { kind: "every", everyMs } : { kind: "wrong", field: "amount", message: wrong.amount };
    }
  }
}

const given = (fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
