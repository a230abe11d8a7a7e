import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import { parseDuration } from "../../../domain/text/duration.js";
import { action, type Call } from "../action.js";
import type { ConnectionFlags } from "../flags.js";
import { given } from "../given.js";
import { usageFailure } from "../io.js";
import { momentOf, renderJob, renderJobs, renderRuns } from "../job-list.js";
import { cell } from "../output.js";

interface CronFlags extends ConnectionFlags {
  readonly all?: boolean;
  readonly name?: string;
  readonly description?: string;
  readonly at?: string;
  readonly every?: string;
  readonly cron?: string;
  readonly tz?: string;
  readonly stagger?: string;
  readonly session?: string;
  readonly wake?: "now" | "next-heartbeat";
  readonly systemEvent?: string;
  readonly message?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly thinking?: string;
  readonly timeoutSeconds?: number;
  readonly announce?: boolean;
  readonly deliver?: boolean;
  readonly channel?: string;
  readonly to?: string;
  readonly account?: string;
  readonly thread?: string;
  readonly bestEffortDeliver?: boolean;
  readonly postPrefix?: string;
  readonly postMode?: "summary" | "full";
  readonly postMaxChars?: number;
  readonly deleteAfterRun?: boolean;
  readonly keepAfterRun?: boolean;
  readonly disabled?: boolean;
  readonly clearAgent?: boolean;
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly due?: boolean;
  readonly id?: string;
  readonly limit?: number;
}

type CronCall = Call<CronFlags>;
type Patch = ParamsOf<"cron.update">["patch"];
type Schedule = ParamsOf<"cron.add">["schedule"];

function durationOf(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw usageFailure(`${flag} takes a duration such as 90s, 20m, 2h or 1d.`, []);
  return ms;
}

function scheduleOf({ at, every, cron, tz, stagger }: CronFlags, nowMs: number): Schedule | undefined {
  if ([at, every, cron].filter((one) => one !== undefined).length > 1) throw usageFailure("Say when in one way: --at, --every or --cron.", []);
  if (cron === undefined && (tz ?? stagger) !== undefined) throw usageFailure("--tz and --stagger belong to --cron.", []);
  if (every !== undefined) return { kind: "every", everyMs: durationOf("--every", every) };
  if (cron !== undefined) return { kind: "cron", expr: cron, ...given({ tz, staggerMs: stagger === undefined ? undefined : durationOf("--stagger", stagger) }) };
  if (at === undefined) return undefined;
  const fromNow = parseDuration(at.replace(/^\+/, ""));
  return fromNow === undefined ? { kind: "at", at } : { kind: "at", at: momentOf(nowMs + fromNow) };
}

/** What the flags say of a job, and nothing of what they do not. */
function patchOf(flags: CronFlags, nowMs: number): Patch {
  const { message, systemEvent, model, thinking, timeoutSeconds } = flags;
  if (message !== undefined && systemEvent !== undefined) throw usageFailure("A job tells the main session something (--system-event) or lets the agent do something (--message), not both.", []);
  const turn = given({ message, model, thinking, timeoutSeconds });
  const isTurn = Object.keys(turn).length > 0;
  const schedule = scheduleOf(flags, nowMs);
  const mode = flags.announce === true || flags.deliver === true ? ("announce" as const) : flags.deliver === false ? ("none" as const) : undefined;
  const delivery = given({ mode, channel: flags.channel, to: flags.to, accountId: flags.account, threadId: flags.thread, bestEffort: flags.bestEffortDeliver });
  const isolation = given({ postToMainPrefix: flags.postPrefix, postToMainMode: flags.postMode, postToMainMaxChars: flags.postMaxChars });
  return given({
    name: flags.name,
    description: flags.description,
    schedule,
    sessionTarget: flags.session,
    wakeMode: flags.wake,
    payload: systemEvent !== undefined ? { kind: "systemEvent" as const, text: systemEvent } : isTurn ? { kind: "agentTurn" as const, ...turn } : undefined,
    delivery: Object.keys(delivery).length === 0 ? undefined : delivery,
    isolation: Object.keys(isolation).length === 0 ? undefined : isolation,
    agentId: flags.clearAgent === true ? null : flags.agent,
    deleteAfterRun: flags.deleteAfterRun ?? (flags.keepAfterRun === true ? false : undefined),
  }) as Patch;
}

