import { afterEach, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "plist";
import { readAgentFacts } from "../../src/adapters/supervision/launchd/agent-facts.js";
import { renderPlist } from "../../src/adapters/supervision/launchd/index.js";
import { programRunner } from "../../src/adapters/supervision/run-program.js";
import { renderUnit, SystemdNotifier } from "../../src/adapters/supervision/systemd/index.js";
import { readUnitFacts } from "../../src/adapters/supervision/systemd/unit-facts.js";
import { defineService, foresee } from "../../src/app/compose/service-definition.js";
import { openNotifier } from "../../src/app/compose/service-notifier.js";
import { profileOf, serviceName, stateFolderName } from "../../src/domain/service-name.js";
import type { ServiceDefinition } from "../../src/ports/supervisor.js";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "supervision-"));
  folders.push(folder);
  return folder;
}

const DEFINITION: ServiceDefinition = {
  description: "OpenClaw gateway",
  command: ["/usr/bin/node", "/opt/openclaw/openclaw.mjs", "gateway"],
  environment: { PATH: "/usr/bin:/bin", OPENCLAW_STATE_DIR: "/home/ada/.openclaw" },
  workingDir: "/home/ada",
  errorFile: "/home/ada/.openclaw/logs/gateway.err.log",
};

/** Texts with what units and XML give a meaning to. */
const awkward = fc.string({ unit: fc.constantFrom(..."ab/ %$\"'\\;#=<>&{}\n\r\t\0\u007f€".split("")), maxLength: 12 });
const definitions: fc.Arbitrary<ServiceDefinition> = fc.record({
  description: awkward,
  command: fc.tuple(awkward.map((text) => `/${text}`), awkward, awkward).map(([first, ...rest]): [string, ...string[]] => [first, ...rest]),
  environment: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), awkward, { maxKeys: 4, noNullPrototype: true }),
  workingDir: awkward.map((text) => `/${text}`),
  errorFile: awkward.map((text) => `/${text}`),
});

// oxlint-disable-next-line no-control-regex -- these are what it is about
const legible = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, "");

describe("a systemd unit", () => {
  const unit = renderUnit(DEFINITION, { unit: "openclaw-gateway", notifies: true });

  test("says when it is ready, is watched, is not started again after 78, and can be told to reload", () => {
    for (const line of [
      "Type=notify", "NotifyAccess=all", "WatchdogSec=60", "Restart=on-failure", "RestartPreventExitStatus=78", "KillMode=mixed", "NoNewPrivileges=yes", "LimitCORE=0",
      "ExecReload=/bin/kill -USR1 $MAINPID", 'ExecStart="/usr/bin/node" "/opt/openclaw/openclaw.mjs" "gateway"', "WantedBy=default.target",
    ]) expect(unit.split("\n")).toContain(line);
  });

  test("without systemd-notify it promises no signs of life", () => {
    const silent = renderUnit(DEFINITION, { unit: "openclaw-gateway", notifies: false });
    expect(silent).toContain("Type=exec\n");
    expect(silent).not.toMatch(/Watchdog|Notify/);
  });

  test("whatever its texts are, none of them becomes a line of its own", () => {
    const names = (text: string) => text.split("\n").map((line) => line.split("=", 1)[0]);
    const expected = names(renderUnit({ ...DEFINITION, environment: {} }, { unit: "x", notifies: true }));
    fc.assert(fc.property(definitions, (definition) => {
      const lines = names(renderUnit(definition, { unit: "x", notifies: true }));
      expect(lines.filter((name) => name !== "Environment")).toEqual(expected);
      expect(lines.filter((name) => name === "Environment")).toHaveLength(Object.keys(definition.environment).length);
    }));
  });

  const analyses = spawnSync("systemd-analyze", ["--version"]).status === 0;
  if (!analyses) console.warn("The unit is not verified here: systemd-analyze is missing.");
  (analyses ? test : test.skip)("systemd-analyze verify has nothing to say against it", async () => {
    const folder = await temporary();
    const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, SYSTEMD_LOG_LEVEL: "warning" };
    const verified = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      // Generators and whatever else the host has are none of this unit's business.
      const { status, stderr } = spawnSync("systemd-analyze", ["--user", "--man=no", "--generators=no", "--recursive-errors=no", "verify", join(folder, name)], { env, encoding: "utf8" });
      return { status, said: stderr.split("\n").filter((line) => line.includes(name)) };
    };
    const real = { ...DEFINITION, command: [process.execPath, "/opt/it's \"50%n\" $HOME.mjs", "gateway"] as const, workingDir: folder };
    for (const notifies of [true, false]) {
      const text = renderUnit(real, { unit: "openclaw-gateway", notifies });
      expect(await verified("openclaw-gateway.service", text)).toEqual({ status: 0, said: [] });
      // It does look.
      expect((await verified("openclaw-broken.service", text.replace("KillMode=mixed", "KillMode=gently\nWatchdogs=1"))).said.join("\n")).toMatch(/KillMode|Watchdogs/);
    }
  });

  test("what systemd shows of it is read, and what it leaves out too", () => {
    expect(readUnitFacts("ActiveState=activating\nSubState=auto-restart\nMainPID=0\nNRestarts=3\nExecMainCode=1\nExecMainStatus=75\nUnitFileState=enabled\n"))
      .toEqual({ activity: "waiting", isEnabled: true, exitCode: 75, restarts: 3 });
    expect(readUnitFacts("ActiveState=failed\nExecMainCode=2\nExecMainStatus=9\n")).toEqual({ activity: "failed", isEnabled: false });
    fc.assert(fc.property(fc.string(), (text) => readUnitFacts(text).activity !== undefined));
  });
});

