import { Command, Option } from "commander";
import { parseCount, parseMs, parsePort, parseSeconds } from "./flags.js";
import type { CliIo } from "./io.js";
import { VERSION } from "../version.js";
import type { ACTIONS as APPROVAL_ACTIONS } from "./commands/approvals.js";
import type { ACTIONS as CHANNEL_ACTIONS } from "./commands/channels.js";
import type { ACTIONS as MESSAGE_ACTIONS } from "./commands/message.js";
import type { ACTIONS as PAIRING_ACTIONS } from "./commands/pairing.js";
import type { ACTIONS as CONFIG_ACTIONS } from "./commands/config.js";
import type { ACTIONS as DEVICE_ACTIONS } from "./commands/devices.js";
import type { ACTIONS as SERVICE_ACTIONS } from "./commands/gateway-service.js";
import { connected, type Bind } from "./program-parts.js";
import { addNodes } from "./program-nodes.js";
import { addCron, addSystem } from "./program-schedule.js";

interface Outcome {
  exitCode: number;
  json: boolean;
}

/** The tree of commands. `outcome` is filled when one has run. */
export function createProgram(io: CliIo): { readonly program: Command; readonly outcome: Outcome } {
  const outcome: Outcome = { exitCode: 0, json: false };
  const bind: Bind = (command, load) => {
    command.option("--json", "print JSON for programs").action(async (...given: unknown[]) => {
      const called = given.at(-1) as Command;
      // A flag may stand before or after a subcommand's name.
      const flags = called.optsWithGlobals();
      outcome.json = flags["json"] === true;
      const { run } = await load();
      outcome.exitCode = await run(io, flags as Parameters<typeof run>[1], called.args);
    });
  };
  const program = new Command("openclaw")
    .description("The gateway between messaging apps, devices and an agent, and its command line")
    .version(VERSION, "-V, --version")
    // `gateway` and `gateway call` both have --token: each takes what follows its own name.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    });
  addGateway(program, bind);
  addPlain(program, bind);
  addDevices(program, bind);
  addChannels(program, bind);
  addMessages(program, bind);
  addPairing(program, bind);
  addNode(program, bind);
  addNodes(program, bind);
  addApprovals(program, bind);
  addCron(program, bind);
  addSystem(program, bind);
  addConfig(program, bind);
  return { program, outcome };
}

const daemonOptions = (command: Command): Command =>
  command
    .option("--port <port>", "listen on this port (18789)", parsePort)
    .addOption(new Option("--bind <where>", "whom to listen to").choices(["loopback", "lan", "tailnet", "auto", "custom"]))
    .addOption(new Option("--auth <mode>", "how clients prove themselves").choices(["none", "token", "password"]))
    .option("--token <token>", "the token that clients must know")
    .option("--password <password>", "the password that clients must know")
    .addOption(new Option("--tailscale <mode>", "let Tailscale bring others here: the tailnet, or the internet").choices(["off", "serve", "funnel"]))
    .option("--allow-unconfigured", "start without gateway.mode in the configuration")
    .option("--force", "end the gateway that runs on the same state folder first")
    .addOption(new Option("--ws-log <style>", "how to log frames").choices(["auto", "full", "compact"]))
    .option("--verbose", "log more");

function addGateway(program: Command, bind: Bind): void {
  const gateway = daemonOptions(program.command("gateway").description("run the gateway in the foreground, or ask a running one"));
  const load = () => import("./commands/gateway-run.js");
  bind(gateway, load);
  bind(daemonOptions(gateway.command("run").description("run the gateway in the foreground")), load);
  bind(
    connected(gateway.command("call").description("call one method").argument("<method>"))
      .option("--params <json>", "the method's parameters")
      .option("--expect-final", "wait for the end of an agent's run"),
    () => import("./commands/gateway-call.js"),
  );
  bind(connected(gateway.command("health").description("how the gateway is")).option("--probe", "look now instead of in the cache"), () => import("./commands/health.js"));
  bind(
    connected(gateway.command("status").description("how the service is, whether a gateway answers, and where its files are")).option("--no-probe", "without asking the gateway"),
    () => import("./commands/gateway-status.js"),
  );
  bind(
    connected(gateway.command("probe").description("whether a gateway is reached, lets this device in, and what it says to a visitor"))
      .option("--ssh <user@host>", "through an SSH tunnel to this host, and to the gateway on its loopback")
      .option("--ssh-identity <file>", "with this private key")
      .option("--ssh-config <file>", "ssh's configuration, in place of this user's")
      .option("--gateway-port <port>", "the gateway's port on that host (18789)", parsePort),
    () => import("./commands/gateway-probe.js"),
  );
  addDiscover(gateway, bind);
  addService(gateway, bind);
}

