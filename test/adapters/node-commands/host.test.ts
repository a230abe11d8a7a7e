import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { camerasIn, chooseCamera } from "../../../src/adapters/node-commands/host/cameras.js";
import { hostCommands, type HostCommandsConfig } from "../../../src/adapters/node-commands/host/index.js";
import { filmFacts, pictureFacts } from "../../../src/adapters/node-commands/host/media-facts.js";
import { coarsened, fixIn, readFix } from "../../../src/domain/node-host/fix.js";
import { fillArguments, HOST_COMMANDS, judgeHostProgram } from "../../../src/domain/node-host/host-program.js";
import type { NodeCommandOutcome } from "../../../src/ports/node-command.js";
import { TestNodeCall } from "../../../src/testing/contracts/node-command.js";
import { HandClock } from "../../../src/testing/hand-clock.js";
import { isRunning } from "../../support/node-host.js";

const NODE = process.execPath;
/** 3 by 2 pixels. */
const PNG = Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), Buffer.from([0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0])]);
/** 640 by 480 pixels, as far as its header. */
const JPEG = Buffer.concat([Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex"), Buffer.from("ffc0001108", "hex"), Buffer.from([1, 224, 2, 128]), Buffer.from("03012200021101031101ffd9", "hex")]);
const MP4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from("ftypisom....moov..vide..soun")]);

describe("programs of the owner's", () => {
  test.each([
    ["screen.record", ["ffmpeg", "-t", "{durationSeconds}", "{output}"], undefined],
    ["location.get", ["gpspipe", "-w"], undefined],
    ["camera.snap", ["cam", "{output}", "{deviceId}"], "camera.list"],
    ["camera.snap", ["cam"], "{output}"],
    ["camera.snap", ["{deviceId}", "{output}"], "never chosen by a call"],
    ["camera.clip", ["cam", "{output}", "{frob}"], "{frob} is no placeholder"],
    ["camera.list", ["ls", "{output}"], "which has none"],
    ["location.get", [], "no program"],
  ] as const)("%s by %j", (name, argv, problem) => {
    const verdict = judgeHostProgram(name, argv, [name]);
    if (problem === undefined) expect(verdict).toBeUndefined();
    else expect(verdict).toContain(problem);
    if (problem === "camera.list") expect(judgeHostProgram(name, argv, [name, "camera.list"])).toBeUndefined();
  });

  test("whatever a value is, it stays inside of its argument", () => {
    fc.assert(fc.property(fc.string(), (value) => {
      expect(fillArguments(["-x", "a={deviceId};{deviceId}", "{other}", "{__proto__}"], { deviceId: value })).toEqual(["-x", `a=${value};${value}`, "{other}", "{__proto__}"]);
    }));
  });
});