describe("a launch agent", () => {
  test("is started again unless it ended in order", () => {
    expect(parse(renderPlist(DEFINITION, "ai.openclaw.gateway"))).toEqual({
      Label: "ai.openclaw.gateway",
      ProgramArguments: DEFINITION.command,
      EnvironmentVariables: DEFINITION.environment,
      WorkingDirectory: "/home/ada",
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 30,
      ExitTimeOut: 60,
      Umask: 0o077,
      StandardOutPath: "/dev/null",
      StandardErrorPath: "/home/ada/.openclaw/logs/gateway.err.log",
    });
  });

  test("a plist parser reads back whatever was written", () => {
    fc.assert(fc.property(definitions, (definition) => {
      const read = parse(renderPlist(definition, "x")) as Record<string, unknown>;
      expect(read["ProgramArguments"]).toEqual(definition.command.map(legible));
      expect(read["EnvironmentVariables"]).toEqual(Object.fromEntries(Object.entries(definition.environment).map(([name, value]) => [name, legible(value)])));
      expect(read["WorkingDirectory"]).toBe(legible(definition.workingDir));
    }));
  });

  test("what launchctl prints of it is read, in the older and the newer spelling", () => {
    expect(readAgentFacts("gui/501/x = {\n\tstate = running\n\tpid = 12\n\tlast exit code = (never exited)\n}")).toEqual({ activity: "running", pid: 12 });
    expect(readAgentFacts("\tstate = not running\n\tlast exit code = 78: EX_CONFIG\n")).toEqual({ activity: "waiting", exitCode: 78 });
    expect(readAgentFacts("\tstate = spawn scheduled\n\tlast exit code = 75\n")).toEqual({ activity: "waiting", exitCode: 75 });
    fc.assert(fc.property(fc.string(), (text) => readAgentFacts(text).activity !== undefined));
  });
});

