import { Option, type Command } from "commander";
import type { ACTIONS as CRON_ACTIONS } from "./commands/cron.js";
import type { ACTIONS as SYSTEM_ACTIONS } from "./commands/system.js";
import { connected, type Bind } from "./program-parts.js";
import { parseCount, parseSeconds } from "./flags.js";

const WHEN = ["now", "next-heartbeat"];

/** What a job is, as far as it is said. */
const described = (command: Command): Command =>
  command
    .option("--name <name>", "what it is called")
    .option("--description <text>", "what it is for")
    .option("--at <when>", "once: 20m from now, or a moment such as 2026-11-02T09:30:00+01:00 (UTC without an offset)")
    .option("--every <duration>", "again and again: 30m, 2h, 1d")
    .option("--cron <expr>", "by a cron expression of five or six fields")
    .option("--tz <zone>", "the time zone of that expression, such as Europe/Vienna (the gateway's host's)")
    .option("--stagger <duration>", "up to this long after that, each job by its own while")
    .option("--session <target>", "main, isolated, or session:<key>")
    .addOption(new Option("--wake <when>", "whether the main session hears of it at once").choices(WHEN))
    .option("--system-event <text>", "tell the main session this")
    .option("-m, --message <text>", "or let the agent do this")
    .option("--agent <id>", "this agent")
    .option("--model <provider/model>", "with this model")
    .option("--thinking <level>", "how much to think first")
    .option("--timeout-seconds <n>", "end a turn after this long", parseSeconds)
    .option("--announce", "send the answer through a channel")
    .option("--deliver", "the same")
    .option("--no-deliver", "send the answer nowhere")
    .option("--channel <id>", "through this channel (where the main session was last heard from)")
    .option("--to <target>", "to this chat or person")
    .option("--account <id>", "as this of the channel's accounts")
    .option("--thread <id>", "in this thread")
    .option("--best-effort-deliver", "an answer that can't be delivered is no failure")
    .option("--post-prefix <text>", "how the main session is told of it")
    .addOption(new Option("--post-mode <mode>", "how much the main session is told").choices(["summary", "full"]))
    .option("--post-max-chars <n>", "how many characters of a full answer it is told", parseCount)
    .option("--delete-after-run", "remove it once it went well")
    .option("--keep-after-run", "keep it, switched off");

export function addCron(program: Command, bind: Bind): void {
  const cron = connected(program.command("cron").description("what the assistant does by the clock"));
  const load = (name: keyof typeof CRON_ACTIONS) => async () => ({ run: (await import("./commands/cron.js")).ACTIONS[name] });
  const add = (usage: string, description: string): Command => connected(cron.command(usage).description(description));
  const all = (command: Command): Command => command.option("--all", "also those that are switched off");
  bind(all(cron), load("list"));
  bind(all(add("list", "list the jobs, the next to run first")), load("list"));
  bind(add("status", "whether jobs run, and when the next one does"), load("status"));
  bind(described(add("add", "add a job")).alias("create").option("--disabled", "switched off for now"), load("add"));
  bind(described(add("edit <id>", "change a job")).option("--clear-agent", "back to the default agent").option("--enable", "switch it on").option("--disable", "switch it off"), load("edit"));
  bind(add("rm <id>", "remove a job").alias("remove").alias("delete"), load("remove"));
  bind(add("enable <id>", "switch a job on"), load("enable"));
  bind(add("disable <id>", "switch a job off"), load("disable"));
  bind(add("run <id>", "run a job now").option("--due", "only if it is due").option("--force", "also if it is not, as without this"), load("run"));
  bind(add("runs [id]", "what came of past runs, the newest first").option("--id <id>", "the same as the argument").option("--limit <n>", "at most this many (20)", parseCount), load("runs"));
}

export function addSystem(program: Command, bind: Bind): void {
  const system = program.command("system").description("heartbeats, and what the assistant is told by itself");
  const load = (name: keyof typeof SYSTEM_ACTIONS) => async () => ({ run: (await import("./commands/system.js")).ACTIONS[name] });
  const telling = (command: Command): Command =>
    connected(command)
      .requiredOption("--text <text>", "what to tell it")
      .addOption(new Option("--mode <when>", "a turn now, or with the next heartbeat").choices(WHEN).default("next-heartbeat"));
  bind(telling(system.command("event").description("tell the assistant something")), load("event"));
  bind(telling(program.command("wake").description("tell the assistant something")), load("event"));
  bind(connected(system.command("presence").description("who is connected")), load("presence"));
  const heartbeat = connected(system.command("heartbeat").description("the turns that the assistant takes by itself"));
  bind(heartbeat, load("last"));
  bind(connected(heartbeat.command("last").description("what came of the last one")), load("last"));
  bind(connected(heartbeat.command("enable").description("let it take them")), load("enable"));
  bind(connected(heartbeat.command("disable").description("stop them until the gateway restarts")), load("disable"));
}