function addService(gateway: Command, bind: Bind): void {
  const load = (name: keyof typeof SERVICE_ACTIONS) => async () => ({ run: (await import("./commands/gateway-service.js")).ACTIONS[name] });
  const add = (usage: string, description: string): Command => gateway.command(usage).description(description);
  bind(add("install", "let this host keep a gateway running, and start it").option("--force", "also where another definition is there"), load("install"));
  bind(add("uninstall", "end that, and forget it").option("--force", "also what somebody else wrote"), load("uninstall"));
  bind(add("start", "start the installed gateway"), load("start"));
  bind(add("stop", "stop the installed gateway"), load("stop"));
  bind(add("restart", "stop and start the installed gateway"), load("restart"));
}

function addDiscover(gateway: Command, bind: Bind): void {
  bind(
    gateway.command("discover").description("which gateways announce themselves on the local network").option("--timeout <ms>", "how long to listen (2000)", parseMs),
    () => import("./commands/gateway-discover.js"),
  );
}

function addPlain(program: Command, bind: Bind): void {
  bind(connected(program.command("health").description("how the gateway is")).option("--probe", "look now instead of in the cache"), () => import("./commands/health.js"));
  bind(connected(program.command("status").description("channels, sessions and heartbeat")), () => import("./commands/status.js"));
  bind(agentCommand(program), () => import("./commands/agent.js"));
  bind(
    connected(program.command("send").description("send a message through a channel"))
      .requiredOption("-t, --target <to>", "whom to send it to")
      .requiredOption("-m, --message <text>", "what to send")
      .option("--channel <id>", "through which channel")
      .option("--account <id>", "as which of the channel's accounts"),
    () => import("./commands/send.js"),
  );
  bind(
    connected(program.command("sessions").description("list the sessions"))
      .option("--limit <n>", "at most this many", parseCount)
      .option("--search <text>", "only those that match")
      .option("--agent <id>", "only this agent's"),
    () => import("./commands/sessions.js"),
  );
  bind(
    connected(program.command("logs").description("show the gateway's log"))
      .option("--limit <n>", "this many lines to begin with (200)", parseCount)
      .option("-f, --follow", "go on until Ctrl-C")
      .option("--interval <ms>", "how often to look while following (1000)", parseMs),
    () => import("./commands/logs.js"),
  );
  addDoctor(program, bind);
}

function addDoctor(program: Command, bind: Bind): void {
  const doctor = connected(program.command("doctor").description("look for what is wrong, and say how to mend it"));
  bind(doctor, () => import("./commands/doctor.js"));
  bind(
    doctor
      .command("proxy")
      .description("look at what a proxy in front of the gateway makes of requests, and print how to configure both")
      .requiredOption("--url <url>", "the address that people dial; no secret is sent there")
      .option("--ca <file>", "trust these authorities for that address, too")
      .addOption(new Option("--for <program>", "print the configuration of this one alone").choices(["nginx", "haproxy", "caddy"]))
      .option("--token <token>", "the gateway's token")
      .option("--password <password>", "the gateway's password")
      .option("--timeout <ms>", "how long to wait for an answer (10000)", parseMs)
      .option("--tls-fingerprint <sha256>", "trust only this certificate of the gateway's own"),
    () => import("./commands/doctor-proxy.js"),
  );
}

const agentCommand = (program: Command): Command =>
  program
    .command("agent")
    .description("say something to the agent and show its answer")
    .requiredOption("-m, --message <text>", "what to say")
    .option("--session-id <id>", "in this session")
    .option("--session-key <key>", "in the session of this key")
    .option("--agent <id>", "to this agent")
    .option("--to <target>", "in the session with this person")
    .option("--channel <id>", "the channel that --to belongs to")
    .option("--deliver", "also send the answer through the channel")
    .option("--thinking <level>", "how much to think first")
    .option("--timeout <seconds>", "end the run after this long; 0 never", parseSeconds)
    .option("--url <url>", "another gateway; configured credentials are not sent there")
    .option("--token <token>", "the gateway's token")
    .option("--password <password>", "the gateway's password")
    .option("--tls-fingerprint <sha256>", "trust only this certificate");