describe("what a service is made of", () => {
  const place = { env: {}, home: "/home/ada", stateDir: "/home/ada/.openclaw", profile: undefined, node: "/usr/bin/node", script: "/opt/openclaw.mjs" };

  test("no secret of the environment gets in, whatever it is called", () => {
    const canary = "canary-31c8";
    const env = { OPENCLAW_GATEWAY_TOKEN: canary, CLAWDBOT_GATEWAY_PASSWORD: canary, OPENAI_API_KEY: canary, TELEGRAM_BOT_TOKEN: canary, HTTPS_PROXY: `http://ada:${canary}@proxy`, OTHER: canary };
    expect(JSON.stringify(defineService({ ...place, env }))).not.toContain(canary);
  });

  test("places and switches do, under their present names", () => {
    const env = { CLAWDBOT_CONFIG_PATH: "/etc/claw.json", OPENCLAW_GATEWAY_PORT: "4000", OPENCLAW_ALLOW_READABLE_SECRETS: "1", NODE_EXTRA_CA_CERTS: "/etc/ca.pem" };
    expect(defineService({ ...place, env, profile: "work" }).environment).toMatchObject({
      OPENCLAW_CONFIG_PATH: "/etc/claw.json", OPENCLAW_GATEWAY_PORT: "4000", OPENCLAW_ALLOW_READABLE_SECRETS: "1", OPENCLAW_PROFILE: "work", OPENCLAW_STATE_DIR: "/home/ada/.openclaw", NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
    });
  });

  test("its path has Node's folder, what lasts of the user's, and the system's, each once", () => {
    const env = { PATH: "/home/ada/bin:relative:/x/node_modules/.bin:/run/user/1/fnm_multishells/9/bin:/tmp/shim:/usr/bin" };
    expect(defineService({ ...place, env, node: "/opt/node/bin/node" }).environment["PATH"]).toBe("/opt/node/bin:/home/ada/bin:/usr/bin:/usr/local/bin:/bin");
  });

  test("what will go away under it is foreseen", () => {
    expect(foresee(place)).toEqual([]);
    expect(foresee({ node: "/home/ada/.nvm/versions/node/v24.0.0/bin/node", script: "/home/ada/.npm/_npx/1/openclaw.mjs" })).toEqual([expect.stringContaining("npx"), expect.stringContaining("version manager")]);
  });

  test("profiles have services and state folders of their own, and no profile leads out of a folder", () => {
    expect(serviceName(undefined)).toEqual({ systemd: "openclaw-gateway", launchd: "ai.openclaw.gateway" });
    expect(serviceName("work")).toEqual({ systemd: "openclaw-gateway-work", launchd: "ai.openclaw.work" });
    expect([undefined, "", "default", "../x", "a/b", "work"].map(profileOf)).toEqual([undefined, undefined, undefined, undefined, undefined, "work"]);
    expect([stateFolderName(undefined), stateFolderName("work")]).toEqual([".openclaw", ".openclaw-work"]);
  });
});

