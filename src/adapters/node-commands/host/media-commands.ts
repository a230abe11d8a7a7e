import { after } from "../../../domain/moment.js";
import { isToldOf, type HostCommandName } from "../../../domain/node-host/host-program.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import type { NodeCommandOutcome } from "../../../ports/node-command.js";
import { chooseCamera, listCameras } from "./cameras.js";
import { failed, GIVEN_UP, runForFile, type Failed, type Running } from "./host-program.js";
import { filmFacts, pictureFacts } from "./media-facts.js";
import { readWish, valuesOf, type Wish } from "./params.js";

/** Of bytes, which are a third more as base64. */
const MAX_PICTURE = 3_700_000;
const MAX_FILM = 14_000_000;

export interface Setting {
  readonly running: Running;
  /** Lists the host's cameras, where there is a program for it. */
  readonly cameras: Running | undefined;
}

type Call = { readonly cancel: Cancel };

type Run = (setting: Setting, params: unknown, call: Call) => Promise<NodeCommandOutcome>;

const isFailed = (value: object): value is Failed => (value as { kind?: unknown }).kind === "failed";

/** What the program is told of the camera to use; nothing where it chooses itself. */
async function deviceOf({ running, cameras }: Setting, { deviceId, facing }: Wish, call: Call): Promise<Readonly<Record<string, string>> | Failed> {
  if (!isToldOf(running.program.argv, "deviceId")) {
    return deviceId === undefined ? {} : failed("INVALID_REQUEST", "This node's program chooses the camera itself: leave deviceId out.");
  }
  const devices = cameras === undefined ? [] : await listCameras(cameras, call);
  if (isFailed(devices)) return devices;
  const chosen = chooseCamera(devices, { facing, ...(deviceId === undefined ? {} : { deviceId }) });
  return isFailed(chosen) ? chosen : { deviceId: chosen.id };
}

const snap: Run = async (setting, params, call) => {
  const wish = readWish(params, { durationMs: 0, includeAudio: false });
  if (isFailed(wish)) return wish;
  const device = await deviceOf(setting, wish, call);
  if (isFailed(device)) return device as Failed;
  if (!(await waited(wish.delayMs, setting.running.clock, call.cancel))) return GIVEN_UP;
  const bytes = await runForFile(setting.running, { values: { ...valuesOf(wish), ...device }, cancel: call.cancel, suffix: "jpg", maxBytes: MAX_PICTURE });
  if (isFailed(bytes)) return bytes;
  const facts = pictureFacts(bytes);
  return facts ? { kind: "done", payload: { ...facts, base64: bytes.toString("base64") } } : failed("UNAVAILABLE", "What the camera's program wrote is neither a JPEG nor a PNG: see node.commands in the node's configuration.");
};

const clip: Run = async (setting, params, call) => {
  const wish = readWish(params, { durationMs: 3_000, includeAudio: true });
  if (isFailed(wish)) return wish;
  const device = await deviceOf(setting, wish, call);
  if (isFailed(device)) return device as Failed;
  const film = await record(setting.running, { wish, device, call });
  return isFailed(film) ? film : { kind: "done", payload: film };
};

const screen: Run = async ({ running }, params, call) => {
  const wish = readWish(params, { durationMs: 10_000, includeAudio: false });
  if (isFailed(wish)) return wish;
  const film = await record(running, { wish, device: {}, call });
  return isFailed(film) ? film : { kind: "done", payload: { ...film, fps: wish.fps, screenIndex: wish.screenIndex } };
};

async function record(running: Running, { wish, device, call }: { wish: Wish; device: Readonly<Record<string, string>>; call: Call }) {
  const { durationMs } = wish;
  const bytes = await runForFile(running, { values: { ...valuesOf(wish), ...device }, lastsMs: durationMs, cancel: call.cancel, suffix: "mp4", maxBytes: MAX_FILM });
  if (isFailed(bytes)) return bytes;
  const facts = filmFacts(bytes);
  if (!facts) return failed("UNAVAILABLE", "What the recording's program wrote is neither an MP4 nor a WebM: see node.commands in the node's configuration.");
  return { format: facts.format, base64: bytes.toString("base64"), durationMs, hasAudio: facts.hasAudio };
}

const list: Run = async ({ running }, _params, call) => {
  const devices = await listCameras(running, call);
  return isFailed(devices) ? devices : { kind: "done", payload: { devices } };
};

/** Resolves with whether the time passed; `false` where whoever asked gave up first. */
function waited(ms: number, clock: Clock, cancel: Cancel): Promise<boolean> {
  if (cancel.aborted || ms === 0) return Promise.resolve(!cancel.aborted);
  return new Promise((resolve) => {
    const end = (isOver: boolean): void => {
      stop();
      cancel.removeEventListener("abort", giveUp);
      resolve(isOver);
    };
    const giveUp = (): void => end(false);
    const stop = clock.callAt(after(clock.now(), ms), () => end(true));
    cancel.addEventListener("abort", giveUp);
  });
}

/** What each command does with its program. */
export const MEDIA_RUNS: Readonly<Record<Exclude<HostCommandName, "location.get">, Run>> = { "screen.record": screen, "camera.list": list, "camera.snap": snap, "camera.clip": clip };
