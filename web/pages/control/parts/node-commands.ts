import { own } from "../../shared/own.js";
import type { Schema } from "../../shared/schema/kind.js";

const text: Schema = { type: "string" };
const needed: Schema = { type: "string", minLength: 1 };
const flag: Schema = { type: "boolean" };
const whole = (minimum: number, maximum?: number): Schema => ({ type: "integer", minimum, ...(maximum === undefined ? {} : { maximum }) });
const one = (...values: readonly string[]): Schema => ({ enum: values });
const object = (properties: Readonly<Record<string, Schema>> = {}, required: readonly string[] = []): Schema => ({ type: "object", properties, required, additionalProperties: false });

const picture = { format: one("png", "jpeg"), maxWidth: whole(64, 8_192), quality: { type: "number", minimum: 0, maximum: 1 } as Schema };
const clip = { durationMs: whole(100, 60_000), includeAudio: flag, format: one("mp4") };

/**
 * The params of the commands that nodes of either protocol generation have. Nodes name their commands and say nothing of
 * what they take, so that a command which is not here is asked with JSON.
 */
const PARAMS: Readonly<Record<string, Schema>> = {
  "canvas.present": object({ url: text, placement: object({ x: { type: "number" }, y: { type: "number" }, width: { type: "number" }, height: { type: "number" } }) }),
  "canvas.hide": object(),
  "canvas.navigate": object({ url: text }),
  "canvas.eval": object({ javaScript: needed }, ["javaScript"]),
  "canvas.snapshot": object(picture),
  "canvas.a2ui.push": object({ messages: { type: "array" } }, ["messages"]),
  "canvas.a2ui.pushJSONL": object({ jsonl: needed }, ["jsonl"]),
  "canvas.a2ui.reset": object(),
  "camera.list": object(),
  "camera.snap": object({ facing: one("front", "back"), maxWidth: picture.maxWidth, quality: picture.quality, format: one("jpg"), delayMs: whole(0, 30_000), deviceId: text }),
  "camera.clip": object({ facing: one("front", "back"), ...clip, deviceId: text }),
  "screen.record": object({ ...clip, fps: whole(1, 60), screenIndex: whole(0, 15) }),
  "location.get": object({ timeoutMs: whole(0), maxAgeMs: whole(0), desiredAccuracy: one("coarse", "balanced", "precise") }),
  "sms.send": object({ to: needed, message: needed }, ["to", "message"]),
  "system.run": object({
    command: { type: "array", items: text, minItems: 1, description: "The program, then each of its arguments. No shell reads them." },
    cwd: text, env: { type: "object", patternProperties: { "^(.*)$": text } }, timeoutMs: whole(1, 86_400_000),
  }, ["command"]),
  "system.which": object({ bins: { type: "array", items: needed, minItems: 1 } }, ["bins"]),
  "system.notify": object({ title: text, body: text, sound: text, priority: one("passive", "active", "timeSensitive"), delivery: one("system", "overlay", "auto") }),
  "system.execApprovals.get": object(),
  "browser.proxy": object({ method: one("GET", "POST", "DELETE"), path: needed, query: { type: "object", patternProperties: { "^(.*)$": text } }, body: {}, timeoutMs: whole(0), profile: text }, ["method", "path"]),
};

export const paramsOf = (command: string): Schema | undefined => own(PARAMS, command);

/** What acts on the world or costs something: asked about once more. */
export const isWeighty = (command: string): boolean => /^(system\.run|sms\.|browser\.|system\.execApprovals\.set)/.test(command);
