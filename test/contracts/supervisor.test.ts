import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LaunchdSupervisor } from "../../src/adapters/supervision/launchd/index.js";
import { SystemdSupervisor } from "../../src/adapters/supervision/systemd/index.js";
import { supervisorContract } from "../../src/testing/contracts/supervisor.js";
import { LaunchctlStandIn } from "../stand-ins/launchctl.js";
import { SystemctlStandIn } from "../stand-ins/systemctl.js";

async function place(name: string) {
  const folder = await mkdtemp(join(tmpdir(), "supervisor-"));
  const path = join(folder, "units", name);
  return {
    folder: dirname(path),
    path,
    occupy: async (text: string) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
    kept: () => readFile(`${path}.bak`, "utf8").catch(() => undefined),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

for (const hasNotify of [true, false]) {
  supervisorContract(`systemd, ${hasNotify ? "with" : "without"} systemd-notify`, async () => {
    const { folder, path, ...rest } = await place("openclaw-gateway.service");
    const systemctl = new SystemctlStandIn(path);
    systemctl.hasNotify = hasNotify;
    return {
      supervisor: new SystemdSupervisor({ unit: "openclaw-gateway", unitDir: folder, userName: "ada", run: systemctl.run, lingerDir: folder }),
      ...rest,
      end: (code) => systemctl.end(code),
      failNext: () => {
        systemctl.failure = "no luck";
      },
      vanish: () => {
        systemctl.isReachable = false;
      },
    };
  });
}

supervisorContract("launchd", async () => {
  const { folder, path: _path, ...rest } = await place("ai.openclaw.gateway.plist");
  const launchctl = new LaunchctlStandIn({ domain: "gui/501", label: "ai.openclaw.gateway" });
  return {
    supervisor: new LaunchdSupervisor({ label: "ai.openclaw.gateway", agentsDir: folder, uid: 501, logFile: "/dev/null", run: launchctl.run }),
    ...rest,
    end: (code) => launchctl.end(code),
    failNext: () => {
      launchctl.failure = "no luck";
    },
    vanish: () => {
      launchctl.isReachable = false;
    },
  };
});