describe("what programs tell", () => {
  test.each([
    ["ours", '{"lat":1.5,"lon":-2,"accuracyMeters":5,"speedMps":0}', { lat: 1.5, lon: -2, accuracyMeters: 5, speedMps: 0 }],
    ["a browser's", '{"latitude":1,"longitude":2,"accuracy":9,"altitude":null,"heading":90}', { lat: 1, lon: 2, accuracyMeters: 9, headingDeg: 90 }],
    ["gpsd's", '{"class":"VERSION"}\n{"class":"TPV","mode":1,"lat":9,"lon":9}\n{"class":"TPV","mode":3,"lat":52.5,"lon":13.4,"alt":34,"track":10,"speed":1,"epx":4}\n{"class":"SKY"}\n{"class":"TP', { lat: 52.5, lon: 13.4, accuracyMeters: 4, altitudeMeters: 34, speedMps: 1, headingDeg: 10 }],
  ])("%s place", (_, output, fix) => {
    expect(fixIn(output)).toEqual(fix);
  });

  test("what is no place", () => {
    for (const output of ["", "null", "[]", "{}", '{"lat":91,"lon":0}', '{"lat":"1","lon":"2"}', '{"class":"TPV","mode":1,"lat":1,"lon":1}', '{"class":"SKY","lat":1,"lon":1}']) expect(fixIn(output)).toBeUndefined();
    fc.assert(fc.property(fc.anything(), (value) => void readFix(value)));
  });

  test("a coarse one gives no more away than a kilometre", () => {
    expect(coarsened({ lat: 52.51634, lon: 13.37769, accuracyMeters: 3, altitudeMeters: 30, speedMps: 2 })).toEqual({ lat: 52.52, lon: 13.38, accuracyMeters: 1_500 });
  });

  test("cameras, as JSON or line by line; what looks like an option is none", () => {
    const desk = { id: "/dev/video0", name: "/dev/video0", position: "unspecified", deviceType: "camera" };
    expect(camerasIn("/dev/video0\n\n-rf\n/dev/vi\u001b[31mdeo1\n")).toEqual([desk]);
    expect(camerasIn('{"devices":[{"id":"a","name":"Door","position":"back","deviceType":"usb"},{"id":"-b"},{},7]}')).toEqual([{ id: "a", name: "Door", position: "back", deviceType: "usb" }]);
    expect(camerasIn('[{"id":"/dev/video0"}]')).toEqual([desk]);
  });

  test("the camera that a call means", () => {
    const cameras = camerasIn('[{"id":"a","position":"front"},{"id":"b","position":"back"}]');
    expect(chooseCamera(cameras, { facing: "back" })).toMatchObject({ id: "b" });
    expect(chooseCamera(cameras, { facing: "front", deviceId: "b" })).toMatchObject({ id: "b" });
    expect(chooseCamera(camerasIn("x"), { facing: "back" })).toMatchObject({ id: "x" });
    expect(chooseCamera(cameras, { deviceId: "/etc/passwd" })).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
    expect(chooseCamera([], {})).toMatchObject({ kind: "failed", code: "CAMERA_DISABLED" });
  });

  test("pictures and films by their bytes", () => {
    expect(pictureFacts(PNG)).toEqual({ format: "png", width: 3, height: 2 });
    expect(pictureFacts(JPEG)).toEqual({ format: "jpg", width: 640, height: 480 });
    expect(filmFacts(MP4)).toEqual({ format: "mp4", hasAudio: true });
    expect(filmFacts(Buffer.from("1a45dfa3000000", "hex"))).toEqual({ format: "webm", hasAudio: false });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(Buffer.alloc(0), Buffer.from("ffd8", "hex"), PNG.subarray(0, 8)), (bytes, head) => {
      const all = Buffer.concat([head, bytes]);
      pictureFacts(all);
      filmFacts(all);
    }));
  });
});