describe("signs of life", () => {
  /** A `systemd-notify` that writes down what it is told, where it is told it. */
  async function listening(): Promise<{ path: string; told: (count: number) => Promise<readonly string[]>; pids: () => Promise<readonly string[]> }> {
    const folder = await temporary();
    const [heard, pids] = [join(folder, "heard"), join(folder, "pids")];
    await mkdir(join(folder, "bin"));
    await writeFile(heard, "");
    await writeFile(join(folder, "bin", "systemd-notify"), `#!/bin/sh\necho "$PPID" >> '${pids}'\nprintf '%s %s\\n' "$NOTIFY_SOCKET" "$1" >> '${heard}'\n`, { mode: 0o755 });
    const linesOf = async (file: string) => (await readFile(file, "utf8")).split("\n").slice(0, -1);
    return {
      path: `${join(folder, "bin")}:/usr/bin:/bin`,
      pids: () => linesOf(pids),
      async told(count) {
        let changed = (): void => undefined;
        const watcher = watch(heard, () => changed());
        try {
          for (;;) {
            const change = new Promise<void>((resolve) => (changed = resolve));
            const lines = await linesOf(heard);
            if (lines.length >= count) return lines;
            await change;
          }
        } finally {
          watcher.close();
        }
      },
    };
  }

  test("readiness, then a sign as often as three times in the watchdog's, then the end; nothing more after that", async () => {
    const { path, told, pids } = await listening();
    const intervals: { ms: number; beat: () => void }[] = [];
    let stopped = 0;
    const notifier = new SystemdNotifier({
      socket: "@systemd", path, watchdogMs: 60_000, problem: (message) => { throw new Error(message); },
      every: (ms, beat) => {
        intervals.push({ ms, beat });
        return () => void (stopped += 1);
      },
    });
    notifier.ready("Serving\nat ws://x");
    expect(intervals.map(({ ms }) => ms)).toEqual([20_000]);
    intervals[0]?.beat();
    intervals[0]?.beat();
    notifier.reloading();
    notifier.ready("Serving again");
    notifier.stopping();
    const expected = ["STATUS=Serving at ws://x", "READY=1", "WATCHDOG=1", "WATCHDOG=1", "RELOADING=1", "STATUS=Serving again", "READY=1", "STOPPING=1"].map((line) => `@systemd ${line}`);
    await notifier.close();
    expect([intervals.length, stopped]).toEqual([1, 1]);
    notifier.ready("too late");
    expect(await told(expected.length)).toEqual(expected);
    // One shell for all of them: this process was forked once.
    expect(new Set(await pids()).size).toBe(1);
  });

  test("a shell that was killed is replaced, and its loss told once", async () => {
    const { path, told, pids } = await listening();
    const problems: string[] = [];
    let lost = (): void => undefined;
    const problem = new Promise<void>((resolve) => (lost = resolve));
    const notifier = new SystemdNotifier({ socket: "/run/x", path, problem: (message) => {
      problems.push(message);
      lost();
    } });
    notifier.stopping();
    await told(1);
    process.kill(Number((await pids())[0]), "SIGKILL");
    await problem;
    notifier.stopping();
    expect(await told(2)).toHaveLength(2);
    await notifier.close();
    expect(problems).toEqual([expect.stringContaining("openclaw gateway install")]);
  });

  test("without systemd-notify the owner hears once, and nothing fails", async () => {
    const folder = await temporary();
    const problems: string[] = [];
    let heard = (): void => undefined;
    const problem = new Promise<void>((resolve) => (heard = resolve));
    const notifier = new SystemdNotifier({ socket: "/run/x", path: folder, problem: (message) => {
      problems.push(message);
      heard();
    } });
    notifier.ready("Serving");
    await problem;
    notifier.stopping();
    await notifier.close();
    expect(problems).toHaveLength(1);
  });

  test("nobody is told anything where nobody listens, and no watchdog of another process is served", async () => {
    const silent = await openNotifier({ env: {}, pid: 1, problem: () => undefined });
    silent.ready("x");
    await silent.close();
    expect(silent).not.toBeInstanceOf(SystemdNotifier);
    const { path, told } = await listening();
    for (const [env, beats] of [[{ WATCHDOG_USEC: "30000" }, true], [{ WATCHDOG_USEC: "30000", WATCHDOG_PID: "999999999" }, false], [{ WATCHDOG_USEC: "soon" }, false]] as const) {
      const notifier = await openNotifier({ env: { NOTIFY_SOCKET: "/run/x", PATH: path, ...env }, pid: process.pid, problem: (message) => { throw new Error(message); } });
      const before = (await told(0)).length;
      notifier.ready("x");
      const lines = await told(before + (beats ? 4 : 2));
      await notifier.close();
      expect(lines.slice(before).some((line) => line.includes("WATCHDOG"))).toBe(beats);
    }
  });
});

test("a program that is not there is told from one that fails, and its words are English", async () => {
  const run = programRunner({ PATH: process.env["PATH"], LC_ALL: "de_AT.UTF-8" });
  expect(await run("no-such-program-here", [])).toBeUndefined();
  expect(await run("/bin/sh", ["-c", 'printf "$LC_ALL"; exit 7'])).toEqual({ code: 7, stdout: "C", stderr: "" });
});
