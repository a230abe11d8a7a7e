// An agent that speaks the Agent Client Protocol through its published SDK, and does what a test tells it over a local
// socket (ACP_DESK, a port): it tells there what it is asked, and is sent what to do about each prompt. Without a socket
// it repeats what it hears.
import { spawn } from "node:child_process";
import { connect } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { Readable, Writable } from "node:stream";
import * as acp from "@agentclientprotocol/sdk";

const manner = JSON.parse(process.env.ACP_MANNER ?? "{}");
// Nor does it end with its input: something always keeps it.
if (manner.ignoresSigterm) {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 60_000);
}
if (manner.endsAtOnce !== undefined) {
  process.stderr.write(`${manner.says ?? ""}\n`);
  process.exit(manner.endsAtOnce);
}

const desk = process.env.ACP_DESK === undefined ? undefined : connect(Number(process.env.ACP_DESK), "127.0.0.1");
const answers = new Map();
let orders = 0;
if (desk !== undefined) {
  desk.on("error", () => {});
  createInterface({ input: desk }).on("line", (line) => {
    const { order, answer } = JSON.parse(line);
    answers.get(order)?.(answer);
    answers.delete(order);
  });
  // It must not outlive its own input for the sake of a test's socket.
  desk.unref();
}

const tell = (event) => { desk?.write(`${JSON.stringify(event)}\n`); };
const ask = (event) => new Promise((resolve) => {
  orders += 1;
  answers.set(orders, resolve);
  tell({ ...event, order: orders });
});

tell({ event: "started", pid: process.pid, env: process.env, cwd: process.cwd(), argv: process.argv.slice(2) });

const cancelled = new Map();
const whenCancelled = (sessionId) => new Promise((resolve) => { cancelled.set(sessionId, resolve); });
let sessions = 0;

// Acts of a prompt: each is an object with one key, or `{ stop }`, which ends it.
const perform = async (act, { client, sessionId }) => {
  const update = (given) => client.notify(acp.methods.client.session.update, { sessionId, update: given });
  if ("say" in act) await update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: act.say }, ...(act.messageId ? { messageId: act.messageId } : {}) });
  if ("think" in act) await update({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text: act.think } });
  if ("update" in act) await update(act.update);
  if ("ask" in act) tell({ event: "permission", outcome: (await client.request(acp.methods.client.session.requestPermission, { sessionId, ...act.ask })).outcome });
  if ("request" in act) tell({ event: "answered", method: act.request, error: await client.request(act.request, act.params).then(() => null, (error) => error.code) });
  if ("raw" in act) await new Promise((resolve) => { process.stdout.write(act.raw.replaceAll("$SESSION", sessionId), resolve); });
  if ("complain" in act) process.stderr.write(act.complain);
  if ("wait" in act) await ask({ event: "waiting", for: act.wait, sessionId });
  // Holds the agent's output open as long as it lives.
  if ("leave" in act) spawn(process.execPath, ["-e", "setInterval(() => {}, 1_000)"], { stdio: ["ignore", "inherit", "inherit"] });
  // Ends once this turn's answer is out.
  if ("exitAfter" in act) setImmediate(() => setImmediate(() => process.exit(act.exitAfter)));
  if ("exit" in act) process.exit(act.exit);
  if ("kill" in act) process.kill(process.pid, act.kill);
  if ("fail" in act) throw new acp.RequestError(act.fail.code, act.fail.message);
  // Ignores whatever it is sent, be it a cancel.
  if ("hang" in act) await new Promise(() => {});
  if ("stall" in act) {
    await whenCancelled(sessionId);
    return { stop: "cancelled" };
  }
  return act;
};

const agent = acp.agent({ name: "stand-in" })
  .onRequest(acp.methods.agent.initialize, async ({ params }) => {
    tell({ event: "initialize", params });
    if (manner.neverGreets) await new Promise(() => {});
    return {
      protocolVersion: manner.protocolVersion ?? acp.PROTOCOL_VERSION,
      agentInfo: { name: "stand-in", version: "1.2.3" },
      agentCapabilities: manner.capabilities ?? {},
    };
  })
  .onRequest(acp.methods.agent.session.new, async ({ params }) => {
    tell({ event: "new", params });
    if (manner.wantsLogin) throw new acp.RequestError(-32_000, "Authentication required");
    if (manner.neverOpens) await new Promise(() => {});
    sessions += 1;
    return { sessionId: `${process.pid}-${sessions}` };
  })
  .onRequest(acp.methods.agent.session.load, async ({ params, client }) => {
    tell({ event: "load", sessionId: params.sessionId });
    if (manner.forgets) throw new acp.RequestError(-32_002, "Resource not found");
    await perform({ say: "replayed" }, { client, sessionId: params.sessionId });
    return {};
  })
  .onRequest(acp.methods.agent.session.resume, ({ params }) => {
    tell({ event: "resume", sessionId: params.sessionId });
    return {};
  })
  .onRequest(acp.methods.agent.session.close, ({ params }) => {
    tell({ event: "close", sessionId: params.sessionId });
    return {};
  })
  .onNotification(acp.methods.agent.session.cancel, ({ params }) => {
    tell({ event: "cancel", sessionId: params.sessionId });
    cancelled.get(params.sessionId)?.();
  })
  .onRequest(acp.methods.agent.session.prompt, async ({ params, client }) => {
    const { sessionId, prompt } = params;
    const acts = desk === undefined
      ? [{ say: "You said: " }, { say: prompt.at(-1).text ?? "" }]
      : await ask({ event: "prompt", sessionId, prompt });
    for (const act of acts) {
      const { stop } = await perform(act, { client, sessionId });
      if (stop !== undefined) return { stopReason: stop };
    }
    return { stopReason: "end_turn" };
  });

const connection = agent.connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
await connection.closed;