describe("with real programs", () => {
  let folder: string;
  let clock: HandClock;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "host-commands-"));
    clock = new HandClock();
    await writeFile(join(folder, "picture.jpg"), JPEG);
    await writeFile(join(folder, "film.mp4"), MP4);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const js = (script: string, ...more: readonly string[]) => ({ argv: [NODE, "-e", script, ...more] });
  const copy = (name: string, ...more: readonly string[]) => js(`require("fs").copyFileSync(${JSON.stringify(join(folder, name))}, process.argv[1]); require("fs").writeFileSync(${JSON.stringify(join(folder, "told"))}, JSON.stringify(process.argv.slice(2)))`, "{output}", ...more);
  const told = async (): Promise<unknown> => JSON.parse(await (await import("node:fs/promises")).readFile(join(folder, "told"), "utf8"));
  const made = (config: HostCommandsConfig) => hostCommands({ config, clock, host: { platform: process.platform, env: { PATH: "/usr/bin:/bin" }, home: folder, cwd: folder } });

  async function run(config: HostCommandsConfig, name: string, params: unknown = {}, call = new TestNodeCall()): Promise<NodeCommandOutcome> {
    const command = made(config).find((one) => one.name === name);
    if (!command) throw new Error(`there is no ${name}`);
    return await command.run(params, call);
  }

  const leftOver = async (): Promise<readonly string[]> => (await readdir(tmpdir())).filter((name) => name.startsWith("openclaw-node-"));

  test("what is not set up, is set up wrongly, or is not there is not offered", async () => {
    expect(made({}).map(({ name }) => name)).toEqual([]);
    expect(made({ commands: { "camera.snap": { argv: ["cam"] }, "screen.record": copy("film.mp4") } }).map(({ name }) => name)).toEqual(["screen.record"]);
    const [there, gone] = [made({ commands: { "screen.record": copy("film.mp4") } }), made({ commands: { "screen.record": { argv: ["no-such-program", "{output}"] } } })];
    expect([await there[0]?.available(), await gone[0]?.available()]).toEqual([true, false]);
    expect(HOST_COMMANDS.length).toBe(5);
  });

  test("a picture, with what it was asked for", async () => {
    const config = { commands: { "camera.snap": copy("picture.jpg", "{maxWidth}", "{quality}", "{qualityPercent}", "{facing}") } };
    const outcome = await run(config, "camera.snap", { maxWidth: 320, quality: 0.5, facing: "back" });
    expect(outcome).toEqual({ kind: "done", payload: { format: "jpg", width: 640, height: 480, base64: JPEG.toString("base64") } });
    expect(await told()).toEqual(["320", "0.5", "50", "back"]);
    expect(await leftOver()).toEqual([]);
  });

  test("a camera by its id, which has to be one of those that are there", async () => {
    const config = { commands: { "camera.list": js('console.log("front\\nback")'), "camera.snap": copy("picture.jpg", "{deviceId}") } };
    expect(await run(config, "camera.list")).toMatchObject({ payload: { devices: [{ id: "front" }, { id: "back" }] } });
    expect((await run(config, "camera.snap", { deviceId: "back" })).kind).toBe("done");
    expect(await told()).toEqual(["back"]);
    for (const deviceId of ["/etc/passwd", "-i", "front; rm"]) expect(await run(config, "camera.snap", { deviceId })).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
    expect(await run({ commands: { "camera.snap": copy("picture.jpg") } }, "camera.snap", { deviceId: "back" })).toMatchObject({ code: "INVALID_REQUEST", message: expect.stringContaining("leave deviceId out") });
  });

  test("a film, as long as it was asked for", async () => {
    const config = { commands: { "screen.record": copy("film.mp4", "{durationMs}", "{durationSeconds}", "{fps}", "{screenIndex}", "{includeAudio}"), "camera.clip": copy("film.mp4", "{durationMs}") } };
    expect(await run(config, "screen.record", { durationMs: 2_500, fps: 24, screenIndex: 1 })).toEqual({
      kind: "done", payload: { format: "mp4", base64: MP4.toString("base64"), durationMs: 2_500, hasAudio: true, fps: 24, screenIndex: 1 },
    });
    expect(await told()).toEqual(["2500", "2.5", "24", "1", "false"]);
    expect(await run(config, "camera.clip", { durationMs: 1e9 })).toMatchObject({ kind: "done", payload: { durationMs: 60_000 } });
  });

  test("what cannot be a call is refused before anything runs", async () => {
    const config = { commands: { "camera.clip": js("process.exit(3)", "{output}") } };
    for (const params of [[], "x", { durationMs: "1" }, { facing: "up" }, { deviceId: 7 }, { includeAudio: 1 }, { durationMs: Number.NaN }]) {
      expect(await run(config, "camera.clip", params)).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
    }
  });

  test.each([
    ["a program that fails", "process.stderr.write('rtsp://user:secret@cam'); process.exit(3)", "UNAVAILABLE", "code 3"],
    ["one that writes nothing", "", "UNAVAILABLE", "wrote nothing"],
    ["one that writes something else", "require('fs').writeFileSync(process.argv[1], 'text')", "UNAVAILABLE", "neither a JPEG"],
    ["one that writes a link", "require('fs').symlinkSync('/etc/passwd', process.argv[1])", "UNAVAILABLE", "wrote nothing"],
    ["one that writes too much", "require('fs').ftruncateSync(require('fs').openSync(process.argv[1], 'w'), 4_000_000)", "PAYLOAD_TOO_LARGE", "smaller"],
  ])("%s", async (_, script, code, words) => {
    const outcome = await run({ commands: { "camera.snap": js(script, "{output}") } }, "camera.snap");
    expect(outcome).toMatchObject({ kind: "failed", code, message: expect.stringContaining(words) });
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(await leftOver()).toEqual([]);
  });

  const FOREVER = 'require("fs").writeFileSync(process.argv[2], String(process.pid)); setInterval(() => {}, 1000)';
  const pidIn = async (path: string): Promise<number> => {
    const { readFile } = await import("node:fs/promises");
    for (;;) {
      const text = await readFile(path, "utf8").catch(() => "");
      if (text !== "") return Number(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test("one that does not end is ended, when its time is up or nobody waits", async () => {
    const config = { commands: { "screen.record": js(FOREVER, "{output}", join(folder, "pid")) } };
    const late = run(config, "screen.record", { durationMs: 1_000 });
    const first = await pidIn(join(folder, "pid"));
    clock.advance(16_000);
    // It was asked to end; a second later it is ended.
    expect(await late).toMatchObject({ kind: "failed", code: "TIMEOUT" });
    expect(await isRunning(first)).toBe(false);
    await rm(join(folder, "pid"));
    const call = new TestNodeCall();
    const given = run(config, "screen.record", {}, call);
    const second = await pidIn(join(folder, "pid"));
    call.giveUp();
    expect(await given).toMatchObject({ kind: "failed", code: "UNAVAILABLE" });
    expect(await isRunning(second)).toBe(false);
    expect(await leftOver()).toEqual([]);
  });

  test("a delay is waited for, and given up", async () => {
    const config = { commands: { "camera.snap": copy("picture.jpg") } };
    let isDone = false;
    const delayed = run(config, "camera.snap", { delayMs: 5_000 }).then((outcome) => {
      isDone = true;
      return outcome;
    });
    await clock.pass(4_999);
    expect(isDone).toBe(false);
    await clock.pass(1);
    expect((await delayed).kind).toBe("done");
    const call = new TestNodeCall();
    const given = run(config, "camera.snap", { delayMs: 5_000 }, call);
    await clock.pass(0);
    call.giveUp();
    expect((await given).kind).toBe("failed");
    expect(clock.pending).toBe(0);
  });

  describe("where the host is", () => {
    test("by its owner's word", async () => {
      const location = { lat: 52.51634, lon: 13.37769, accuracyMeters: 3 };
      expect(await run({ location }, "location.get")).toEqual({ kind: "done", payload: { ...location, timestamp: new Date(clock.now()).toISOString(), isPrecise: true, source: "fixed" } });
      expect(await run({ location }, "location.get", { desiredAccuracy: "coarse" })).toMatchObject({ payload: { lat: 52.52, lon: 13.38, isPrecise: false } });
      for (const params of [[], { timeoutMs: "1" }, { desiredAccuracy: "exact" }]) expect(await run({ location }, "location.get", params)).toMatchObject({ code: "INVALID_REQUEST" });
    });

    test("by a program that ends, or that goes on for ever", async () => {
      const fix = '{"lat":1,"lon":2}';
      for (const script of [`console.log('${fix}')`, `console.log('{"class":"VERSION"}'); console.log('${fix}'); setInterval(() => {}, 1000)`]) {
        expect(await run({ commands: { "location.get": js(script) }, location: { lat: 9, lon: 9 } }, "location.get")).toMatchObject({ kind: "done", payload: { lat: 1, lon: 2, accuracyMeters: 100, source: "program" } });
      }
    });

    test("asked again within the age that will do, it is not looked up again", async () => {
      const config = { commands: { "location.get": js(`const fs = require("fs"); const n = fs.existsSync("n") ? 2 : 1; fs.writeFileSync("n", ""); console.log(JSON.stringify({ lat: n, lon: n }))`) } };
      const [command] = made(config);
      const ask = async (maxAgeMs: number) => (await command?.run({ maxAgeMs }, new TestNodeCall())) as { payload: { lat: number } };
      expect((await ask(0)).payload.lat).toBe(1);
      clock.advance(1_000);
      expect((await ask(5_000)).payload.lat).toBe(1);
      expect((await ask(500)).payload.lat).toBe(2);
    });

    test("not known, or not in time", async () => {
      expect(await run({ commands: { "location.get": js("console.log('{}')") } }, "location.get")).toMatchObject({ code: "LOCATION_UNAVAILABLE" });
      const late = run({ commands: { "location.get": js(FOREVER, "", join(folder, "pid")) } }, "location.get", { timeoutMs: 2_000 });
      await pidIn(join(folder, "pid"));
      clock.advance(2_000);
      expect(await late).toMatchObject({ code: "LOCATION_TIMEOUT" });
    });
  });
});