const list = action(async ({ client, flags, io, timeoutMs }: CronCall) => {
  const result = await client.call("cron.list", { limit: 1_000, ...(flags.all === true ? { includeDisabled: true } : {}) }, { timeoutMs });
  return { result, said: renderJobs(result.jobs, io.now()).trimEnd() };
});

const status = action(async ({ client, timeoutMs }: CronCall) => {
  const result = await client.call("cron.status", {}, { timeoutMs });
  const next = typeof result.nextWakeAtMs === "number" ? ` The next one is due at ${momentOf(result.nextWakeAtMs)}.` : "";
  return { result, said: `Jobs ${result.enabled ? "run by the clock" : "are switched off (cron.enabled)"}: ${result.jobs}, in ${cell(result.storePath, 200)}.${next}` };
});

const add = action(async ({ client, flags, io, timeoutMs }: CronCall) => {
  const { name, schedule, payload, delivery, ...rest } = patchOf(flags, io.now());
  if (name === undefined) throw usageFailure("Give the job a name: --name.", []);
  if (schedule === undefined) throw usageFailure("Say when: --at, --every or --cron.", []);
  if (payload?.kind !== "systemEvent" && payload?.message === undefined) throw usageFailure("Say what: --system-event for the main session to hear, or --message for the agent to do.", []);
  const whole = { ...rest, name, schedule, payload: payload as ParamsOf<"cron.add">["payload"], ...(delivery === undefined ? {} : { delivery: { mode: "announce" as const, ...delivery } }), ...(flags.disabled === true ? { enabled: false } : {}) };
  const result = await client.call("cron.add", whole as ParamsOf<"cron.add">, { timeoutMs });
  return { result, said: renderJob(result, io.now()).trimEnd() };
});

const changing = (patchFor: (flags: CronFlags, nowMs: number) => Patch) =>
  action(async ({ client, flags, args: [id = ""], io, timeoutMs }: CronCall) => {
    const patch = patchFor(flags, io.now());
    if (Object.keys(patch).length === 0) throw usageFailure("Say what to change; openclaw cron edit --help lists it.", []);
    const result = await client.call("cron.update", { id, patch }, { timeoutMs });
    return { result, said: renderJob(result, io.now()).trimEnd() };
  });

const edit = changing((flags, nowMs) => ({ ...patchOf(flags, nowMs), ...(flags.enable === true ? { enabled: true } : flags.disable === true ? { enabled: false } : {}) }));
const enable = changing(() => ({ enabled: true }));
const disable = changing(() => ({ enabled: false }));

const remove = action(async ({ client, args: [id = ""], timeoutMs }: CronCall) => {
  const result = await client.call("cron.remove", { id }, { timeoutMs });
  return { result, said: result.removed ? "The job is gone." : "There was no such job." };
});

const WHY_NOT: Readonly<Record<string, string>> = { "not-due": "It is not due.", "already-running": "It runs already.", disabled: "It is switched off." };

const run = action(async ({ client, flags, args: [id = ""], timeoutMs }: CronCall) => {
  const result = await client.call("cron.run", { id, mode: flags.due === true ? "due" : "force" }, { timeoutMs });
  return { result, said: result.ran ? `It runs. See what came of it with: openclaw cron runs ${cell(id, 36)}` : (WHY_NOT[result.reason ?? ""] ?? "It does not run.") };
});

const runs = action(async ({ client, flags, args: [id = flags.id], io, timeoutMs }: CronCall) => {
  const result = await client.call("cron.runs", { limit: flags.limit ?? 20, ...(id === undefined ? {} : { id }) }, { timeoutMs });
  return { result, said: renderRuns(result.entries, io.now()).trimEnd() };
});

export const ACTIONS = { list, status, add, edit, remove, enable, disable, run, runs };
