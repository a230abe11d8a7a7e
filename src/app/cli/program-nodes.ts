import { Option, type Command } from "commander";
import { parseCount, parseMs } from "./flags.js";
import { connected, type Bind } from "./program-parts.js";
import type { ACTIONS as NODE_ACTIONS } from "./commands/nodes.js";
import type { ACTIONS as SENSE_ACTIONS } from "./commands/node-senses.js";

const asking = (command: Command): Command =>
  connected(command)
    .option("--wait <ms>", "how long the node may take (30000)", parseMs)
    .option("--key <key>", "an idempotency key: the same again runs nothing, and is answered alike");

/** `openclaw nodes`: the devices that lend the assistant something, and asking them. */
export function addNodes(program: Command, bind: Bind): void {
  const nodes = connected(program.command("nodes").description("devices that lend the assistant their screen, camera, place and shell"));
  const load = (name: keyof typeof NODE_ACTIONS) => async () => ({ run: (await import("./commands/nodes.js")).ACTIONS[name] });
  const add = (usage: string, description: string): Command => connected(nodes.command(usage).description(description));
  bind(nodes.option("--connected", "only those that are there"), load("list"));
  bind(add("list", "list them").option("--connected", "only those that are there"), load("list"));
  bind(add("describe <node>", "all that is known of one, by its id or name"), load("describe"));
  bind(add("pending", "what nodes offer and wait to be approved for"), load("pending"));
  bind(add("approve [requestId]", "let a node be asked for what it offers").option("--latest", "the request that came last"), load("approve"));
  bind(add("reject <requestId>", "turn down what a node offers"), load("reject"));
  bind(add("remove <node>", "take back all that was approved of a node"), load("remove"));
  bind(add("rename <node> <name>", "give a node a name of your own"), load("rename"));
  bind(
    asking(nodes.command("invoke <node> <command>").description("ask a node for a command"))
      .option("--params <json>", "its parameters, a JSON object")
      .option("--queue", "for a node that sleeps: it finds the command when it comes back"),
    load("invoke"),
  );
  bind(
    asking(nodes.command("run <node> <program...>").description("run a program on a node; where somebody has to approve it, wait for that"))
      .passThroughOptions()
      .option("--cwd <folder>", "in this folder of the node's")
      .option("--agent <id>", "by the list of this agent (main)"),
    load("run"),
  );
  addSenses(nodes, bind);
}

const saving = (command: Command): Command => asking(command).option("-o, --out <file>", "where to write it; a new file in the working folder without this");
const facing = (): Option => new Option("--facing <side>", "which camera").choices(["front", "back"]);

function addSenses(nodes: Command, bind: Bind): void {
  const load = (name: keyof typeof SENSE_ACTIONS) => async () => ({ run: (await import("./commands/node-senses.js")).ACTIONS[name] });
  const camera = nodes.command("camera").description("a node's cameras");
  bind(asking(camera.command("list <node>").description("which it has")), load("cameraList"));
  bind(
    saving(camera.command("snap <node>").description("take a picture"))
      .addOption(facing())
      .option("--device <id>", "this camera")
      .option("--max-width <pixels>", "no wider than this (1600)", parseCount)
      .option("--quality <0-1>", "of the JPEG (0.9)")
      .option("--delay <ms>", "wait before", parseMs),
    load("cameraSnap"),
  );
  bind(
    saving(camera.command("clip <node>").description("take a film"))
      .addOption(facing())
      .option("--device <id>", "this camera")
      .option("--duration <ms>", "how long (3000)", parseMs)
      .option("--no-audio", "without sound"),
    load("cameraClip"),
  );
  bind(
    saving(nodes.command("screen").description("a node's screen").command("record <node>").description("film it"))
      .option("--duration <ms>", "how long (10000)", parseMs)
      .option("--fps <n>", "pictures a second (10)", parseCount)
      .option("--screen <n>", "which screen, from 0", Number)
      .option("--no-audio", "without sound"),
    load("screenRecord"),
  );
  bind(
    asking(nodes.command("location <node>").description("where a node is"))
      .option("--max-age <ms>", "an answer that is no older will do", parseMs)
      .addOption(new Option("--accuracy <how>", "how exactly").choices(["coarse", "balanced", "precise"])),
    load("location"),
  );
  addCanvas(nodes.command("canvas").description("the page that a node shows"), bind, load);
}

function addCanvas(canvas: Command, bind: Bind, load: (name: keyof typeof SENSE_ACTIONS) => () => Promise<{ run: (typeof SENSE_ACTIONS)[keyof typeof SENSE_ACTIONS] }>): void {
  const placed = (command: Command): Command => ["x", "y", "width", "height"].reduce((so, name) => so.option(`--${name} <pixels>`, "of the window", Number), command);
  bind(placed(asking(canvas.command("present <node> [url]").description("show it; a path is one of the canvas's own"))), load("present"));
  bind(asking(canvas.command("hide <node>").description("hide it")), load("hide"));
  bind(asking(canvas.command("navigate <node> [url]").description("show another page on it")), load("navigate"));
  bind(asking(canvas.command("eval <node> <javaScript>").description("run a script in the page")), load("evaluate"));
  bind(
    saving(canvas.command("snapshot <node>").description("what it shows, as a picture"))
      .addOption(new Option("--format <format>", "png or jpeg (png)").choices(["png", "jpeg"]))
      .option("--max-width <pixels>", "no wider than this", parseCount)
      .option("--quality <0-1>", "of a JPEG"),
    load("snapshot"),
  );
  const a2ui = canvas.command("a2ui").description("surfaces of A2UI on it");
  bind(asking(a2ui.command("push <node> <file>").description("show the messages of a JSONL file")), load("a2uiPush"));
  bind(asking(a2ui.command("reset <node>").description("clear them")), load("a2uiReset"));
}
