import { action, type Call } from "../action.js";
import type { ConnectionFlags } from "../flags.js";
import { cell, duration, renderTable } from "../output.js";

interface SystemFlags extends ConnectionFlags {
  readonly text?: string;
  readonly mode?: "now" | "next-heartbeat";
}

type SystemCall = Call<SystemFlags>;

const event = action(async ({ client, flags: { text = "", mode = "next-heartbeat" }, timeoutMs }: SystemCall) => {
  const result = await client.call("wake", { text, mode }, { timeoutMs });
  return { result, said: !result.ok ? "There was nothing to tell." : mode === "now" ? "It is told, and takes a turn." : "It hears of it with its next turn." };
});

const presence = action(async ({ client, io, timeoutMs }: SystemCall) => {
  const result = await client.call("system-presence", {}, { timeoutMs });
  const rows = result.map((entry) => [cell(entry.host, 30), cell(entry.mode, 12), cell(entry.platform, 20), cell(entry.version, 16), `${duration(io.now() - entry.ts)} ago`, cell(entry.text, 80)]);
  return { result, said: rows.length === 0 ? "Nobody is connected." : renderTable(["HOST", "MODE", "PLATFORM", "VERSION", "SEEN", "NOTE"], rows).trimEnd() };
});

const last = action(async ({ client, io, timeoutMs }: SystemCall) => {
  const result = await client.call("last-heartbeat", {}, { timeoutMs });
  if (result === null) return { result, said: "There was none since the gateway started." };
  const { ts, status, reason, channel, to, preview } = result;
  const facts = [`${cell(status)}, ${duration(io.now() - ts)} ago`, ...(reason === undefined ? [] : [cell(reason, 160)]), ...(channel === undefined ? [] : [`${cell(channel)} ${cell(to, 60)}`]), ...(preview === undefined ? [] : [cell(preview, 200)])];
  return { result, said: `Last heartbeat: ${facts.join("; ")}` };
});

const switching = (enabled: boolean, said: string) =>
  action(async ({ client, timeoutMs }: SystemCall) => ({ result: await client.call("set-heartbeats", { enabled }, { timeoutMs }), said }));

export const ACTIONS = { event, presence, last, enable: switching(true, "Heartbeats are on."), disable: switching(false, "Heartbeats are off until the gateway restarts; agents.defaults.heartbeat.every: \"0m\" is for good.") };