function addDevices(program: Command, bind: Bind): void {
  const devices = connected(program.command("devices").description("the devices that are paired or ask to be"));
  const load = (name: keyof typeof DEVICE_ACTIONS) => async () => ({
    run: (await import("./commands/devices.js")).ACTIONS[name],
  });
  const add = (usage: string, description: string): Command => connected(devices.command(usage).description(description));
  bind(devices, load("list"));
  bind(add("list", "list them"), load("list"));
  bind(add("approve [requestId]", "let a device in").option("--latest", "the request that came last"), load("approve"));
  bind(add("reject <requestId>", "turn a request down"), load("reject"));
  bind(add("remove <deviceId>", "forget a device and end its connections"), load("remove"));
  bind(add("rename <deviceId> <label>", "give a device a name of your own"), load("rename"));
  bind(
    add("invite", "make a setup code that pairs one new device")
      .option("--address <url>", "the ws:// or wss:// address that the device shall dial")
      .addOption(new Option("--profile <profile>", "what it may become").choices(["limited", "full", "node"]))
      .option("--no-qr", "without the QR code"),
    () => import("./commands/devices-invite.js"),
  );
  bind(
    devices
      .command("join <code>")
      .description("pair this command line with a gateway elsewhere, by a setup code")
      .option("--url <url>", "dial this address instead of those in the code")
      .addOption(new Option("--profile <profile>", "what to ask for, as far as the code opens it (limited)").choices(["limited", "full"]))
      .option("--timeout <ms>", "how long to wait for an answer at each address (10000)", parseMs)
      .option("--tls-fingerprint <sha256>", "trust only this certificate"),
    () => import("./commands/devices-join.js"),
  );
  const roled = (command: Command): Command => command.option("--role <role>", "the token of this role (operator)");
  bind(roled(add("rotate <deviceId>", "replace a device's token")).option("--scope <scope...>", "what the new token may do, at most as much as before"), load("rotate"));
  bind(roled(add("revoke <deviceId>", "make a device's token worthless")), load("revoke"));
}

const withAccount = (command: Command): Command => command.option("--account <id>", "which of the channel's accounts");

function addChannels(program: Command, bind: Bind): void {
  const channels = connected(program.command("channels").description("the messaging apps: how they are, their login, what they could not carry"));
  const load = (name: keyof typeof CHANNEL_ACTIONS) => async () => ({ run: (await import("./commands/channels.js")).ACTIONS[name] });
  const add = (usage: string, description: string): Command => connected(channels.command(usage).description(description));
  const probing = (command: Command): Command => command.option("--probe", "ask the providers now");
  bind(probing(channels), load("status"));
  bind(probing(add("status [channel]", "how they are")), load("status"));
  bind(withAccount(add("login <channel>", "link an account")).option("--force", "also where it is linked already").option("--phone <number>", "by a code for this number, in place of a QR code"), load("login"));
  bind(withAccount(add("logout <channel>", "unlink an account and forget its login")), load("logout"));
  bind(withAccount(add("start <channel>", "connect an account again")), load("start"));
  bind(withAccount(add("stop <channel>", "disconnect an account")), load("stop"));
  bind(add("dead-letters", "what could not be sent or answered").option("--channel <id>", "only this channel's"), load("deadLetters"));
  bind(add("retry <id>", "try a dead letter again"), load("retry"));
  bind(add("discard <id>", "forget a dead letter"), load("discard"));
}

function addMessages(program: Command, bind: Bind): void {
  const message = program.command("message").description("messages through a channel");
  const load = (name: keyof typeof MESSAGE_ACTIONS) => async () => ({ run: (await import("./commands/message.js")).ACTIONS[name] });
  const placed = (usage: string, description: string): Command =>
    withAccount(connected(message.command(usage).description(description)))
      .requiredOption("-t, --target <to>", "the chat or person")
      .option("--thread <id>", "in this thread of it");
  const add = (usage: string, description: string): Command => placed(usage, description).option("--channel <id>", "through which channel");
  // A message that is there already is in one channel, so no default can be meant.
  const about = (usage: string, description: string): Command =>
    placed(usage, description).requiredOption("--channel <id>", "of which channel").requiredOption("--message-id <id>", "which message");
  bind(
    add("send", "send one")
      .option("-m, --message <text>", "what to say, in Markdown")
      .option("--media <url-or-path...>", "files to send along")
      .option("--button <text=data...>", "a button below it: what it says, and what comes back or opens when it is pressed")
      .option("--reply-to <id>", "as an answer to this message")
      .option("--silent", "without a sound"),
    load("send"),
  );
  bind(about("edit", "change one").requiredOption("-m, --message <text>", "what it is to say"), load("edit"));
  bind(about("delete", "delete one"), load("delete"));
  bind(about("react", "react to one").requiredOption("--emoji <emoji>", "with this").option("--remove", "take it back"), load("react"));
  bind(
    add("poll", "ask a question")
      .requiredOption("--question <text>", "what to ask")
      .requiredOption("--option <text...>", "the answers to choose from")
      .option("--multi <n>", "how many answers one may choose (1)", parseCount)
      .option("--duration-hours <n>", "how long it is open", parseCount)
      .option("--silent", "without a sound"),
    load("poll"),
  );
}

