import { fieldsOf, textOf } from "../../../domain/foreign-fields.js";
import { failed, type Failed } from "./host-program.js";

const MIN_MS = 100;
const MAX_MS = 60_000;

/** What each call of these commands may say, with what counts where it does not. */
export interface Wish {
  readonly durationMs: number;
  readonly fps: number;
  readonly screenIndex: number;
  readonly includeAudio: boolean;
  readonly facing: "front" | "back";
  readonly deviceId?: string;
  readonly maxWidth: number;
  readonly quality: number;
  readonly delayMs: number;
}

export interface Defaults {
  readonly durationMs: number;
  readonly includeAudio: boolean;
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Reads what a call says. A wrong kind of value is refused; one out of reason is brought within it. */
export function readWish(params: unknown, defaults: Defaults): Wish | Failed {
  const fields = fieldsOf(params ?? {});
  if (!fields) return failed("INVALID_REQUEST", "The params are an object.");
  const odd = ["durationMs", "fps", "screenIndex", "maxWidth", "quality", "delayMs"].find((name) => !isGiven(fields[name], "number"));
  if (odd !== undefined) return failed("INVALID_REQUEST", `${odd} is a number.`);
  if (!isGiven(fields["includeAudio"], "boolean")) return failed("INVALID_REQUEST", "includeAudio is true or false.");
  const facing = fields["facing"] ?? "front";
  if (facing !== "front" && facing !== "back") return failed("INVALID_REQUEST", 'facing is "front" or "back".');
  if (!isGiven(fields["deviceId"], "string")) return failed("INVALID_REQUEST", "deviceId is a text, as camera.list names it.");
  const number = (name: string, fallback: number): number => (typeof fields[name] === "number" ? fields[name] : fallback);
  const deviceId = textOf(fields["deviceId"]);
  return {
    durationMs: Math.round(clamp(number("durationMs", defaults.durationMs), MIN_MS, MAX_MS)),
    fps: clamp(Math.round(number("fps", 10)), 1, 60),
    screenIndex: clamp(Math.round(number("screenIndex", 0)), 0, 15),
    includeAudio: typeof fields["includeAudio"] === "boolean" ? fields["includeAudio"] : defaults.includeAudio,
    facing,
    maxWidth: clamp(Math.round(number("maxWidth", 1_600)), 64, 8_192),
    quality: clamp(number("quality", 0.9), 0.01, 1),
    delayMs: clamp(Math.round(number("delayMs", 0)), 0, 30_000),
    ...(deviceId === undefined ? {} : { deviceId }),
  };
}

const isGiven = (value: unknown, kind: "number" | "boolean" | "string"): boolean => value === undefined || value === null || (typeof value === kind && !Number.isNaN(value));

/** As programs take them. */
export const valuesOf = ({ durationMs, fps, screenIndex, includeAudio, facing, maxWidth, quality }: Wish): Readonly<Record<string, string>> => ({
  durationMs: String(durationMs),
  durationSeconds: String(durationMs / 1_000),
  fps: String(fps),
  screenIndex: String(screenIndex),
  includeAudio: String(includeAudio),
  facing,
  maxWidth: String(maxWidth),
  quality: String(quality),
  qualityPercent: String(Math.round(quality * 100)),
});
