import type { ResultOf } from "../../../domain/protocol/catalog.js";
import { action, type Call } from "../action.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, usageFailure } from "../io.js";
import { cell, shortId } from "../output.js";
import { renderDevices } from "../device-list.js";

interface DevicesFlags extends ConnectionFlags {
  readonly latest?: boolean;
  readonly role?: string;
  readonly scope?: readonly string[];
}

type DeviceCall = Call<DevicesFlags>;

type List = ResultOf<"device.pair.list">;

const fetchList = ({ client, timeoutMs }: DeviceCall): Promise<List> => client.call("device.pair.list", {}, { timeoutMs });

const list = action(async (call: DeviceCall) => {
  const devices = await fetchList(call);
  return { result: devices, said: renderDevices(devices, call.io.now()).trimEnd() };
});

const approve = action(async (call: DeviceCall) => {
  const requestId = call.args[0] ?? (await chooseRequest(call));
  const result = await call.client.call("device.pair.approve", { requestId }, { timeoutMs: call.timeoutMs });
  const { deviceId, scopes, roles, role } = result.device;
  const may = [...(roles ?? [role ?? "operator"]), ...(scopes ?? [])].join(", ");
  return { result, said: `Approved ${nameOf(result.device)} (${shortId(deviceId)}) as ${cell(may, 200)}.` };
});

/** Approving is never a guess: without an id, somebody must have asked for the latest. */
async function chooseRequest(call: DeviceCall): Promise<string> {
  const { pending } = await fetchList(call);
  const newest = pending.toSorted((a, b) => b.ts - a.ts)[0];
  if (!newest) throw new CliFailure("No device is waiting for approval.", { code: "NOTHING_PENDING" });
  if (call.flags.latest) return newest.requestId;
  const commands = pending.map((row) => `openclaw devices approve ${cell(row.requestId, 128)}   (${nameOf(row)})`);
  throw usageFailure("Say which request to approve, or --latest.", commands);
}

const nameOf = (device: { label?: string; displayName?: string; clientId?: string; platform?: string }): string =>
  cell(device.label ?? device.displayName ?? [device.clientId, device.platform].filter(Boolean).join(" on "), 60);

const reject = action(async ({ client, args: [requestId = ""], timeoutMs }: DeviceCall) => {
  const result = await client.call("device.pair.reject", { requestId }, { timeoutMs });
  return { result, said: `Turned down the request of ${shortId(result.deviceId)}.` };
});

const remove = action(async (call: DeviceCall) => {
  const deviceId = await deviceIdOf(call);
  const result = await call.client.call("device.pair.remove", { deviceId }, { timeoutMs: call.timeoutMs });
  return { result, said: `Removed ${shortId(result.deviceId)}. Its connections were closed.` };
});

const rename = action(async (call: DeviceCall) => {
  const deviceId = await deviceIdOf(call);
  const result = await call.client.call("device.pair.rename", { deviceId, label: call.args[1] ?? "" }, { timeoutMs: call.timeoutMs });
  return { result, said: `${shortId(result.deviceId)} is now called ${cell(result.label, 64)}.` };
});

const rotate = action(async (call: DeviceCall) => {
  const deviceId = await deviceIdOf(call);
  const role = call.flags.role ?? "operator";
  const { scope } = call.flags;
  const result = await call.client.call(
    "device.token.rotate",
    { deviceId, role, ...(scope === undefined ? {} : { scopes: [...scope] }) },
    { timeoutMs: call.timeoutMs },
  );
  // The token itself is only shown to who asks for JSON: the client has already stored its own.
  const withheld = result.tokenDelivery === "withheld-cross-device";
  const next = withheld ? "\nThat device gets the new one when it next connects with the gateway's own secret." : "";
  return { result, said: `The ${cell(role)} token of ${shortId(deviceId)} was replaced. It may: ${cell(result.scopes.join(", "), 200)}.${next}` };
});

const revoke = action(async (call: DeviceCall) => {
  const deviceId = await deviceIdOf(call);
  const role = call.flags.role ?? "operator";
  const result = await call.client.call("device.token.revoke", { deviceId, role }, { timeoutMs: call.timeoutMs });
  return { result, said: `The ${cell(role)} token of ${shortId(deviceId)} is worthless now. Its connections were closed.` };
});

const MIN_PREFIX = 6;

/** The list shows the beginning of an id, so the beginning is enough to name a device, if it names only one. */
async function deviceIdOf(call: DeviceCall): Promise<string> {
  const [given = ""] = call.args;
  if (/^[0-9a-f]{64}$/.test(given)) return given;
  const { paired } = await fetchList(call);
  const found = paired.filter(({ deviceId }) => deviceId === given || (given.length >= MIN_PREFIX && deviceId.startsWith(given)));
  const [only] = found;
  if (only && found.length === 1) return only.deviceId;
  const problem = found.length > 1 ? "More than one paired device has" : "No paired device has";
  throw new CliFailure(`${problem} an id that begins with ${cell(given, 64)}.`, { code: "UNKNOWN_DEVICE", hints: ["See: openclaw devices list"] });
}

export const ACTIONS = { list, approve, reject, remove, rename, rotate, revoke };
