import { describe, expect, test } from "./kit.js";

import type { Workspace } from "../../ports/workspace.js";

export interface WorkspaceRig {
  readonly workspace: Workspace;
  /** Writes a file into an agent's workspace. */
  put(agentId: string, name: string, text: string): Promise<void>;
  dispose(): Promise<void>;
}

export function workspaceContract(name: string, rig: () => Promise<WorkspaceRig>): void {
  describe(`Workspace: ${name}`, () => {
    const using = async (use: (at: WorkspaceRig) => Promise<void>): Promise<void> => {
      const at = await rig();
      await use(at).finally(() => at.dispose());
    };

    test("reads what is there, as it is now, for each agent on its own", () =>
      using(async ({ workspace, put }) => {
        expect(await workspace.read("main", "HEARTBEAT.md")).toEqual({ kind: "absent" });
        await put("main", "HEARTBEAT.md", "- water the plants: zwölf 🌵\n");
        expect(await workspace.read("main", "HEARTBEAT.md")).toEqual({ kind: "text", text: "- water the plants: zwölf 🌵\n" });
        expect(await workspace.read("work", "HEARTBEAT.md")).toEqual({ kind: "absent" });
        await put("main", "HEARTBEAT.md", "");
        expect(await workspace.read("main", "HEARTBEAT.md")).toEqual({ kind: "text", text: "" });
      }));

    test("what is larger than 64 KiB is refused in a sentence", () =>
      using(async ({ workspace, put }) => {
        await put("main", "HEARTBEAT.md", "x".repeat(65_536));
        expect(await workspace.read("main", "HEARTBEAT.md")).toMatchObject({ kind: "text" });
        await put("main", "HEARTBEAT.md", "x".repeat(65_537));
        expect(await workspace.read("main", "HEARTBEAT.md")).toEqual({ kind: "refused", reason: "HEARTBEAT.md is larger than 64 KiB." });
      }));
  });
}