function addPairing(program: Command, bind: Bind): void {
  const pairing = withAccount(connected(program.command("pairing").description("people who wrote to a channel: who waits to be let in, and who was")));
  const load = (name: keyof typeof PAIRING_ACTIONS) => async () => ({ run: (await import("./commands/pairing.js")).ACTIONS[name] });
  const add = (usage: string, description: string): Command => withAccount(connected(pairing.command(usage).description(description)));
  bind(pairing, load("list"));
  bind(add("list [channel]", "list them"), load("list"));
  bind(add("approve <channel> <code>", "let one in: that person may write, and nothing else").option("--notify", "and say so in the chat"), load("approve"));
  bind(add("dismiss <channel> <code>", "drop a request without answering it"), load("dismiss"));
  bind(add("revoke <channel> <id>", "turn out somebody who was let in"), load("revoke"));
}

function addNode(program: Command, bind: Bind): void {
  const node = program.command("node").description("this host as a node: what it lends the assistant");
  bind(
    node
      .command("run")
      .description("run the node in the foreground")
      .option("--url <url>", "the gateway's URL; configured credentials are not sent there")
      .option("--host <host>", "the gateway's host; this one, without it")
      .option("--port <port>", "the gateway's port (18789)", parsePort)
      .option("--tls", "reach the gateway by TLS")
      .option("--tls-fingerprint <sha256>", "trust only this certificate")
      .option("--token <token>", "the gateway's token")
      .option("--password <password>", "the gateway's password")
      .option("--code <code>", "a setup code, of openclaw devices invite --profile node, that pairs this node")
      .option("--display-name <name>", "what people call it (this host's name)"),
    () => import("./commands/node-run.js"),
  );
  bind(node.command("status").description("whether it runs, and how its connection stands"), () => import("./commands/node-status.js"));
}

function addApprovals(program: Command, bind: Bind): void {
  const load = (name: keyof typeof APPROVAL_ACTIONS) => async () => ({ run: (await import("./commands/approvals.js")).ACTIONS[name] });
  const placed = (command: Command): Command => connected(command).option("--node <node>", "of this node, by its id or name; without it, of the gateway's host");
  const approvals = connected(program.command("approvals").description("commands that wait for somebody's word, and the lists of those that need none"));
  const add = (usage: string, description: string): Command => connected(approvals.command(usage).description(description));
  bind(approvals, load("list"));
  bind(add("list", "show what waits"), load("list"));
  bind(add("allow <id>", "let a command run").option("--always", "and its program from now on"), load("allow"));
  bind(add("deny <id>", "do not let it run"), load("deny"));
  bind(add("resolve <id> <decision>", "the same in one word: allow-once, allow-always or deny"), load("resolve"));
  bind(placed(approvals.command("get").description("show the file that says which commands may run")), load("get"));
  bind(placed(approvals.command("set <file>").description("replace it by a file of this host")).option("--base-hash <sha256>", "only where it is still the one of this hash"), load("set"));
  const allowlist = placed(approvals.command("allowlist").description("programs that need no question")).option("--agent <id>", "of this agent (main); * for all");
  const listed = (usage: string, description: string): Command => placed(allowlist.command(usage).description(description)).option("--agent <id>", "of this agent (main); * for all");
  bind(allowlist, load("showList"));
  bind(listed("list", "show them"), load("showList"));
  bind(listed("add <pattern>", "add one: an absolute path, with * and ** for parts of it"), load("add"));
  bind(listed("remove <pattern>", "take one off the list"), load("remove"));
}

function addConfig(program: Command, bind: Bind): void {
  const config = program.command("config").description("the configuration file on this host");
  const load = (name: keyof typeof CONFIG_ACTIONS) => async () => ({
    run: (await import("./commands/config.js")).ACTIONS[name],
  });
  bind(config.command("get").description("show a value").argument("[path]", "such as gateway.port").option("--show-secrets", "do not hide secrets"), load("get"));
  bind(config.command("set").description("change a value").argument("<path>").argument("<value>", "JSON5, or else text"), load("set"));
  bind(config.command("validate").description("check the file"), load("validate"));
  bind(config.command("file").description("where the file is"), load("file"));
  bind(config.command("migrate").description("move keys of older releases to where they belong now"), load("migrate"));
  bind(config.command("schema").description("JSON Schema of the file, for editors"), load("schema"));
}
