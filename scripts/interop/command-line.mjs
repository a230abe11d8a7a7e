import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { found, json } from "./report.mjs";

/** The January command line as an operator's, on the gateway's host and from elsewhere. */
export async function commandLine({ report, january, gateway, proxy, scratch }) {
  const [home, stranger] = ["home", "stranger"].map((name) => join(scratch, name));
  for (const each of [home, stranger]) mkdirSync(each, { mode: 0o700, recursive: true });
  const near = ["--url", gateway.url];
  const far = ["--url", proxy.url];
  const call = (method, ...more) => ["gateway", "call", method, ...more, "--json"];
  const deviceOf = (place) => JSON.parse(readFileSync(join(place, ".clawdbot", "identity", "device.json"), "utf8")).deviceId;
  const pending = () => gateway.waitingDevices()[0]?.requestId ?? "none";
  const step = report.step.bind(report);
  const health = json(({ ok }) => ok && "ok");

  await step("gateway call health", () => january.run(home, call("health", ...near)), json(({ ok, defaultAgentId }) => ok && `ok, default agent ${defaultAgentId}`));
  await step("gateway call status", () => january.run(home, call("status", ...near)), json(({ sessions }) => sessions && `${sessions.count} sessions`));
  await step("gateway call system-presence", () => january.run(home, call("system-presence", ...near)), json((list) => list[0]?.text));
  await step("gateway probe", () => january.run(home, ["gateway", "probe", ...near, "--json"]), json((probe) => probe.ok && probe.targets[0].connect.ok && `connected in ${probe.targets[0].connect.latencyMs} ms`));
  await step("gateway status", () => january.run(home, ["gateway", "status", ...near]), found(/RPC probe: (ok)/));
  await step("devices list", () => january.run(home, ["devices", "list", ...near, "--json"]), json((list) => `${list.paired.length} paired`));
  await step("agent turn, --expect-final", () => january.run(home, call("agent", ...near, "--expect-final", "--params", '{"message":"hello from January","idempotencyKey":"interop-1"}')), json((run) => run.status === "ok" && run.result.payloads[0].text.split("\n")[0]));
  await step("logs", () => january.run(home, ["logs", "--limit", "3", "--json", ...near]), found(/"type":"(meta)"/));
  await step("logs, as people read them", () => january.run(home, ["logs", "--limit", "50", "--plain", ...near]), found(/(info gateway a client connected .*)/));
  await step("wrong token", () => january.run(stranger, call("health", ...far), { token: "wrong" }), found(/(unauthorized: gateway token mismatch)/));
  await step("unpaired remote device is told how", () => january.run(stranger, call("health", ...far)), found(/(openclaw devices approve [0-9a-f-]{36})/));
  await step("devices approve", () => january.run(home, ["devices", "approve", pending(), ...near]), found(/(Approved [0-9a-f]+)/));
  await step("the approved device connects", () => january.run(stranger, call("health", ...far)), health);
  await step("and again, with its device token alone", () => january.run(stranger, call("health", ...far), { token: "wrong" }), health);
  await step("devices rotate", () => january.run(home, ["devices", "rotate", "--device", deviceOf(stranger), "--role", "operator", ...near, "--json"]), json((rotated) => rotated.token && "a new token was handed over"));
  await step("the old token is dead", () => january.run(stranger, call("health", ...far), { token: "wrong" }), found(/(unauthorized)/));
  await step("reconnect with the gateway's token", () => january.run(stranger, call("health", ...far)), health);
}
