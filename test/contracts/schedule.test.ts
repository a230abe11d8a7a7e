import { expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CronerCalendar } from "../../src/adapters/calendar/croner/index.js";
import { FileWorkspace } from "../../src/adapters/workspace/file/index.js";
import { MemoryWorkspace } from "../../src/adapters/workspace/memory/index.js";
import { epochMs } from "../../src/domain/moment.js";
import { cronCalendarContract } from "../../src/testing/contracts/cron-calendar.js";
import { workspaceContract } from "../../src/testing/contracts/workspace.js";

cronCalendarContract("croner", () => new CronerCalendar({ hostZone: "Europe/Vienna" }));

test("croner is loaded when it is asked for, and not before", () => {
  expect(() => new CronerCalendar().next({ expr: "* * * * *" }, epochMs(0))).toThrow("The calendar is not open.");
});

workspaceContract("memory", async () => {
  const workspace = new MemoryWorkspace();
  return { workspace, put: async (...file) => workspace.put(...file), dispose: async () => undefined };
});

async function folders(): Promise<{ dir: string; workspace: FileWorkspace; dispose: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "workspace-"));
  return { dir, workspace: new FileWorkspace({ folderOf: (agentId) => join(dir, agentId) }), dispose: () => rm(dir, { recursive: true, force: true }) };
}

workspaceContract("file", async () => {
  const { dir, workspace, dispose } = await folders();
  const put = async (agentId: string, name: string, text: string): Promise<void> => {
    await mkdir(join(dir, agentId), { recursive: true });
    await writeFile(join(dir, agentId, name), text);
  };
  return { workspace, put, dispose };
});

test("an agent that plants a link, a folder or a pipe gets nothing read by it", async () => {
  const { dir, workspace, dispose } = await folders();
  await mkdir(join(dir, "main"));
  await writeFile(join(dir, "secret"), "the owner's");
  await symlink(join(dir, "secret"), join(dir, "main", "LINK.md"));
  await symlink(join(dir, "main", "REAL.md"), join(dir, "main", "NEAR.md"));
  await writeFile(join(dir, "main", "REAL.md"), "- mine");
  await symlink(join(dir, "nowhere"), join(dir, "main", "DANGLING.md"));
  await mkdir(join(dir, "main", "FOLDER.md"));
  execFileSync("mkfifo", [join(dir, "main", "PIPE.md")]);
  const kinds = async (name: string): Promise<string> => (await workspace.read("main", name)).kind;
  expect([await kinds("LINK.md"), await kinds("NEAR.md"), await kinds("DANGLING.md"), await kinds("FOLDER.md"), await kinds("PIPE.md")]).toEqual(["refused", "text", "absent", "refused", "refused"]);
  for (const name of ["../secret", "main/../REAL.md", "/etc/passwd", ".env", ""]) await expect(workspace.read("main", name)).rejects.toThrow("without its folder");
  await dispose();
});
