import { readFile } from "node:fs/promises";
import { action } from "../action.js";
import { given } from "../given.js";
import { CliFailure, usageFailure } from "../io.js";
import { askNode, type Asked, type NodeCall, type NodeFlags } from "../node-call.js";
import { saveAnswer } from "../node-file.js";
import { cell, renderJson, renderTable, terminalText } from "../output.js";

/** What a node sees and shows: camera, screen, place and canvas. Files are written here, and their paths printed. */
interface SenseFlags extends NodeFlags {
  readonly out?: string;
  readonly facing?: string;
  readonly device?: string;
  readonly maxWidth?: number;
  readonly quality?: string;
  readonly delay?: number;
  readonly duration?: number;
  readonly audio?: boolean;
  readonly fps?: number;
  readonly screen?: number;
  readonly maxAge?: number;
  readonly accuracy?: string;
  readonly format?: string;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

type SenseCall = NodeCall<SenseFlags>;
type Params = Readonly<Record<string, unknown>>;

const quality = ({ quality: text }: SenseFlags): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw usageFailure("--quality is a number above 0 and at most 1.");
  return value;
};

async function saved(call: SenseCall, asked: Asked) {
  const { node, result } = await askNode(call, asked);
  const file = await saveAnswer(result.payload, { command: asked.command, nodeName: node.displayName ?? node.nodeId.slice(0, 12), now: call.io.now(), ...(call.flags.out === undefined ? {} : { out: call.flags.out }) });
  const { base64: _base64, ...facts } = result.payload as Params;
  return { result: { ...file, ...facts, nodeId: node.nodeId, command: asked.command }, said: file.path };
}

const cameraList = action(async (call: SenseCall) => {
  const { result } = await askNode(call, { command: "camera.list" });
  const { devices = [] } = (result.payload ?? {}) as { devices?: readonly Params[] };
  const rows = devices.map((device) => [cell(device["id"], 64), cell(device["name"], 40), cell(device["position"], 12)]);
  return { result, said: rows.length === 0 ? "It has no camera." : renderTable(["ID", "NAME", "FACING"], rows).trimEnd() };
});

const cameraSnap = action((call: SenseCall) => {
  const { facing, device: deviceId, maxWidth, delay: delayMs } = call.flags;
  return saved(call, { command: "camera.snap", params: given({ facing, deviceId, maxWidth, delayMs, quality: quality(call.flags), format: "jpg" }), atLeastMs: 20_000 + (delayMs ?? 0) });
});

const LONGEST_MS = 60_000;
const FILM_SLACK_MS = 30_000;

const cameraClip = action((call: SenseCall) => {
  const { facing, device: deviceId, duration: durationMs = 3_000, audio } = call.flags;
  if (durationMs > LONGEST_MS) throw usageFailure("A clip is a minute at most.");
  return saved(call, { command: "camera.clip", params: given({ facing, deviceId, durationMs, includeAudio: audio, format: "mp4" }), atLeastMs: durationMs + FILM_SLACK_MS });
});

const screenRecord = action((call: SenseCall) => {
  const { duration: durationMs = 10_000, fps, screen: screenIndex, audio } = call.flags;
  return saved(call, { command: "screen.record", params: given({ durationMs, fps, screenIndex, includeAudio: audio, format: "mp4" }), atLeastMs: durationMs + FILM_SLACK_MS });
});

const location = action(async (call: SenseCall) => {
  const { maxAge: maxAgeMs, accuracy: desiredAccuracy } = call.flags;
  const { result } = await askNode(call, { command: "location.get", params: given({ maxAgeMs, desiredAccuracy }) });
  const { lat, lon, accuracyMeters, timestamp } = (result.payload ?? {}) as Params;
  const about = typeof accuracyMeters === "number" ? ` (within ${Math.round(accuracyMeters)} m)` : "";
  return { result, said: typeof lat === "number" && typeof lon === "number" ? `${lat}, ${lon}${about}${typeof timestamp === "string" ? ` at ${cell(timestamp, 40)}` : ""}` : renderJson(result.payload) };
});

const done = (command: string, params: (call: SenseCall) => Params | undefined, said: string) =>
  action(async (call: SenseCall) => {
    const asked = params(call);
    const { result } = await askNode(call, { command, ...(asked === undefined ? {} : { params: asked }) });
    return { result, said };
  });

const present = done("canvas.present", ({ args: [, url], flags: { x, y, width, height } }) => {
  const placement = given({ x, y, width, height });
  return given({ url, placement: Object.keys(placement).length === 0 ? undefined : placement });
}, "It shows the canvas.");
const hide = done("canvas.hide", () => undefined, "It hides the canvas.");
const navigate = done("canvas.navigate", ({ args: [, url = "/"] }) => ({ url }), "It shows that page.");
const a2uiReset = done("canvas.a2ui.reset", () => undefined, "The surface is empty.");

const evaluate = action(async (call: SenseCall) => {
  const { result } = await askNode(call, { command: "canvas.eval", params: { javaScript: call.args[1] ?? "" } });
  const said = (result.payload as { result?: unknown } | null)?.result;
  return { result, said: typeof said === "string" ? terminalText(said) : renderJson(said ?? null) };
});

const snapshot = action((call: SenseCall) => {
  const { format = "png", maxWidth } = call.flags;
  return saved(call, { command: "canvas.snapshot", params: given({ format, maxWidth, quality: quality(call.flags) }) });
});

const a2uiPush = action(async (call: SenseCall) => {
  const [, path = ""] = call.args;
  const jsonl = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CliFailure(`The file ${cell(path, 200)} cannot be read.`, { code: "UNREADABLE", cause });
  });
  await judge(jsonl);
  const { result } = await askNode(call, { command: "canvas.a2ui.pushJSONL", params: { jsonl } });
  return { result, said: "It shows the surface." };
});

/** By the rules of the node itself, so that what is wrong is said by line before anything is sent. */
async function judge(jsonl: string): Promise<void> {
  const { readA2uiJsonl } = await import("../../../domain/canvas/a2ui.js");
  const read = readA2uiJsonl(jsonl);
  if (!read.ok) throw new CliFailure(`Line ${read.line}${read.key === "" ? "" : `, ${read.key}`}: ${read.message}`, { code: "BAD_A2UI", details: { line: read.line, key: read.key } });
}

export const ACTIONS = { cameraList, cameraSnap, cameraClip, screenRecord, location, present, hide, navigate, evaluate, snapshot, a2uiPush, a2uiReset };
