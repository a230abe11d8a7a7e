import { fieldsOf, listOf, textOf } from "../../../domain/foreign-fields.js";
import { printable } from "../../../domain/text/printable.js";
import type { Cancel } from "../../../ports/cancel.js";
import { failed, problemOf, runProgram, type Failed, type Running } from "./host-program.js";

export interface CameraDevice {
  readonly id: string;
  readonly name: string;
  readonly position: "front" | "back" | "unspecified";
  readonly deviceType: string;
}

const MAX_DEVICES = 64;

/** The cameras of this host, as the owner's program lists them: JSON, or one on each line. */
export async function listCameras(running: Running, { cancel }: { readonly cancel: Cancel }): Promise<readonly CameraDevice[] | Failed> {
  const end = await runProgram(running, { values: {}, cancel });
  if (end.kind === "failed") return end;
  return problemOf(end) ?? camerasIn(end.stdout.text());
}

export function camerasIn(output: string): readonly CameraDevice[] {
  const said = parsed(output);
  const devices = said === undefined
    ? output.split(/\r?\n/).flatMap((line) => deviceOf({ id: line.trim() }) ?? [])
    : listOf(Array.isArray(said) ? said : fieldsOf(said)?.["devices"]).flatMap((device) => deviceOf(device) ?? []);
  return devices.slice(0, MAX_DEVICES);
}

function deviceOf(fields: Readonly<Record<string, unknown>>): CameraDevice | undefined {
  const id = textOf(fields["id"]);
  // A program that is told of one which looks like an option would take it for one.
  if (id === undefined || id.startsWith("-") || id !== printable(id, 200)) return undefined;
  const { position } = fields;
  return {
    id,
    name: printable(textOf(fields["name"]) ?? id, 120) || id,
    position: position === "front" || position === "back" ? position : "unspecified",
    deviceType: printable(textOf(fields["deviceType"]) ?? "camera", 60) || "camera",
  };
}

/** The one that a call means: by its id, or by the side that it looks to, or else the first. */
export function chooseCamera(devices: readonly CameraDevice[], { deviceId, facing }: { readonly deviceId?: string; readonly facing?: string }): CameraDevice | Failed {
  if (deviceId !== undefined) return devices.find(({ id }) => id === deviceId) ?? failed("INVALID_REQUEST", "This node has no camera of that deviceId: camera.list names those that it has.");
  return devices.find(({ position }) => position === facing) ?? devices[0] ?? failed("CAMERA_DISABLED", "This node finds no camera now: see whether one is plugged in.");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
