import { DEFAULT_SETTINGS } from "../../../domain/default-settings.js";
import type { ActiveHours, HeartbeatSettings } from "../../../domain/schedule/heartbeat-settings.js";
import { parseDuration } from "../../../domain/text/duration.js";
import type { PolicyReport } from "./channel-policy.js";
import type { Config } from "./schema.js";

type Section = NonNullable<NonNullable<NonNullable<Config["agents"]>["defaults"]>["heartbeat"]>;

const DEFAULTS_PATH = "agents.defaults.heartbeat";

/** What holds for the default agent, and for whatever an agent's own section leaves out. */
export function readHeartbeat(config: Config, report: PolicyReport): HeartbeatSettings {
  return heartbeatOf(config.agents?.defaults?.heartbeat ?? {}, { config, path: DEFAULTS_PATH, report });
}

/** An agent's own, where it has one. */
export function readAgentHeartbeat(config: Config, index: number, report: PolicyReport): HeartbeatSettings | undefined {
  const own = config.agents?.list?.[index]?.heartbeat;
  if (own === undefined) return undefined;
  return heartbeatOf({ ...config.agents?.defaults?.heartbeat, ...own }, { config, path: `agents.list[${index}].heartbeat`, report });
}

interface Place {
  readonly config: Config;
  readonly path: string;
  readonly report: PolicyReport;
}

function heartbeatOf(section: Section, place: Place): HeartbeatSettings {
  const { every, prompt, target, ackMaxChars } = { ...DEFAULT_SETTINGS.heartbeat, ...section };
  const { to, accountId, model, session } = section;
  const activeHours = hoursOf(section, place);
  return {
    everyMs: parseDuration(/^[0-9]+$/.test(every) ? `${every}m` : every) ?? 0,
    every,
    prompt,
    target,
    ackMaxChars,
    ...(to === undefined ? {} : { to }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(model === undefined ? {} : { model }),
    ...(session === undefined || session === "main" ? {} : { session }),
    ...(activeHours === undefined ? {} : { activeHours }),
  };
}

function hoursOf({ activeHours }: Section, { config, path, report }: Place): ActiveHours | undefined {
  if (activeHours === undefined) return undefined;
  const { start = "00:00", end = "24:00", timezone = "user" } = activeHours;
  const [startMinute, endMinute] = [minuteOf(start), minuteOf(end)];
  if (startMinute === endMinute) report.warnings.push({ path: `${path}.activeHours`, message: "Both times are the same, which is taken for the whole day." });
  const timeZone = timezone === "local" ? undefined : timezone === "user" ? config.agents?.defaults?.userTimezone : timezone;
  const zonePath = timezone === "user" ? "agents.defaults.userTimezone" : `${path}.activeHours.timezone`;
  if (timeZone !== undefined && !isTimeZone(timeZone)) report.issues.push({ path: zonePath, message: "Expected a time zone that this host knows, such as Europe/Vienna, found something else." });
  return { startMinute, endMinute, ...(timeZone === undefined ? {} : { timeZone }) };
}

/** Of a text that its schema let through. */
function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name }).format(0);
    return true;
  } catch {
    return false;
  }
}
