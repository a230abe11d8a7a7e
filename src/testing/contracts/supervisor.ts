import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import type { InstalledService, ServiceDefinition, Supervisor } from "../../ports/supervisor.js";

export interface SupervisorRig {
  readonly supervisor: Supervisor;
  /** Puts a definition of somebody else's into the place of ours. */
  occupy(text: string): Promise<void>;
  /** What lies there beside ours, where somebody else's was replaced. */
  kept(): Promise<string | undefined>;
  /** The service's process ends by itself, with this code. */
  end(code: number): void;
  /** The supervisor fails at the next start. */
  failNext(): void;
  /** Nobody answers for this user any more. */
  vanish(): void;
  dispose(): Promise<void>;
}

const DEFINITION: ServiceDefinition = {
  description: "A gateway",
  command: ["/opt/node", "/opt/gateway.mjs", "gateway"],
  environment: { PATH: "/usr/bin" },
  workingDir: "/",
  errorFile: "/dev/null",
};
const OTHER: ServiceDefinition = { ...DEFINITION, command: ["/opt/node", "/opt/another.mjs", "gateway"] };
const GENTLY = { force: false };
const BY_FORCE = { force: true };

export function supervisorContract(name: string, rig: () => Promise<SupervisorRig>): void {
  describe(`Supervisor: ${name}`, () => {
    let at: SupervisorRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());

    const installed = async (expected = DEFINITION): Promise<InstalledService> => {
      const state = await at.supervisor.state(expected);
      if (state.kind !== "installed") throw new Error(`expected a service, found that it is ${state.kind}`);
      return state;
    };

    test("what is not installed is absent, and whoever asks for it hears how to install it", async () => {
      const { supervisor } = at;
      expect(await supervisor.state(DEFINITION)).toEqual({ kind: "absent" });
      for (const outcome of [await supervisor.start(), await supervisor.stop(), await supervisor.restart(), await supervisor.uninstall(GENTLY)]) {
        expect(outcome).toMatchObject({ kind: "refused", reason: "absent", message: expect.stringContaining("gateway install") });
      }
    });

    test("installed, it runs, and is what was asked for; installed again, nothing changes", async () => {
      expect(await at.supervisor.install(DEFINITION, GENTLY)).toMatchObject({ kind: "done" });
      const state = await installed();
      expect(state).toMatchObject({ definition: "current", activity: "running", isEnabled: true });
      expect(state.pid).toBeGreaterThan(0);
      expect(await at.supervisor.install(DEFINITION, GENTLY)).toMatchObject({ kind: "done" });
      expect(await installed()).toEqual(state);
    });

    test("another definition takes its place only by force, and then it runs", async () => {
      await at.supervisor.install(DEFINITION, GENTLY);
      const before = await installed();
      expect(await at.supervisor.install(OTHER, GENTLY)).toMatchObject({ kind: "refused", reason: "exists", message: expect.stringContaining("--force") });
      expect(await installed(OTHER)).toEqual({ ...before, definition: "outdated" });
      expect(await at.supervisor.install(OTHER, BY_FORCE)).toMatchObject({ kind: "done" });
      const after = await installed(OTHER);
      expect(after).toMatchObject({ definition: "current", activity: "running" });
      expect(after.pid).not.toBe(before.pid);
      expect(await at.kept()).toBeUndefined();
    });

    test("what somebody else wrote is neither replaced nor removed, but by force; then it is kept", async () => {
      await at.occupy("# a friend's\n");
      expect((await installed()).definition).toBe("foreign");
      for (const outcome of [await at.supervisor.install(DEFINITION, GENTLY), await at.supervisor.uninstall(GENTLY)]) {
        expect(outcome).toMatchObject({ kind: "refused", reason: "foreign", message: expect.stringContaining("--force") });
      }
      await at.supervisor.install(DEFINITION, BY_FORCE);
      expect((await installed()).definition).toBe("current");
      expect(await at.kept()).toBe("# a friend's\n");
    });

    test("stop, start and restart do what they say", async () => {
      await at.supervisor.install(DEFINITION, GENTLY);
      const { pid } = await installed();
      expect(await at.supervisor.stop()).toMatchObject({ kind: "done" });
      expect(await at.supervisor.stop()).toMatchObject({ kind: "done" });
      const stopped = await installed();
      expect([stopped.activity, stopped.pid]).toEqual(["stopped", undefined]);
      expect(await at.supervisor.start()).toMatchObject({ kind: "done" });
      expect(await at.supervisor.start()).toMatchObject({ kind: "done" });
      const started = await installed();
      expect(started.activity).toBe("running");
      expect(started.pid).not.toBe(pid);
      expect(await at.supervisor.restart()).toMatchObject({ kind: "done" });
      expect((await installed()).pid).not.toBe(started.pid);
    });

    test("a process that ended by itself is told with its code, and does not count as running", async () => {
      await at.supervisor.install(DEFINITION, GENTLY);
      at.end(78);
      const state = await installed();
      expect(state).toMatchObject({ exitCode: 78 });
      expect(["failed", "waiting"]).toContain(state.activity);
      await at.supervisor.start();
      const { activity, exitCode } = await installed();
      expect([activity, exitCode]).toEqual(["running", undefined]);
    });

    test("a start that fails is a refusal with the supervisor's own words", async () => {
      await at.supervisor.install(DEFINITION, GENTLY);
      await at.supervisor.stop();
      at.failNext();
      expect(await at.supervisor.start()).toMatchObject({ kind: "refused", reason: "failed", message: expect.stringContaining("no luck") });
    });

    test("uninstalled, it runs no more and is absent", async () => {
      await at.supervisor.install(DEFINITION, GENTLY);
      expect(await at.supervisor.uninstall(GENTLY)).toMatchObject({ kind: "done" });
      expect(await at.supervisor.state(DEFINITION)).toEqual({ kind: "absent" });
      await at.supervisor.install(DEFINITION, GENTLY);
      expect((await installed()).activity).toBe("running");
    });

    test("where the supervisor does not answer, nothing is written and everything says so", async () => {
      at.vanish();
      expect(await at.supervisor.install(DEFINITION, GENTLY)).toMatchObject({ kind: "refused", reason: "unreachable" });
      expect(await at.supervisor.state(DEFINITION)).toEqual({ kind: "absent" });
      await at.occupy("# a friend's\n");
      expect(await at.supervisor.state(DEFINITION)).toMatchObject({ kind: "unreachable", reason: expect.stringMatching(/[.\w]$/) });
      for (const outcome of [await at.supervisor.start(), await at.supervisor.stop(), await at.supervisor.restart(), await at.supervisor.uninstall(BY_FORCE)]) {
        expect(outcome).toMatchObject({ kind: "refused", reason: "unreachable" });
      }
    });
  });
}
