import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "./program.mjs";
import { found, json } from "./report.mjs";

export const NAME = "attic";
/** As long as somebody would take who reads what is asked. */
const SLEEP_S = 30;

/** The host as a service manager keeps it: it ends by itself whenever it was not let in or lost its connection. */
class KeptNode {
  #isWanted = true;
  #program;
  #start;
  lines = [];

  constructor({ january, proxy, home }) {
    this.#start = () => january.start(home, ["node", "run", "--host", "127.0.0.1", "--port", `${proxy.port}`, "--display-name", NAME]);
    void this.#keep();
  }

  async #keep() {
    while (this.#isWanted) {
      this.#program = this.#start();
      await this.#program.closed;
      this.lines.push(...this.#program.lines);
    }
  }

  kill() {
    this.#isWanted = false;
    return this.#program.stop("SIGKILL");
  }
}

/** The January node host: paired and approved with this gateway's command line, asked by it and by its own, killed, back again. */
export async function nodeHost({ report, january, gateway, proxy, scratch }) {
  const [home, attic] = ["home", NAME].map((name) => join(scratch, name));
  for (const each of [home, attic]) mkdirSync(each, { mode: 0o700, recursive: true });
  const step = report.step.bind(report);
  const near = ["--url", gateway.url];
  const row = async () => (await gateway.json("nodes", "list")).nodes.find(({ displayName }) => displayName === NAME);
  const there = (holds) => until("the node as expected", async () => ((one) => one && holds(one) && one)(await row()));
  const key = () => `interop-${Math.random()}`;
  const invoke = (command, params, ...more) => gateway.openclaw("nodes", "invoke", NAME, command, "--params", JSON.stringify(params), "--key", key(), ...more);
  /** Runs something while somebody says yes to the first question that comes up. */
  const approving = async (run, word = "allow") => {
    let hasEnded = false;
    const end = run().finally(() => (hasEnded = true));
    const question = await until("a question", async () => hasEnded || (await gateway.json("approvals", "list")).approvals[0]);
    if (!hasEnded) await gateway.openclaw("approvals", word, question.id);
    return end;
  };

  let node = new KeptNode({ january, proxy, home: attic });
  await step("node run waits to be paired", () => until("what it says", () => node.lines.find((line) => line.startsWith("node host gateway closed"))), found(/(pairing required|not approved)/));
  await step("its device is approved", async () => gateway.openclaw("devices", "approve", (await until("its request", () => gateway.waitingDevices()[0])).requestId), found(/(Approved .*)/));
  await step("it connects, and its commands wait", async () => JSON.stringify(await there(({ connected, pendingRequestId }) => connected && pendingRequestId)), json(({ commands, pendingRequestId }) => commands.length === 0 && `request ${pendingRequestId}`));
  await step("what it offers is approved", async () => gateway.openclaw("nodes", "approve", (await row()).pendingRequestId), found(/(It may be asked: .*)\./));
  await step("nodes list", () => gateway.openclaw("nodes", "list"), found(/(attic.*)/));
  await step("system.which", () => invoke("system.which", { bins: ["sh", "no-such-program"] }), json(({ bins }) => bins.sh?.endsWith("/sh") && !("no-such-program" in bins) && `sh is ${bins.sh}`));
  await step("system.run is refused unasked", () => invoke("system.run", { command: ["echo", "hi"], approved: true, approvalDecision: "allow-once" }), found(/(SYSTEM_RUN_DENIED: approval required)/));
  await step("system.run, approved by a person", () => approving(() => gateway.openclaw("nodes", "run", NAME, "--", "echo", "hi from the attic")), found(/^(hi from the attic)/));
  await step("system.run, denied by a person", () => approving(() => gateway.openclaw("nodes", "run", NAME, "--", "echo", "hi"), "deny"), found(/(the command was denied)/));
  await step("system.run, approved for good", () => approving(() => gateway.openclaw("nodes", "run", NAME, "--", "uname", "-s"), "allow"), found(/^(Linux)/));
  await step("its approvals file is read", () => gateway.openclaw("approvals", "get", "--node", NAME), json(({ version }) => version === 1 && "version 1"));
  await step("its approvals file gets an entry", () => gateway.openclaw("approvals", "allowlist", "add", "/usr/bin/id", "--node", NAME), found(/(.*\/usr\/bin\/id.*)/));
  await step("system.run by its own list", () => invoke("system.run", { command: ["/usr/bin/id", "-u"], sessionKey: "main" }), json(({ exitCode, stdout }) => exitCode === 0 && `uid ${stdout.trim()}`));
  await step("the agent will hear of it in its next turn", () => gateway.openclaw("gateway", "call", "status", "--json"), json(({ queuedSystemEvents }) => queuedSystemEvents.find((line) => line.startsWith('"/usr/bin/id -u" finished on node attic'))));
  await step("January's nodes status", () => january.run(home, ["nodes", "status", ...near, "--json"]), json(({ nodes }) => nodes.find(({ displayName, connected }) => displayName === NAME && connected) && "connected"));
  await step("January's nodes describe", () => january.run(home, ["nodes", "describe", "--node", NAME, ...near, "--json"]), json(({ commands }) => commands.includes("system.run") && commands.join(" ")));
  await step("January's nodes list", () => january.run(home, ["nodes", "list", ...near, "--json"]), json(({ paired }) => paired.length === 1 && "1 paired"));
  await step("January's nodes invoke", () => january.run(home, ["nodes", "invoke", "--node", NAME, "--command", "system.which", "--params", '{"bins":["sh"]}', ...near]), json(({ payload }) => payload.bins.sh));
  await step("January's approvals get --node", () => january.run(home, ["approvals", "get", "--node", NAME, ...near, "--json"]), json(({ file }) => file.agents && Object.keys(file.agents).join(" ")));
  await step("January's nodes run, approved", () => approving(() => january.run(home, ["nodes", "run", "--node", NAME, ...near, "--timeout", "60000", "--", "echo", "hi-from-both"])), found(/(hi-from-both)/));
  await step("January's nodes run --raw, approved", () => approving(() => january.run(home, ["nodes", "run", "--node", NAME, "--raw", "echo raw | cat", ...near, "--timeout", "60000"])), found(/(raw)/));
  await step("January's nodes rename", () => january.run(home, ["nodes", "rename", "--node", NAME, "--name", NAME, ...near]), found(/(rename ok)/));

  await step("killed at work, whoever waits hears so", async () => {
    const waits = approving(() => gateway.openclaw("nodes", "run", "--wait", "60000", NAME, "--", "sleep", `${SLEEP_S}`));
    await pause(4_000);
    const began = Date.now();
    await node.kill();
    const { out } = await waits;
    return `after ${Date.now() - began} ms: ${out}`;
  }, (out) => {
    if (Number(/after (\d+) ms/.exec(out)[1]) > 10_000) throw new Error("it took too long");
    return found(/(.*(?:disconnect|not connected).*)/i)(out);
  });
  await step("and it is gone from the list", async () => JSON.stringify(await there(({ connected }) => !connected)), json(({ connected }) => connected === false && "not connected"));
  node = new KeptNode({ january, proxy, home: attic });
  await step("it comes back without being asked anything", async () => JSON.stringify(await there(({ connected, commands }) => connected && commands.length > 0)), json(({ commands, pendingRequestId }) => pendingRequestId === undefined && commands.join(" ")));
  await step("and works", () => invoke("system.which", { bins: ["sh"] }), json(({ bins }) => bins.sh));
  await node.kill();
}

/** The same host, connected, with all that it offers approved. */
export async function joinedNode({ january, gateway, proxy, home }) {
  const node = new KeptNode({ january, proxy, home });
  await until("the node's commands", async () => {
    for (const { requestId, role } of gateway.waitingDevices()) if (role === "node") await gateway.openclaw("devices", "approve", requestId);
    const { nodes } = await gateway.json("nodes", "list");
    const row = nodes.find(({ displayName, connected }) => displayName === NAME && connected);
    if (row?.pendingRequestId) await gateway.openclaw("nodes", "approve", row.pendingRequestId);
    return row?.commands.length > 0;
  });
  return node;
}
